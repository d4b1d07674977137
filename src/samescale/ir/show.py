"""A graph for a reader: a line a node, or a flowchart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.rewrite import fields
from samescale.ir.verify import types

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from samescale.ir.types import Array, TensorType

_SHOWN = 6  # entries of an array or a tuple before the rest is only counted
_LONGEST = 40
_WIDEST = 72  # where the types stand at the latest; a longer line pushes its own to the right


def text(graph: n.Graph) -> str:
    """The graph, one line a node, learned numbers in place; the outputs last.

    Example:
        >>> from samescale.ir.build import mul, sub
        >>> from samescale.ir.types import TensorType
        >>> age = n.Input("age", TensorType("float32"))
        >>> print(text(n.Graph((("age", mul(sub(age, 38.5), 0.1)),))))
        %0 = Input('age')    float32[rows]
        %1 = Sub(%0, 38.5)   float32[rows]
        %2 = Mul(%1, 0.1)    float32[rows]
        output 'age' = %2
    """
    found = types(graph)
    index = _index(graph)
    lines = [
        (f"%{index[id(node)]} = {_call(node, index)}", found[id(node)])
        for node in graph.nodes
        if not isinstance(node, n.Const)
    ]
    width = min(_WIDEST, max(len(line) for line, _ in lines))
    shown = [f"{line:<{width}}   {of}" for line, of in lines]
    return "\n".join([*shown, *(f"output {name!r} = %{index[id(o)]}" for name, o in graph.outputs)])


def mermaid(graph: n.Graph) -> str:
    """The graph as a Mermaid flowchart, from the inputs to the outputs.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> age = n.Input("age", TensorType("float32"))
        >>> print(mermaid(n.Graph((("age", n.Log1p(age)),))))
        flowchart LR
          n0(["age<br/>float32[rows]"])
          n1["Log1p<br/>float32[rows]"]
          n0 --> n1
          o0(["age"])
          n1 --> o0
    """
    found = types(graph)
    index = _index(graph)
    lines = ["flowchart LR"]
    for node in graph.nodes:
        if not isinstance(node, n.Const):
            lines += _boxed(node, index, found[id(node)])
    for number, (name, node) in enumerate(graph.outputs):
        lines += [f'  o{number}(["{_safe(name)}"])', f"  n{index[id(node)]} --> o{number}"]
    return "\n".join(lines)


def _index(graph: n.Graph) -> dict[int, int]:
    shown = [node for node in graph.nodes if not isinstance(node, n.Const)]
    return {id(node): number for number, node in enumerate(shown)}


def _call(node: n.Node, index: dict[int, int]) -> str:
    if isinstance(node, n.Input):
        return f"Input({node.name!r})"
    own = _learned(node)
    return f"{type(node).__name__}({', '.join([*_arguments(node, index), *own])})"


def _arguments(node: n.Node, index: dict[int, int]) -> list[str]:
    of = [
        _array(x.value) if isinstance(x, n.Const) else f"%{index[id(x)]}" for x in n.arguments(node)
    ]
    return _some(of, str) if isinstance(node, n.Concat) else of


def _learned(node: n.Node) -> list[str]:
    return [f"{name}={_value(value)}" for name, value in fields(node).items()]


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_some(value, repr))})"
    return _array(value) if isinstance(value, np.ndarray) else repr(value)


def _array(value: Array) -> str:  # the shortest digits that give the number back
    if value.ndim == 0:
        return _entry(value[()])
    extent = "" if value.ndim == 1 else f" of shape {value.shape}"
    return f"[{', '.join(_some(list(value.flat), _entry))}]{extent}"


def _entry(value: object) -> str:
    return repr(value) if isinstance(value, str) or value is None else str(value)


def _some(values: Collection[object], show: Callable[[object], str]) -> list[str]:
    shown = [_cut(show(value)) for value, _ in zip(values, range(_SHOWN), strict=False)]
    more = len(values) - len(shown)
    return [*shown, f"… {more} more"] if more else shown


def _cut(shown: str) -> str:
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _boxed(node: n.Node, index: dict[int, int], of: TensorType) -> Iterable[str]:
    own = index[id(node)]
    if isinstance(node, n.Input):
        return [f'  n{own}(["{_safe(node.name)}<br/>{of}"])']
    inline = [_array(x.value) for x in n.arguments(node) if isinstance(x, n.Const)]
    parts = [type(node).__name__, *(_safe(part) for part in [*inline, *_learned(node)]), str(of)]
    arrows = [f"  n{index[id(x)]} --> n{own}" for x in n.arguments(node) if id(x) in index]
    return [f'  n{own}["{"<br/>".join(parts)}"]', *arrows]


def _safe(label: str) -> str:
    """A label without what Mermaid would read as markup, each such character by its number."""
    return "".join(c if c.isalnum() or c in " .,()[]=…'+-_/%:" else f"#{ord(c)};" for c in label)
