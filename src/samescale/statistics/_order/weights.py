"""Sums of weights by key, exact: integers in digits of 32 bits.

A weight is a whole number of units of 2**(32 * first). Its digits, and the sums of up to 2**31 of
them, are exact in an int64; carried, each sum has one form.
"""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, final, overload

import numpy as np

from samescale.statistics._order.ordered import BITS, groups, keys_in, prefixes, text_of

if TYPE_CHECKING:
    from samescale.ir.types import Array

DIGIT = 32
BASE = 1 << DIGIT
MANTISSA = 53
# The digit that the last bit of the least float64 lies in, or one below it.
LEAST = -36


@final
@dc.dataclass(frozen=True, slots=True)
class Sums:
    """The sum of the weights of each key.

    Attributes:
        keys: The keys, ascending, each once, uint64.
        digits: Keys × digits, int64, the least significant digit first.
        first: Which digit the first one is: it counts 2**(32 * first).
    """

    keys: Array
    digits: Array
    first: int = 0

    @classmethod
    def none(cls) -> Self:
        """No key at all."""
        return cls(np.zeros(0, np.uint64), np.zeros((0, 0), np.int64))

    @classmethod
    def of(cls, keys: Array, bits: int, weights: Array | None = None) -> Self:
        """The sums by the first `bits` bits of some keys; a weight is finite and above 0.

        Without weights, each is 1.
        """
        if not len(keys):
            return cls.none()
        weights = np.ones(len(keys)) if weights is None else weights
        return cls._summed([cls(keys, *_digits(weights))], bits)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def total(self) -> int:
        """The sum of all of them, in units of 2**(32 * LEAST)."""
        return self.ends()[-1] if len(self) else 0

    def ends(self) -> Sequence[int]:
        """The sum up to each key, and with it, in units of 2**(32 * LEAST)."""
        return _Ends(np.cumsum(self.digits, axis=0), DIGIT * (self.first - LEAST))

    def merge(self, *others: Self, bits: int = BITS) -> Self:
        """The sums of all together, by the keys' first `bits` bits.

        The others may have keys in any order, and more than once.
        """
        return self._summed([self, *others], bits)

    def cut(self, bits: int) -> Self:
        """The sums by the keys' first `bits` bits."""
        return self._summed([self], bits)

    def to_json(self) -> dict[str, Any]:
        """The state; keys and sums are hexadecimal text."""
        each = _Ends(self.digits, 0)
        sums = [f"{each[place]:x}" for place in range(len(self))]
        return {"keys": text_of(self.keys), "unit": DIGIT * self.first, "sums": sums}

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The sums of a state that `to_json` gave."""
        sums = [int(text, 16) for text in state["sums"]]
        length = -(-max(sums, default=0).bit_length() // DIGIT)
        digits = [[each >> DIGIT * k & BASE - 1 for k in range(length)] for each in sums]
        shaped = np.array(digits, np.int64).reshape(len(sums), length)
        return cls(keys_in(state["keys"]), shaped, state["unit"] // DIGIT)

    @classmethod
    def _summed(cls, parts: Sequence[Self], bits: int) -> Self:
        parts = [part for part in parts if len(part)]
        if not parts:
            return cls.none()
        first = min(part.first for part in parts)
        last = max(part.first + part.digits.shape[1] for part in parts)
        digits = np.concatenate(
            [
                np.pad(
                    part.digits,
                    ((0, 0), (part.first - first, last - part.first - part.digits.shape[1])),
                )
                for part in parts
            ]
        )
        keys, order, starts = groups(prefixes(np.concatenate([p.keys for p in parts]), bits))
        digits = np.add.reduceat(digits if order is None else digits[order], starts, axis=0)
        return cls(keys, *_trimmed(_carried(digits), first))


@final
class _Ends(Sequence[int]):
    """Rows of digits as whole numbers of 2**-shift."""

    def __init__(self, digits: Array, shift: int) -> None:
        self._digits = digits
        self._shift = shift

    def __len__(self) -> int:
        return len(self._digits)

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[int]: ...
    def __getitem__(self, place: int | slice) -> int | Sequence[int]:
        if isinstance(place, slice):
            return _Ends(self._digits[place], self._shift)
        found: list[int] = self._digits[place].tolist()
        return sum(digit << DIGIT * k for k, digit in enumerate(found)) << self._shift


def _digits(weights: Array) -> tuple[Array, int]:
    """The digits of weights, and which one is the first."""
    shares, exponents = np.frexp(weights)
    whole = np.ldexp(shares, MANTISSA).astype(np.uint64)
    places, shifts = np.divmod(exponents.astype(np.int64) - MANTISSA, DIGIT)
    left = shifts.astype(np.uint64)
    low, half = np.uint64(BASE - 1), np.uint64(DIGIT)
    first = int(places.min())
    digits = np.zeros((len(weights), int(places.max()) - first + 3), np.int64)
    rows = np.arange(len(weights))
    parts = ((whole << left) & low, (whole >> (half - left)) & low, whole >> half >> (half - left))
    for k, part in enumerate(parts):
        digits[rows, places - first + k] = part.astype(np.int64)
    return digits, first


def _carried(digits: Array) -> Array:
    """The same numbers, each digit below 2**32."""
    digits = np.pad(digits, ((0, 0), (0, 1)))
    for k in range(digits.shape[1] - 1):
        digits[:, k + 1] += digits[:, k] >> DIGIT
        digits[:, k] &= BASE - 1
    return digits


def _trimmed(digits: Array, first: int) -> tuple[Array, int]:
    """The same numbers without the first and last digits that are 0 in all of them."""
    some = np.flatnonzero(digits.any(axis=0))
    start, end = int(some[0]), int(some[-1]) + 1
    return np.ascontiguousarray(digits[:, start:end]), first + start
