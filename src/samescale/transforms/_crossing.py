"""HashedCrossing, once its columns are known: a hash of several values, made of hashes of one."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Literal, final

from samescale.errors import SpecError
from samescale.ir import nodes
from samescale.ir.build import array, mul
from samescale.ir.types import INTEGERS
from samescale.ir.verify import type_of
from samescale.transforms._codes import encode
from samescale.transforms.base import Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned

# Two codes of 26 bits are one whole number of 52 bits, which a float64 holds.
_CODES = 2**26


@final
@dc.dataclass(frozen=True, slots=True)
class CrossedColumns(Transform):
    """What `HashedCrossing` is once its columns are known.

    Attributes:
        columns: The columns by name, in their order.
        num_bins: As in `HashedCrossing`.
        salt: Likewise.
        output_mode: Likewise.

    Raises:
        SpecError: If a column is neither text nor whole numbers, or isn't one value a row.
    """

    columns: Mapping[str, Node]
    num_bins: int
    salt: int
    output_mode: Literal["int", "one_hot"]

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            given = type_of(column)
            if given.dtype not in {*INTEGERS, "string"} or given.shape:
                raise SpecError(
                    f"HashedCrossing takes one string or whole number a row, and '{name}' is "
                    f"{given}.",
                    remedy="Store the column as text, which may miss values; for amounts, make "
                    "bins of them before.",
                )

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """For each column a `HashBucket`, put together by twos to one number that is hashed."""
        del x, learned
        first, *rest = (self._code(column) for column in self.columns.values())
        for place, code in enumerate(rest, 1):
            bins = self.num_bins if place == len(rest) else _CODES
            first = nodes.HashBucket(_pair(first, code), bins, self.salt)
        return encode(first, self.num_bins, self.output_mode)

    def _code(self, column: Node) -> Node:
        whole = type_of(column).dtype in {"int64", "string"}
        given = column if whole else nodes.Cast(column, "int64")
        return nodes.HashBucket(given, _CODES, self.salt)


def _pair(high: Node, low: Node) -> Node:
    """`high * 2**26 + low`, of two codes of 26 bits; as a float64 it is exact."""
    return nodes.Cast(nodes.Sub(_exact(low), mul(_exact(high), -float(_CODES))), "int64")


def _exact(code: Node) -> Node:
    # The bounds are those of the code, for a graph doesn't know them: they tell that it is finite.
    wide = nodes.Cast(code, "float64")
    return nodes.Clip(wide, array(0.0, "float64"), array(_CODES - 1.0, "float64"))
