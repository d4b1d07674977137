"""FarmHash's 64-bit fingerprint, of which Keras takes its buckets.

The algorithm is `farmhashna::Hash64` of https://github.com/google/farmhash (Geoff Pike, MIT
licence), which is frozen: TensorFlow's `Fingerprint64` and Keras' `Hashing` depend on it. Written
with operators alone, so that `Word` may be NumPy's uint64 arrays or `_limbs.Limbs`, which wrap
around alike.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, final

if TYPE_CHECKING:
    from collections.abc import Callable

Word: TypeAlias = Any

K0 = 0xC3A5C85C97CB3127
K1 = 0xB492B66FBE98F273
K2 = 0x9AE16A3B2F90404F
_CROSS = 0xC6A4A7935BD1E995
_START = 81


class Texts(Protocol):
    """Byte strings of which words are read. Positions count from each text's first byte."""

    def fetch(self, start: Word, size: int = 8) -> Word:
        """The `size` bytes from `start` on, the least significant first, as 64-bit numbers."""

    def constant(self, value: int) -> Word:
        """A constant as `Word`."""


@final
@dc.dataclass(frozen=True, slots=True)
class Short:
    """The hashes of texts of one class of lengths.

    Attributes:
        texts: Where words are read from.
        length: How many bytes each text has, as positions.
        word: The same as 64-bit numbers.
    """

    texts: Texts
    length: Word
    word: Word

    @property
    def mul(self) -> Word:
        """The multiplier, which depends on the length."""
        return self.word + self.word + self.texts.constant(K2)

    def start(self, position: int, size: int = 8) -> Word:
        """The word at a position from the text's start."""
        return self.texts.fetch(self.length * 0 + position, size)

    def end(self, position: int, size: int = 8) -> Word:
        """The word at a position from the text's end."""
        return self.texts.fetch(self.length - position, size)

    def to_3(self) -> Word:
        """The hash of 1 to 3 bytes."""
        middle = self.texts.fetch(self.length // 2, 1)
        y = self.start(0, 1) + (middle << 8)
        z = self.word + (self.end(1, 1) << 2)
        constant = self.texts.constant
        return mixed(y * constant(K2) ^ z * constant(K0)) * constant(K2)

    def to_7(self) -> Word:
        """The hash of 4 to 7 bytes."""
        return pair(self.word + (self.start(0, 4) << 3), self.end(4, 4), self.mul)

    def to_16(self) -> Word:
        """The hash of 8 to 16 bytes."""
        mul = self.mul
        a, b = self.start(0) + self.texts.constant(K2), self.end(8)
        return pair(rotated(b, 37) * mul + a, (rotated(a, 25) + b) * mul, mul)

    def to_32(self) -> Word:
        """The hash of 17 to 32 bytes."""
        a, y, b, c = self._half(self.texts.constant(K1))
        return pair(y, a + rotated(b + self.texts.constant(K2), 18) + c, self.mul)

    def to_64(self) -> Word:
        """The hash of 33 to 64 bytes."""
        mul, constant = self.mul, self.texts.constant
        a, y, b, c = self._half(constant(K2))
        z = pair(y, a + rotated(b + constant(K2), 18) + c, mul)
        e, f = self.start(16) * mul, self.start(24)
        g, h = (y + self.end(32)) * mul, (z + self.end(24)) * mul
        return pair(rotated(e + f, 43) + rotated(g, 30) + h, e + rotated(f + a, 18) + g, mul)

    def _half(self, first: Word) -> tuple[Word, Word, Word, Word]:
        a, b = self.start(0) * first, self.start(8)
        c, d = self.end(8) * self.mul, self.end(16) * self.texts.constant(K2)
        return a, rotated(a + b, 43) + rotated(c, 30) + d, b, c


@final
@dc.dataclass(frozen=True, slots=True)
class Long:
    """What is known after some blocks of 64 bytes of texts that are longer than that.

    Attributes:
        x: The first sum.
        y: The second sum.
        z: The third sum.
        v: The weak hash of each block's first half.
        w: The weak hash of each block's second half.
    """

    x: Word
    y: Word
    z: Word
    v: tuple[Word, Word]
    w: tuple[Word, Word]

    @classmethod
    def begun(cls, first: Word, constant: Callable[[int], Word]) -> Long:
        """Before the first block, whose first word is `first`."""
        y = (_START * K1 + 113) % 2**64
        z = mixed_int((y * K2 + 113) % 2**64) * K2 % 2**64
        zero = first ^ first
        x = zero + constant(_START * K2 % 2**64) + first
        return cls(x, zero + constant(y), zero + constant(z), (zero, zero), (zero, zero))

    def with_block(self, words: list[Word], mul: Word) -> Long:
        """After one more block of eight words."""
        v, w = self.v, self.w
        x = rotated(self.x + self.y + v[0] + words[1], 37) * mul
        y = rotated(self.y + v[1] + words[6], 42) * mul
        return self.stirred(words, mul, x ^ w[1], y + v[0] + words[5])

    def ended(self, words: list[Word], rest: Word, constant: Callable[[int], Word]) -> Word:
        """The hash, from the last 64 bytes; `rest` is the length less one, modulo 64."""
        low = self.z & constant(0xFF)
        mul = low + low + constant(K1)
        w0 = self.w[0] + rest
        v0 = self.v[0] + w0
        was = dc.replace(self, v=(v0, self.v[1]), w=(w0 + v0, self.w[1]))
        nine = constant(9)
        x = rotated(was.x + was.y + v0 + words[1], 37) * mul ^ (was.w[1] * nine)
        y = rotated(was.y + was.v[1] + words[6], 42) * mul + v0 * nine + words[5]
        end = was.stirred(words, mul, x, y)
        first = pair(end.v[0], end.w[0], mul) + mixed(end.y) * constant(K0) + end.z
        return pair(first, pair(end.v[1], end.w[1], mul) + end.x, mul)

    def stirred(self, words: list[Word], mul: Word, x: Word, y: Word) -> Long:
        """What both kinds of blocks do last, given the new first two sums."""
        z = rotated(self.z + self.w[0], 33) * mul
        v = weak(words[:4], self.v[1] * mul, x + self.w[0])
        w = weak(words[4:], z + self.w[1], y + words[2])
        return Long(z, y, x, v, w)


def weak(words: list[Word], a: Word, b: Word) -> tuple[Word, Word]:
    """A weak hash of four words with two seeds."""
    a = a + words[0]
    b = rotated(b + a + words[3], 21)
    total = a + words[1] + words[2]
    return total + words[3], b + rotated(total, 44) + a


def pair(u: Word, v: Word, mul: Word) -> Word:
    """The hash of two words."""
    return mixed((v ^ mixed((u ^ v) * mul)) * mul) * mul


def mixed(value: Word) -> Word:
    """`value` with its high bits in its low ones."""
    return value ^ (value >> 47)


def mixed_int(value: int) -> int:
    """`mixed` of a Python integer."""
    return value ^ (value >> 47)


def rotated(value: Word, by: int) -> Word:
    """`value` rotated right."""
    return (value >> by) | (value << (64 - by))


def crossed(one: Word, other: Word, constant: Callable[[int], Word]) -> Word:
    """The fingerprint of two fingerprints: TensorFlow's `FingerprintCat64`."""
    mul = constant(_CROSS)
    result = (one ^ mul) ^ (mixed(other * mul) * mul)
    return mixed(mixed(result * mul) * mul)
