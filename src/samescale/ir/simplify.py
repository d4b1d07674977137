"""Graphs made smaller without changing a bit of what they give.

The one rewrite that does change bits, `fuse_affine`, is in `ir/affine.py`; it is done once, when a
graph is frozen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from samescale.ir import nodes as n
from samescale.ir.rewrite import rewrite, share
from samescale.ir.rules import infer, refuse
from samescale.ir.vectorise import vectorise
from samescale.ir.verify import type_of, types

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samescale.ir.types import TensorType


def simplify(graph: n.Graph) -> n.Graph:
    """`graph` made smaller; what it gives stays the same to the bit.

    Equal nodes become one, nodes that do nothing go, and columns that share a chain of operations
    and end in one Concat become one matrix operation with vector constants.

    Args:
        graph: A well-formed graph. What no output needs isn't part of it.

    Example:
        >>> from samescale.ir.build import sub
        >>> from samescale.ir.types import TensorType
        >>> ages = [n.Input(name, TensorType("float32", (1,))) for name in "ab"]
        >>> joined = n.Concat(tuple(sub(age, mean) for age, mean in zip(ages, (1.0, 2.0))))
        >>> simple = simplify(n.Graph((("x", joined),)))
        >>> [type(node).__name__ for node in simple.nodes]
        ['Input', 'Input', 'Concat', 'Const', 'Sub']
    """
    return _tidy(vectorise(_tidy(graph)))


def concatenate(graph: n.Graph, name: str = "features") -> n.Graph:
    """The graph of one float32 output, rows × width: all outputs of `graph`, side by side.

    Args:
        graph: A well-formed graph.
        name: The output's name.

    Returns:
        The graph, simplified. An output of another dtype is cast to float32, and one of another
        rank than 1 is flattened in C order; `widths` says how wide each is.

    Raises:
        GraphError: If an output is text.
    """
    found = types(graph)
    joined = n.Concat(tuple(_flat(node, found[id(node)]) for _, node in graph.outputs))
    return simplify(n.Graph(((name, joined),)))


def widths(graph: n.Graph) -> dict[str, int]:
    """How many numbers each output has in one row: its width in `concatenate(graph)`."""
    found = types(graph)
    return {name: math.prod(found[id(node)].shape) for name, node in graph.outputs}


def _flat(node: n.Node, of: TensorType) -> n.Node:
    if of.dtype == "string":
        refuse(node, "text can't be a feature.", "Look it up or hash it.")
    cast = node if of.dtype == "float32" else n.Cast(node, "float32")
    return cast if len(of.shape) == 1 else n.Reshape(cast, (math.prod(of.shape),))


def _tidy(graph: n.Graph) -> n.Graph:
    found: dict[int, TensorType] = {}
    kept: list[n.Node] = []  # an id stands for its node only as long as the node lives

    def rule(node: n.Node) -> n.Node:
        made = _idle(node, found)
        if id(made) not in found:
            kept.append(made)
            found[id(made)] = _typed(made, found)
        return made

    return share(rewrite(share(graph), rule))


def _typed(node: n.Node, found: dict[int, TensorType]) -> TensorType:
    of = []
    for argument in n.arguments(node):
        if id(argument) not in found:
            found[id(argument)] = type_of(argument)
        of.append(found[id(argument)])
    return infer(node, tuple(of))


def _idle(node: n.Node, found: dict[int, TensorType]) -> n.Node:
    match node:
        case n.Cast(x, dtype) if found[id(x)].dtype == dtype:
            return x
        case n.Reshape(n.Reshape(x), shape):
            return x if found[id(x)].shape == shape else n.Reshape(x, shape)
        case n.Reshape(x, shape) if found[id(x)].shape == shape:
            return x
        case n.Take(n.Take(x, inner), indices):
            return n.Take(x, tuple(inner[index] for index in indices))
        case n.Take(x, indices) if indices == tuple(range(found[id(x)].shape[-1])):
            return x
        case n.Concat((x,)):
            return x
        case n.Concat(xs) if any(isinstance(x, n.Concat) for x in xs):
            return n.Concat(tuple(_spread(xs)))
        case _:
            return node


def _spread(xs: Iterable[n.Node]) -> Iterable[n.Node]:
    for x in xs:
        yield from x.xs if isinstance(x, n.Concat) else (x,)
