"""Lookups in columns of one packed matrix: one table of all keys, and one of each column's codes.

A key's number is found once for the whole matrix, and the code of that number in that column after
it: three nodes for any number of columns.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.rewrite import rewrite
from samescale.ir.types import TensorType
from samescale.ir.verify import type_of
from samescale.targets._onnx.hot import bounds, bounds_of
from samescale.targets._onnx.takes import merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array
    from samescale.targets._onnx.hot import Bounds

_MOST = 2**18  # entries of the second table: one for each column and key


@final
@dc.dataclass(frozen=True, slots=True)
class Joint:
    """Lookups in columns of one matrix.

    Attributes:
        name: The input that stands for their codes, int64 `[rows, lookups]`.
        matrix: The input that holds the columns.
        places: The column of each lookup.
        lookups: The lookups.
    """

    name: str
    matrix: n.Input
    places: tuple[int, ...]
    lookups: tuple[n.Lookup, ...]

    @property
    def keys(self) -> tuple[str, ...] | tuple[int, ...]:
        """Every key of every lookup, once; its number is its place here."""
        return tuple(dict.fromkeys(key for lookup in self.lookups for key in lookup.keys))  # type: ignore[return-value]

    def codes(self) -> Array:
        """For each lookup the code of each key, of no string, and of any other: int64."""
        keys = self.keys
        rows = [
            [*(table.get(key, lookup.default) for key in keys), lookup.missing, lookup.default]
            for lookup in self.lookups
            for table in [dict(zip(lookup.keys, lookup.values, strict=True))]
        ]
        return np.array(rows, np.int64)

    @property
    def bounds(self) -> Bounds:
        """Between which codes all are."""
        return bounds_of(bounds(lookup, {}) for lookup in self.lookups)


def jointly(graph: n.Graph) -> tuple[n.Graph, tuple[Joint, ...]]:
    """`graph` with lookups in columns of one matrix replaced by inputs, and what makes these.

    Args:
        graph: A graph over packed inputs.
    """
    found: dict[str, list[tuple[n.Lookup, n.Input, int]]] = {}
    for node in graph.nodes:
        if isinstance(node, n.Lookup) and (taken := _taken(node.x)):
            found.setdefault(taken[0].name, []).append((node, *taken))
    joints = tuple(joint for group in found.values() if (joint := _joint(group)))
    made: dict[int, n.Node] = {}
    for joint in joints:
        codes = n.Input(joint.name, TensorType("int64", (len(joint.lookups),)))
        for place, lookup in enumerate(joint.lookups):
            made[id(lookup)] = n.Reshape(n.Take(codes, (place,)), type_of(lookup).shape)
    return merged(rewrite(graph, lambda node: made.get(id(node), node))), joints


def _taken(x: n.Node) -> tuple[n.Input, int] | None:
    """The matrix and the column, where `x` is one of a matrix."""
    while isinstance(x, n.Reshape):
        x = x.x
    match x:
        case n.Take(n.Input() as matrix, (place,)) if matrix.type.dtype != "uint64":
            return matrix, place
        case n.Input() if x.type.shape == (1,):
            return x, 0
    return None


def _joint(group: Sequence[tuple[n.Lookup, n.Input, int]]) -> Joint | None:
    lookups = tuple(lookup for lookup, _, _ in group)
    matrix = group[0][1]
    made = Joint(f"\0{matrix.name}", matrix, tuple(place for _, _, place in group), lookups)
    few = len(group) > 1 and 0 < len(made.keys) * len(group) <= _MOST
    return made if few and all(_held(key) for key in made.keys) else None


def _held(key: str | int) -> bool:
    return isinstance(key, str) or -(2**63) <= key < 2**63
