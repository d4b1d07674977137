"""Host and ONNX model as one callable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.ir.reference import feed
from samescale.ir.verify import types
from samescale.targets._onnx import MISSING_TEXT
from samescale.targets.onnx.parts import build
from samescale.targets.onnx.session import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir import nodes as n
    from samescale.ir.types import Array, TensorType
    from samescale.targets._onnx import Form, TextPlace
    from samescale.targets.base import Run


def joined(graph: n.Graph, *, form: Form = "packed", text: TextPlace = "graph") -> Run:
    """A function of raw columns that gives what the graph's reference gives."""
    found = types(graph)
    wanted = {name: found[id(node)] for name, node in graph.outputs}
    parts = build(graph, form=form, text=text)
    run = session(parts.content)
    names = dict(parts.outputs)

    def compiled(columns: Mapping[str, Array]) -> dict[str, Array]:
        sent = parts.cross(feed(graph, columns))
        made = dict(zip(names, run.run(list(names.values()), sent), strict=True))
        return {name: _shaped(made[name], of) for name, of in wanted.items()}

    return compiled


def _shaped(value: Array, of: TensorType) -> Array:
    rows = value.reshape(len(value), *of.shape)
    if of.dtype == "string":
        texts = rows.astype(object)
        texts[texts == MISSING_TEXT] = None
        return texts
    return rows.view(of.numpy)  # ONNX Runtime calls an int64 a long long
