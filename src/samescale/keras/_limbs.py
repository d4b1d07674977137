"""64-bit numbers that wrap around, where the framework may have none: four limbs of 16 bits.

JAX has no 64-bit integers unless asked, torch no unsigned ones that multiply, and XLA compiles no
string operations. A product of two limbs is taken modulo 2**32 by every backend's int32, which is
all that is asked of it here.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, TypeAlias, final

from keras import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

Tensor: TypeAlias = Any

_BITS = 16
_COUNT = 4
_LOW = 0xFFFF
_WIDEST = 30  # bits of a divisor: a remainder, doubled, must fit int32


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Limbs:
    """One unsigned 64-bit number an entry.

    Attributes:
        parts: Four int32 tensors (or integers) of 0…65535, the least significant first.

    Example:
        >>> one = Limbs.constant(2**64 - 1)
        >>> int((one * one).modulo(1000))  # (2**64 - 1)**2 modulo 2**64 is 1
        1
    """

    parts: tuple[Tensor, Tensor, Tensor, Tensor]

    @classmethod
    def constant(cls, value: int) -> Limbs:
        """A constant."""
        return cls.of([value >> (_BITS * i) & _LOW for i in range(_COUNT)])

    @classmethod
    def of(cls, parts: Sequence[Tensor]) -> Limbs:
        """The number of four limbs."""
        a, b, c, d = parts
        return cls((a, b, c, d))

    @classmethod
    def signed(cls, value: Tensor, bits: int) -> Limbs:
        """Integers of `bits` bits as their two's complement of 64."""
        last = bits // _BITS - 1
        parts = [_cut(ops.right_shift(value, _BITS * min(i, last))) for i in range(last + 1)]
        sign = ops.where(value < 0, _LOW, 0)
        return cls.of([ops.cast(part, "int32") for part in (*parts, sign, sign)[:_COUNT]])

    def __add__(self, other: Limbs) -> Limbs:
        return _carried([a + b for a, b in zip(self.parts, other.parts, strict=True)])

    def __mul__(self, other: Limbs) -> Limbs:
        columns: list[Tensor] = [0] * _COUNT
        for i, a in enumerate(self.parts):
            for j, b in enumerate(other.parts[: _COUNT - i]):
                product = ops.multiply(a, b)
                columns[i + j] += _cut(product)
                if i + j + 1 < _COUNT:
                    columns[i + j + 1] += _cut(ops.right_shift(product, _BITS))
        return _carried(columns)

    def __xor__(self, other: Limbs) -> Limbs:
        return Limbs.of(list(map(ops.bitwise_xor, self.parts, other.parts)))

    def __or__(self, other: Limbs) -> Limbs:
        return Limbs.of(list(map(ops.bitwise_or, self.parts, other.parts)))

    def __and__(self, other: Limbs) -> Limbs:
        return Limbs.of(list(map(ops.bitwise_and, self.parts, other.parts)))

    def __rshift__(self, by: int) -> Limbs:
        whole, rest = divmod(by, _BITS)
        parts = [*self.parts[whole:], *[0] * (whole + 1)]
        return Limbs.of([_joined(parts[i], parts[i + 1], rest) for i in range(_COUNT)])

    def __lshift__(self, by: int) -> Limbs:
        whole, rest = divmod(by, _BITS)
        parts = [*[0] * (whole + 1), *self.parts]
        if not rest:
            return Limbs.of(parts[1 : _COUNT + 1])
        return Limbs.of([_joined(parts[i], parts[i + 1], _BITS - rest) for i in range(_COUNT)])

    def chosen(self, where: Tensor, other: Limbs) -> Limbs:
        """This number where `where` is true, the other where it isn't."""
        return Limbs.of(
            [ops.where(where, *pair) for pair in zip(self.parts, other.parts, strict=True)]
        )

    def modulo(self, divisor: int) -> Tensor:
        """The remainder, int32. `divisor` is at most 2**30."""
        step = min(_BITS, _WIDEST + 1 - (divisor - 1).bit_length())
        found: Tensor = 0
        for part in reversed(self.parts):
            for high in range(_BITS, 0, -step):
                taken = min(step, high)
                bits = ops.bitwise_and(ops.right_shift(part, high - taken), 2**taken - 1)
                found = (found * 2**taken + bits) % divisor
        return found


def _carried(columns: list[Tensor]) -> Limbs:
    parts, carry = [], 0
    for column in columns:
        total = column + carry
        parts.append(_cut(total))
        carry = ops.right_shift(total, _BITS)
    return Limbs.of(parts)


def _joined(low: Tensor, high: Tensor, by: int) -> Tensor:
    """Sixteen bits from bit `by` of `low` on."""
    if not by:
        return low
    return ops.bitwise_or(ops.right_shift(low, by), _cut(ops.left_shift(high, _BITS - by)))


def _cut(value: Tensor) -> Tensor:
    return ops.bitwise_and(value, _LOW)
