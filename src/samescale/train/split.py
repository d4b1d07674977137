"""Which row is learned from and which is kept aside: decided by its number, before any learning."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, final

import numpy as np

from samescale.errors import SpecError

if TYPE_CHECKING:
    from samescale.ir.types import Array

Name: TypeAlias = Literal["training", "stopping", "validation"]
NAMES: Final[tuple[Name, ...]] = ("training", "stopping", "validation")

_MASK: Final = 2**64 - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
# Up to here the share is met to the row, at 8 bytes a row; beyond, chance meets it well enough.
_COUNTED: Final = 2**20


@final
@dc.dataclass(frozen=True, slots=True)
class Split:
    """Where each row of a table belongs.

    A row's place depends on its number and the seed alone: the same rows in the same order are
    split alike on every machine, in every chunking, and no list of rows is kept.

    Args:
        seed: Any whole number.
        validation: Hashes below this are validation rows.
        stopping: Hashes from there to below this are the rows that training is stopped by.
    """

    seed: int
    validation: int
    stopping: int

    @classmethod
    def of(cls, rows: int, *, seed: int, validation: float, stopping: float = 0.0) -> Split:
        """The split of a table of `rows` rows.

        Args:
            rows: How many rows there are.
            seed: Any whole number.
            validation: The share of validation rows.
            stopping: The share of the other rows that training is stopped by.

        Raises:
            SpecError: If the share isn't between 0 and 1.

        >>> split = Split.of(1000, seed=0, validation=0.2)
        >>> int(split.holds("validation", 0, 1000).sum())
        200
        """
        if not 0 < validation < 1:
            raise SpecError(
                f"The share of validation rows is {validation}.",
                remedy="Give one between 0 and 1, such as 0.2.",
                value=validation,
            )
        shares = validation, validation + stopping * (1 - validation)
        if rows > _COUNTED:
            return cls(seed, *(int(share * _MASK) for share in shares))
        ordered = np.sort(_hashes(np.arange(rows, dtype=np.uint64), seed))
        return cls(seed, *(_edge(ordered, share) for share in shares))

    def holds(self, part: Name, start: int, rows: int) -> Array:
        """Which of the rows from `start` on belong to a part, as booleans."""
        numbers = np.arange(start, start + rows, dtype=np.uint64)
        hashes = _hashes(numbers, self.seed)
        validation, stopping = np.uint64(self.validation), np.uint64(self.stopping)
        match part:
            case "training":
                return hashes >= stopping
            case "stopping":
                return (validation <= hashes) & (hashes < stopping)
            case "validation":
                return hashes < validation


def _hashes(numbers: Array, seed: int) -> Array:
    """SplitMix64 of each row's number: Steele, Lea and Flood, OOPSLA 2014, figure 15."""
    z = numbers * np.uint64(_GOLDEN) + np.uint64((seed * 0xD1342543DE82EF95 + _GOLDEN) & _MASK)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _edge(ordered: Array, share: float) -> int:
    """The number below which that share of the hashes lies."""
    index = round(share * len(ordered))
    return int(ordered[index]) if index < len(ordered) else _MASK
