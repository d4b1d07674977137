"""Categories as codes: text by lookup, floats by the two edges that enclose each of them."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.imputers import swapped
from samescale.ir import nodes as n
from samescale.ir.build import array
from samescale.ir.types import TensorType
from samescale.transforms.computed import INPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.adopt._record import Record
    from samescale.adopt.sklearn.blocks import Block
    from samescale.adopt.sklearn.contract import Contract
    from samescale.ir.nodes import Node

# A code of no feature, and one for which the answer is NaN: an encoder's own codes are others.
NONE = -1
NAN = -(2**62)
_EXACT = 2**53


@final
@dc.dataclass(frozen=True, slots=True)
class Codes:
    """The code of each category of one feature.

    Attributes:
        values: The categories, without a missing one.
        codes: What each becomes.
        unknown: The code of any other value.
        missing: The code of a missing value.
        gap: Whether a missing value is a category of its own.
        complete: Whether the encoder raises for a missing value.
        closed: Whether it raises for any other value.
    """

    values: tuple[Any, ...]
    codes: tuple[int, ...]
    unknown: int
    missing: int
    gap: bool
    complete: bool
    closed: bool

    @property
    def is_text(self) -> bool:
        """Whether they are text."""
        return any(isinstance(value, str) for value in self.values)

    def of(self, block: Block, given: Record, contract: Contract) -> tuple[Block, Node]:
        """The block as what the codes are looked up in, and the node of its code."""
        block = (contract.text if self.is_text else contract.number)(block, given.name)
        if self.complete:
            contract.complete(block)
        told = self._told(block, contract)
        contract.categories(block, told)
        if self.closed and told:
            contract.closed(block, self._taken(block) if self.is_text else told)
        if self.is_text:
            return block, self._looked_up(block)
        return block, self._enclosed(block)

    def _told(self, block: Block, contract: Contract) -> tuple[Any, ...]:
        if self.values and all(isinstance(value, bool | np.bool_) for value in self.values):
            contract.boolean(block)
        if not self.is_text and not all(float(value).is_integer() for value in self.values):
            return ()
        return tuple(value if self.is_text else int(value) for value in self.values)

    def _keys(self, block: Block) -> tuple[str, ...]:
        """The texts that are looked up: categories, and what becomes another text before."""
        olds = (old for old, _ in block.swaps if old is not None)
        return tuple(dict.fromkeys([*self.values, *olds]))

    def _taken(self, block: Block) -> tuple[str, ...]:
        """Those of them that are a category by then."""
        return tuple(key for key in self._keys(block) if swapped(block, key) in self.values)

    def _looked_up(self, block: Block) -> Node:
        x = n.Input(INPUT, TensorType("string"))
        table = dict(zip(self.values, self.codes, strict=True))
        keys = self._keys(block)
        codes = tuple(self._code(table, swapped(block, key)) for key in keys)
        # A missing value that is a category here came past whatever filled missing ones: there is
        # a missing value of two kinds in pandas, `None` and NaN, and one kind here.
        missing = self.missing if self.gap else self._code(table, swapped(block, None))
        return n.Lookup(x, tuple(map(str, keys)), codes, self.unknown, missing)

    def _code(self, table: dict[Any, int], text: str | None) -> int:
        return self.missing if text is None else table.get(text, self.unknown)

    def _enclosed(self, block: Block) -> Node:
        """A float is a category if it isn't below it, and is below the next float."""
        x = n.Input(INPUT, TensorType("float64", block.shape))
        order = sorted(zip(map(float, self.values), self.codes, strict=True))
        edges = [edge for value, _ in order for edge in (value, math.nextafter(value, math.inf))]
        bucket = n.Bucketize(x, array(np.asarray(edges, np.float64), "float64"))
        places = tuple(range(1, 2 * len(order), 2))
        codes = tuple(code for _, code in order)
        found = n.Lookup(bucket, places, codes, self.unknown, self.unknown)
        return n.Where(n.IsNan(x), n.Const(np.asarray(self.missing, np.int64)), found)


def plain(given: Record, values: Sequence[Any]) -> tuple[Any, ...]:
    """Categories as text or as numbers that a float64 holds, all of one kind.

    Raises:
        SpecError: If they are something else; names one.
    """
    found = [value.item() if isinstance(value, np.generic) else value for value in values]
    if all(isinstance(value, str) for value in found):
        return tuple(map(str, found))
    for value in found:
        if not isinstance(value, bool | int | float) or not abs(value) <= _EXACT:
            state.refuse(
                given,
                "categories",
                value,
                "Only text, and numbers that a float64 holds, are looked up.",
            )
    return tuple(found)


def or_nan(code: Node, x: Node) -> Node:
    """`x`, or NaN where there is no code: what an encoder refuses gets no number."""
    refused = n.Equal(code, n.Const(np.asarray(NAN, np.int64)))
    return n.Where(refused, n.Const(np.asarray(np.nan)), x)
