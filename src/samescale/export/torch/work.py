"""torch: an exported program, which takes a dict of tensors by column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import torch as torch_
from torch import nn

from samescale import targets
from samescale.convert._tracing import tracing
from samescale.errors import UnsupportedError
from samescale.export import _told
from samescale.export.base import Given, Written
from samescale.export.torch.whole import Whole
from samescale.ir import serial
from samescale.targets.torch.module import Preprocessing
from samescale.targets.torch.place import sides

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from samescale.export._original import Original
    from samescale.ir.types import Array

PROBABILITIES: Final = "probabilities"
FACTS: Final = "samescale.json"
_ROWS: Final = 3  # of the example: 0 and 1 are special to torch.export


def check(source: Original, out: Path) -> None:
    """See that the model can be loaded.

    Raises:
        ModelError: If it can't.
    """
    del out
    _ = source.model


def write(source: Original, place: Path, *, fold: bool) -> Written:
    """Write the program."""
    del fold
    parts = _parts(source)
    inputs = _told.sent(parts.inputs)
    outputs = _outputs(source, [x.name for x in inputs])
    names = tuple(x.name for x in outputs)
    whole = Whole(parts.module, names, _back(source), _values(source)).eval()
    made = _exported(whole, parts)
    facts = json.dumps(_told.facts(source, inputs, outputs), ensure_ascii=False)
    torch_.export.save(made, place, extra_files={FACTS: facts})
    return Written(
        inputs,
        outputs,
        (*_told.inputs(source, inputs, method="Fitted.torch_inputs"), *_notes(source, names)),
    )


def ask(source: Original, place: Path, written: Written) -> Mapping[str, Array]:
    """What torch gives for the program, loaded from the file."""
    del written
    parts = _parts(source)
    run = targets.load("numpy").compile(parts.host) if parts.host.outputs else None
    with tracing(), torch_.inference_mode():
        found = torch_.export.load(place).module()(parts.cross(source.asked, run))
    return {name: x.numpy() for name, x in found.items()}


def _parts(source: Original) -> Any:
    at: Any = targets.load("torch")
    program = source.model
    output = "columns" if program.plan.by_name else "matrix"
    return at.build(source.fitted.graph, program.eval(), output=output)


def _back(source: Original) -> nn.Module | None:
    if source.inverse is None:
        return None
    cut = sides(source.inverse)
    if cut.host.outputs:
        raise UnsupportedError(
            "The target's inverse can't be written for torch: a part of it runs on the host only.",
            remedy="Export it to onnx.",
            target="torch",
        )
    return Preprocessing(cut, serial.digest(source.inverse), by_column=True)


def _values(source: Original) -> torch_.Tensor | None:
    classes = source.fitted.classes
    if classes is None:
        return None
    return torch_.arange(len(classes)) if _are_texts(classes) else torch_.tensor(list(classes))


def _are_texts(classes: tuple[Any, ...]) -> bool:
    return isinstance(classes[0], str)


def _outputs(source: Original, taken: list[str]) -> tuple[Given, ...]:
    classes, dtype = source.fitted.classes, str(source.answers.dtype)
    if classes is None:
        name = _told.free(source.target, taken)
        return (
            Given(name, "answers", dtype)
            if source.inverse is None
            else Given(name, "number", "float64"),
        )
    probabilities = _told.free(PROBABILITIES, taken)
    label = _told.free(source.target, [*taken, probabilities])
    texts = _are_texts(classes)
    kind = "bool" if isinstance(classes[0], bool) else "int64"
    return (
        Given(probabilities, "probabilities", dtype),
        Given(label, "code" if texts else "class", kind),
    )


def _notes(source: Original, names: tuple[str, ...]) -> tuple[str, ...]:
    classes = source.fitted.classes
    if classes is None or not _are_texts(classes):
        return ()
    return (f"'{names[1]}' is the place of the class among {list(classes)}: torch has no texts.",)


def _exported(whole: nn.Module, parts: Any) -> Any:
    """The program for any number of rows, without what names this machine's files."""
    example = {
        x.name: torch_.zeros((_ROWS, *x.shape), dtype=getattr(torch_, x.dtype))
        for x in parts.inputs
    }
    rows = torch_.export.Dim("rows", min=1)
    shapes: Any = ({name: {0: rows} for name in example},)
    with tracing(), torch_.no_grad():
        try:
            made = torch_.export.export(whole, (example,), dynamic_shapes=shapes, strict=False)
        except Exception as error:  # torch's own, of many kinds
            raise UnsupportedError(
                f"torch can't export the model for any number of rows: {str(error)[:300]}",
                remedy="Export it to onnx.",
                target="torch",
            ) from error
    for node in made.graph.nodes:
        for key in ("stack_trace", "nn_module_stack", "source_fn_stack", "torch_fn"):
            node.meta.pop(key, None)
    return made
