"""Preprocessing, network and the way back as one ONNX model of raw columns."""

from __future__ import annotations

import contextlib
import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from samescale import targets
from samescale.convert._fold import fold as folded
from samescale.errors import ProbeError
from samescale.export import _told
from samescale.export._compare import compared
from samescale.export.base import Given, Written
from samescale.targets._onnx import MISSING_TEXT
from samescale.targets.onnx.session import session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.convert._fold import FoldedColumn
    from samescale.export._original import Original
    from samescale.ir.types import Array

PROBABILITIES: Final = "probabilities"
_ROWS: Final = "rows"
_MEANS: Final = (4.0, 1.0, 0.0)  # the largest |mean| / sd that is folded, and what is tried next
_ANY: Final = 1e30
_TEXT: Final = f"U+{ord(MISSING_TEXT):04X}, one character that no text holds"


@final
@dc.dataclass(frozen=True, slots=True)
class Made:
    """A model of raw columns.

    Attributes:
        model: The model.
        written: What it takes and gives.
    """

    model: onnx.ModelProto
    written: Written


def made(source: Original, *, fold: bool) -> Made:
    """The model of a bundle.

    Args:
        source: The bundle.
        fold: Whether to fold scale and mean into its first layers, where that is safe.

    Raises:
        UnsupportedError: If the model, or the target's inverse, has no form as ONNX.
    """
    parts = _parts(source)
    sent = _told.sent(parts.inputs)
    model, outputs = _labelled(parts, source, [x.name for x in sent])
    notes = [*_told.inputs(source, sent, method="OnnxParts.cross", text=_TEXT)]
    if fold:
        model, columns = _fold(source, model, Written(sent, outputs))
        notes += [*_folded(columns)]
    written = Written(sent, outputs, tuple(notes))
    _tell(model, source, written)
    onnx.checker.check_model(model, full_check=True)
    return Made(model, written)


def crossed(source: Original) -> dict[str, Array]:
    """The probe rows as the model takes them."""
    sent: dict[str, Array] = _parts(source).cross(source.asked)
    return sent


def answers(source: Original, content: bytes) -> Mapping[str, Array]:
    """What ONNX Runtime gives for the probe rows."""
    at = session(content)
    names = [output.name for output in at.get_outputs()]
    return dict(zip(names, at.run(names, crossed(source)), strict=True))


def _parts(source: Original) -> Any:
    onnx_: Any = targets.load("onnx")
    return onnx_.build(source.fitted.graph, source.network, form="columns", inverse=source.inverse)


def _labelled(
    parts: Any, source: Original, taken: list[str]
) -> tuple[onnx.ModelProto, tuple[Given, ...]]:
    """The model with the class itself beside the probabilities, if the target is one."""
    model = onnx.ModelProto()
    model.CopyFrom(parts.model)
    classes, ((_, given),) = source.fitted.classes, parts.outputs
    dtype = helper.tensor_dtype_to_np_dtype(model.graph.output[0].type.tensor_type.elem_type).name
    if classes is None:
        of = "answers" if source.inverse is None else "number"
        return model, (Given(given, of, dtype),)  # type: ignore[arg-type] # one of the two
    probabilities = _told.free(PROBABILITIES, taken)
    label = _told.free(source.target, [*taken, probabilities])
    values = _values(classes)
    _add_label(model, given, probabilities, label, values)
    told = "string" if values.dtype == object else str(values.dtype)
    return model, (Given(probabilities, "probabilities", dtype), Given(label, "class", told))


def _values(classes: tuple[Any, ...]) -> Array:
    if isinstance(classes[0], str):
        return np.array(classes, object)
    return np.array(classes, bool if isinstance(classes[0], bool) else np.int64)


def _add_label(
    model: onnx.ModelProto, given: str, probabilities: str, label: str, values: Array
) -> None:
    graph = model.graph
    taken = {name for node in graph.node for name in (*node.input, *node.output)}
    taken |= {probabilities, label, *(x.name for x in graph.initializer)}
    held, place = (_told.free(name, taken) for name in ("classes", "class_code"))
    if given != probabilities:
        graph.node.append(helper.make_node("Identity", [given], [probabilities]))
    graph.node.append(helper.make_node("ArgMax", [given], [place], axis=1, keepdims=0))
    graph.node.append(helper.make_node("Gather", [held, place], [label], axis=0))
    graph.initializer.append(numpy_helper.from_array(values, held))
    graph.output[0].name = probabilities
    element = helper.np_dtype_to_tensor_dtype(values.dtype)
    graph.output.append(helper.make_tensor_value_info(label, element, (_ROWS,)))


def _fold(
    source: Original, model: onnx.ModelProto, written: Written
) -> tuple[onnx.ModelProto, tuple[FoldedColumn, ...]]:
    """The model with as much folded as still answers as the bundle does."""
    for most in _MEANS:
        # What counts as the same is the export's to say: `fold` knows no scale of the target.
        done = folded(model, crossed(source), most=most, rtol=_ANY)
        with contextlib.suppress(ProbeError):
            compared(source, written, answers(source, done.model.SerializeToString()))
            return done.model, done.columns
    return model, ()


def _folded(columns: tuple[FoldedColumn, ...]) -> Iterator[str]:
    if not columns:
        yield (
            "Nothing was folded: no scale stands right before a Dense or Conv layer, or the probe "
            "rows' answers would differ."
        )
    for x in columns:
        why = f" ({x.why})" if x.why else ""
        yield f"Feature {x.place}: folded {x.folded}, |mean|/sd {x.ratio:.3g}{why}."


def _tell(model: onnx.ModelProto, source: Original, written: Written) -> None:
    model.producer_name = "samescale"
    for key, value in _told.facts(source, written.inputs, written.outputs).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    model.doc_string = "\n".join(
        [
            "Raw columns in, answers in the target's own units out; exported by samescale.",
            *(
                f"{x.name}: {x.dtype} [rows, {', '.join(map(str, x.shape))}] from "
                f"{', '.join(x.columns)}, {x.origin}"
                for x in written.inputs
            ),
            *written.notes,
        ]
    )
