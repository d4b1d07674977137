"""Probe rows of a graph: values that bring all it learned to bear, synthetic every one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.ir import nodes as n

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.profile import Profile

_ROWS = 32
_STEP = 3  # how far a column's quantiles begin behind its neighbour's


def probe(graph: n.Graph) -> dict[str, Array]:
    """Rows that bring every learned number of `graph` to bear: values at and beside each.

    Synthetic: made of the graph's own constants, never of data.
    """
    near = _constants(graph)
    return {node.name: _column(node, near[node.name]) for node in graph.inputs}


def rows(graph: n.Graph, profile: Profile) -> dict[str, Array]:
    """The probe, and as many rows of values that are usual: extreme ones drive a head to its ends.

    Each column runs through its quantiles from a place of its own, so no row is one of training.
    """
    odd = probe(graph)
    return {
        name: np.concatenate([array, _usual(array, profile.columns[name].quantiles, place)])
        for place, (name, array) in enumerate(odd.items())
    }


def _usual(odd: Array, quantiles: tuple[float, ...], place: int) -> Array:
    if odd.dtype.kind != "f" or not quantiles:
        return odd
    return np.resize(np.roll(quantiles, _STEP * place), odd.shape).astype(odd.dtype)


def _constants(graph: n.Graph) -> dict[str, list[Any]]:
    """For each input, the constants that meet it on its way."""
    reach: dict[int, set[str]] = {}
    found: dict[str, list[Any]] = {node.name: [] for node in graph.inputs}
    for node in graph.nodes:
        of = n.arguments(node)
        reach[id(node)] = set().union(*(reach[id(x)] for x in of))
        if isinstance(node, n.Input):
            reach[id(node)] = {node.name}
        values = [x.value for x in of if isinstance(x, n.Const)] + _learned(node)
        for name in reach[id(node)]:
            found[name].extend(value for array in values for value in np.ravel(array)[:_ROWS])
    return found


def _learned(node: n.Node) -> list[Any]:
    match node:
        case n.Bucketize(_, edges):
            return [edges]
        case n.Clip(_, low, high):
            return [low, high]
        case n.Lookup(_, keys):
            return [np.array([*keys[:_ROWS], *keys[-2:]], object)]
        case _:
            return []


def _column(node: n.Input, near: list[Any]) -> Array:
    type_ = node.type
    values: list[Any]
    if type_.dtype == "string":
        values = [key for key in near if isinstance(key, str)] + ["no such text", "", None]
    elif type_.dtype == "bool":
        values = [False, True]
    else:
        values = _numbers(
            [x for x in near if not isinstance(x, str | bool | np.bool_)], type_.dtype
        )
    count = _ROWS * int(np.prod(type_.shape, dtype=np.int64))
    flat: Array = np.empty(len(values), type_.numpy)
    flat[:] = values
    return np.resize(flat, count).reshape(_ROWS, *type_.shape)


def _numbers(near: list[Any], dtype: str) -> list[Any]:
    around = [float(x) + step for x in near for step in (0, 1, -1)] + [0.0, 1.0, -1.0, 2.5]
    if dtype.startswith("float"):
        return [*around, float("nan")]
    limits = np.iinfo(dtype)
    finite = [x for x in around if np.isfinite(x)]
    return [int(min(max(x, limits.min), limits.max)) for x in finite]
