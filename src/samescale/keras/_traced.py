"""Buckets of integers in the backend's own operations, so that they can be compiled."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, TypeAlias, final

from keras import ops

from samescale.errors import UnsupportedError
from samescale.keras import _farm, _sip
from samescale.keras._limbs import Limbs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.keras._fingerprints import Salt

Tensor: TypeAlias = Any

MOST_BINS = 2**30
_WORD = 8
_MINUS, _ZERO = 45, 48
_KEY = 0xDECAFCAFFE  # as in _fingerprints
_SHORT, _MIDDLE, _WIDE = 3, 7, 16


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class _Decimals:
    """The decimal text of each integer; `_farm.Texts` in the backend's operations.

    Attributes:
        data: The bytes, int32, along a new last axis; zeros behind each text.
        length: How many bytes each text has, int32.
    """

    data: Tensor
    length: Tensor

    @classmethod
    def of(cls, values: Tensor, places: int) -> _Decimals:
        # Below zero, where every integer has its negative.
        below = ops.where(values < 0, values, -values)
        digits, rest = [], below
        for _ in range(places):
            tens = (rest + 9) // 10
            digits.append(ops.cast(tens * 10 - rest, "int32"))
            rest = tens
        count = 1 + sum(ops.cast(below <= -(10**k), "int32") for k in range(1, places))
        minus = ops.cast(values < 0, "int32")
        length = count + minus
        at = ops.arange(places + 1 + _WORD, dtype="int32")
        from_end = ops.expand_dims(length, -1) - 1 - at
        taken = ops.take_along_axis(
            ops.stack(digits, -1), ops.clip(from_end, 0, places - 1), axis=-1
        )
        signed = ops.logical_and(at == 0, ops.expand_dims(minus, -1) == 1)
        text = ops.where(signed, _MINUS, taken + _ZERO)
        return cls(ops.where(from_end < 0, 0, text), length)

    def fetch(self, start: Tensor, size: int = _WORD) -> Limbs:
        at = ops.expand_dims(start, -1) + ops.arange(_WORD, dtype="int32")
        found = ops.take_along_axis(self.data, ops.clip(at, 0, self.data.shape[-1] - 1), axis=-1)
        parts = [found[..., i] if i < size else 0 for i in range(_WORD)]
        return Limbs.of([parts[i] + parts[i + 1] * 256 for i in range(0, _WORD, 2)])

    @staticmethod
    def constant(value: int) -> Limbs:
        return Limbs.constant(value)


def buckets(values: Tensor, bins: int, salt: Salt | None) -> Tensor:
    """The bucket of each integer's decimal text among `bins`, int32.

    Raises:
        UnsupportedError: If there are more bins than 2**30.
    """
    texts = _Decimals.of(*_wide(values))
    found = _farmed(texts) if salt is None else _sipped(texts, salt)
    return found.modulo(_checked(bins))


def crossed(columns: Sequence[Tensor], bins: int) -> Tensor:
    """The bucket of each row of columns of integers, int32."""
    found = Limbs.constant(_KEY)
    for column in columns:
        values, places = _wide(column)
        number = Limbs.signed(values, 32 if places == _INT32 else 64)
        found = _farm.crossed(found, number, Limbs.constant)
    return found.modulo(_checked(bins))


_INT32, _INT64 = 10, 19  # decimal places


def _wide(values: Tensor) -> tuple[Tensor, int]:
    """Integers that are wide enough to negate, and how many places they have."""
    narrow = str(values.dtype).rpartition(".")[2]
    if not hasattr(values.dtype, "itemsize"):
        narrow = values.dtype.name
    if "64" not in narrow and "uint32" not in narrow:
        return ops.cast(values, "int32"), _INT32
    return ops.cast(values, "int64"), _INT64


def _farmed(texts: _Decimals) -> Limbs:
    length = texts.length
    zero = length * 0
    short = _farm.Short(texts, length, Limbs.of([length, zero, zero, zero]))
    found = short.to_16().chosen(length > _MIDDLE, short.to_7())
    found = found.chosen(length > _SHORT, short.to_3())
    if texts.data.shape[-1] > _WIDE + 1 + _WORD:
        found = short.to_32().chosen(length > _WIDE, found)
    farmed: Limbs = found
    return farmed


def _sipped(texts: _Decimals, salt: Salt) -> Limbs:
    blocks = texts.length // _WORD
    zero = texts.length * 0
    like = Limbs.of([zero] * 4)
    state = _sip.begun(salt, like, Limbs.constant)
    for block in range((texts.data.shape[-1] - _WORD) // _WORD):
        ahead = _sip.with_word(state, texts.fetch(zero + block * _WORD))
        pairs = zip(ahead, state, strict=True)
        a, b, c, d = (new.chosen(blocks > block, old) for new, old in pairs)
        state = a, b, c, d
    last = texts.fetch(blocks * _WORD) | Limbs.of([zero, zero, zero, texts.length * 256])
    found: Limbs = _sip.ended(_sip.with_word(state, last), Limbs.constant)
    return found


def _checked(bins: int) -> int:
    if bins > MOST_BINS:
        raise UnsupportedError(
            f"{bins} bins are too many for integers inside a model: at most {MOST_BINS}.",
            remedy="Take fewer bins, or call the layer on NumPy arrays before the model.",
            value=bins,
        )
    return bins
