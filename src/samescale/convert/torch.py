"""torch networks as ONNX, by torch's own exporter: nothing of it is trusted before it is replayed.

It is asked for opset 18 with any number of rows; what it writes is made one plain graph: its
functions inlined, its metadata dropped, IR 8, its inputs called like the features and its output
`answers`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final

import onnx
import torch
from onnx import inliner

from samescale.convert._tracing import tracing
from samescale.errors import UnsupportedError
from samescale.targets._onnx import IR, OPSET

if TYPE_CHECKING:
    from collections.abc import Sequence

Input: TypeAlias = "tuple[str, str, tuple[int, ...]]"
"""Name, dtype, and the shape of one row."""

ANSWERS: Final = "answers"
_ROWS: Final = 3
_LONGEST: Final = 300
_DOMAINS: Final = {"", "ai.onnx", "ai.onnx.ml"}


def to_onnx(
    model: torch.nn.Module, inputs: Sequence[Input], *, by_name: bool = False, sigmoid: bool = False
) -> onnx.ModelProto:
    """A torch network as an ONNX model.

    Args:
        model: The network, in `eval()`.
        inputs: What it takes, in order; the ONNX model's inputs are called so.
        by_name: Whether it takes a dict of them.
        sigmoid: Whether its one number is the second class's probability: two are given then.

    Returns:
        A model of opset 18 and IR 8 without functions, metadata and external data, whose output
        `answers` is `[rows]` for one number a row. The same model gives the same bytes.

    Raises:
        UnsupportedError: If the exporter can't write it, with its reason, writes operators of
            other domains, or isn't there.
    """
    if find_spec("onnxscript") is None:
        raise UnsupportedError(
            "torch writes ONNX with the package 'onnxscript', which isn't installed.",
            remedy="Install it with: pip install onnxscript",
            target="onnx",
        )
    made = _plain(_exported(_Answers(model, sigmoid=sigmoid).eval(), inputs, by_name=by_name))
    foreign = {node.domain for node in made.graph.node} - _DOMAINS
    if foreign or made.functions:
        raise UnsupportedError(
            f"torch's exporter writes operators of {', '.join(sorted(foreign)) or 'its own'}.",
            remedy="It is served by torch.",
            target="onnx",
        )
    try:
        onnx.checker.check_model(made, full_check=True)
    except Exception as error:  # of two kinds, neither of them public
        raise _unsupported("its exporter's graph isn't well formed", error) from error
    return made


# torch's by derivation, as all that torch.onnx.export takes.
@final
class _Answers(torch.nn.Module):  # type: ignore[misc]  # torch isn't followed
    """A network whose answers are as a runtime gives them."""

    def __init__(self, network: torch.nn.Module, *, sigmoid: bool) -> None:
        super().__init__()
        self.network = network
        self.sigmoid = sigmoid

    def forward(self, features: Any) -> Any:
        """`[rows]`, `[rows, classes]`, …; float32, or float64 of a double network."""
        answers = self.network(features)
        if answers.dtype != torch.float64:
            answers = answers.to(torch.float32)
        if self.sigmoid:
            one = answers.reshape(answers.shape[0], 1)
            return torch.cat([1 - one, one], 1)
        return answers[:, 0] if tuple(answers.shape[1:]) == (1,) else answers


def _exported(model: torch.nn.Module, inputs: Sequence[Input], *, by_name: bool) -> onnx.ModelProto:
    example = {
        name: torch.zeros((_ROWS, *shape), dtype=getattr(torch, dtype))
        for name, dtype, shape in inputs
    }
    rows = torch.export.Dim("rows", min=1)
    shapes = {name: {0: rows} for name in example}
    sent = (example,) if by_name else tuple(example.values())
    dynamic = (shapes,) if by_name else tuple(shapes.values())
    with tracing(), torch.no_grad():
        try:
            program = torch.export.export(model, sent, dynamic_shapes=dynamic, strict=False)
            made = torch.onnx.export(
                program,
                dynamo=True,
                opset_version=OPSET,
                input_names=list(example),
                output_names=[ANSWERS],
                verbose=False,
                external_data=False,
            )
        except Exception as error:  # whatever the exporter raises
            raise _unsupported("its exporter fails", error) from error
        found: onnx.ModelProto = made.model_proto
    return found


def _unsupported(what: str, error: Exception) -> UnsupportedError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = (lines or [type(error).__name__])[0][:_LONGEST].rstrip(".")
    return UnsupportedError(
        f"torch can't write this model as ONNX, {what}: {reason}.",
        remedy="It is served by torch.",
        target="onnx",
    )


def _plain(model: onnx.ModelProto) -> onnx.ModelProto:
    model = inliner.inline_local_functions(model) if model.functions else model
    made = onnx.ModelProto()
    made.CopyFrom(model)
    made.ir_version = IR
    made.producer_name, made.producer_version, made.doc_string = "samescale", "", ""
    del made.metadata_props[:]
    used = {node.domain for node in made.graph.node}
    opsets = [entry for entry in made.opset_import if entry.domain in used | {""}]
    kept = [(entry.domain, entry.version) for entry in opsets]
    del made.opset_import[:]
    made.opset_import.extend(onnx.helper.make_opsetid(*pair) for pair in sorted(kept))
    _bare(made.graph)
    return made


def _bare(graph: onnx.GraphProto) -> None:
    """Without names, traces and paths of how it was written, at any depth."""
    graph.name, graph.doc_string = "network", ""
    for part in (graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
        for field in ("metadata_props", "quantization_annotation"):
            if hasattr(part, field):
                part.ClearField(field)
        part.doc_string = ""
    graph.ClearField("value_info")
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                _bare(attribute.g)
