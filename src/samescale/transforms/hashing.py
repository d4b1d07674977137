"""Hashing: a string or a whole number as one of so many bins, with nothing to learn."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.errors import SpecError
from samescale.ir import nodes
from samescale.ir.types import INTEGERS
from samescale.ir.verify import type_of
from samescale.transforms._arguments import settle, whole
from samescale.transforms._codes import OutputMode, check_mode, encode
from samescale.transforms.base import Case, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned

_MOST_BINS = 2**31 - 1
_SALTS = 2**64


@final
@dc.dataclass(frozen=True, slots=True)
class Hashing(Transform):
    """A string or a whole number as its hash among `num_bins`, as `keras.layers.Hashing`.

    For vocabularies that are too large or too open to learn; different values may share a bin. The
    hash is **another one than Keras'** (FarmHash64, or SipHash64 with a salt, which need
    TensorFlow): FNV-1a with a finaliser, written down bit by bit in `docs/format.md`. So a model
    that was trained behind Keras' layer can't be moved behind this one without training it again.
    12 and "12" fall into one bin.

    Without a mask a missing string has a hash as any other. With one, bin 0 holds the mask and what
    is missing, and nothing else: the others have `num_bins - 1` bins, 1…num_bins-1.

    Args:
        num_bins: How many bins there are, the mask's included.
        mask_value: The string or the number that means "nothing"; `None` for none.
        salt: A whole number of 0…2**64-1; another salt is another hash. `None` is 0. (Keras also
            takes a pair.)
        output_mode: `int` for the bin, or `one_hot`, `multi_hot`, `count` of it.

    Raises:
        SpecError: If there aren't enough bins or no such salt, the mask isn't of the column's type,
            or the column is neither text nor whole numbers.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"city": ss.Hashing(1000)}).adapt({"city": ["Rome"]})
        >>> fitted.transform({"city": ["Bern", "a", "Bern"]})["city"]
        array([740, 429, 740])
    """

    num_bins: int
    mask_value: str | int | None = None
    salt: int | None = None
    output_mode: OutputMode = "int"

    def __post_init__(self) -> None:
        settle(self)
        whole(self, "num_bins", "salt")
        if not isinstance(self.mask_value, str):
            whole(self, "mask_value")
        check_mode("Hashing", self.output_mode)
        fewest = 1 if self.mask_value is None else 2
        if not (type(self.num_bins) is int and fewest <= self.num_bins <= _MOST_BINS):
            raise SpecError(
                f"Hashing(num_bins={self.num_bins!r}) is no number of bins.",
                remedy=f"Give {fewest}…{_MOST_BINS}.",
                value=self.num_bins,
            )
        if not (self.salt is None or (type(self.salt) is int and 0 <= self.salt < _SALTS)):
            raise SpecError(
                f"Hashing(salt={self.salt!r}) is no salt.",
                remedy="Give one whole number of 0…2**64-1, or None.",
                value=self.salt,
            )

    @property
    def takes_integers(self) -> bool:
        """Always: they are names, not amounts."""
        return True

    @property
    def takes_text(self) -> bool:
        """Always."""
        return True

    @property
    def accepts_missing(self) -> bool:
        """Always: a missing string has a bin, its own hash's or the mask's."""
        return True

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `HashBucket`, with bin 0 set free where there is a mask, and a `OneHot`."""
        del learned
        _check(x, self.mask_value)
        given = x if type_of(x).dtype in {"int64", "string"} else nodes.Cast(x, "int64")
        return encode(self._bins(given), self.num_bins, self.output_mode)

    def _bins(self, x: Node) -> Node:
        if self.mask_value is None:
            return nodes.HashBucket(x, self.num_bins, self.salt or 0)
        # Bin 0 is the mask's: what falls into it goes to the last one, which no hash reaches.
        last = self.num_bins - 1
        bins = nodes.HashBucket(x, last, self.salt or 0)
        freed = nodes.Where(nodes.Equal(bins, _code(0)), _code(last), bins)
        present = nodes.Lookup(x, (self.mask_value,), (0,), 1, 0)  # type: ignore[arg-type]
        return nodes.Where(nodes.Equal(present, _code(0)), _code(0), freed)


def _code(value: int) -> nodes.Const:
    return nodes.Const(np.asarray(value, dtype=np.int64))


def _check(x: Node, mask: str | int | None) -> None:
    given = type_of(x).dtype
    if given not in {*INTEGERS, "string"}:
        raise SpecError(
            f"Hashing takes strings and whole numbers, and {type_of(x)} is neither.",
            remedy="Store the column as text, which may miss values; for amounts, use "
            "Discretization.",
        )
    if mask is not None and isinstance(mask, str) != (given == "string"):
        raise SpecError(
            f"Hashing(mask_value={mask!r}) isn't of the column's type {given}.",
            remedy="Give a string for strings and a whole number for numbers.",
            value=mask,
        )


CASES = (
    Case("string", Hashing(7)),
    Case("string", Hashing(4, mask_value="b", salt=3)),
    Case("string", Hashing(4, mask_value="b", output_mode="one_hot")),
    Case("strings", Hashing(5, output_mode="multi_hot")),
    Case("strings", Hashing(5, mask_value="a", output_mode="count")),
    Case("code", Hashing(3)),
    Case("codes", Hashing(3, mask_value=0, salt=2**64 - 1)),
)
