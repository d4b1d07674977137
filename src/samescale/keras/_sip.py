"""SipHash-2-4, of which Keras takes its buckets where a salt is given.

Jean-Philippe Aumasson and Daniel J. Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012.
TensorFlow's `StrongKeyedHash` is the same function. Written with operators alone, as `_farm`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from samescale.keras._farm import Word, rotated

if TYPE_CHECKING:
    from collections.abc import Callable

State: TypeAlias = tuple[Word, Word, Word, Word]

_INITIAL = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def begun(key: tuple[int, int], like: Word, constant: Callable[[int], Word]) -> State:
    """The state before the first word, of the shape of `like`."""
    zero = like ^ like
    a, b, c, d = (zero + constant(word ^ (key[i % 2] % 2**64)) for i, word in enumerate(_INITIAL))
    return a, b, c, d


def with_word(state: State, word: Word) -> State:
    """The state after one more word of eight bytes."""
    a, b, c, d = state
    a, b, c, d = _round(_round((a, b, c, d ^ word)))
    return a ^ word, b, c, d


def ended(state: State, constant: Callable[[int], Word]) -> Word:
    """The hash of a state that has seen the last word."""
    a, b, c, d = state
    state = a, b, c ^ constant(0xFF), d
    for _ in range(4):
        state = _round(state)
    a, b, c, d = state
    return a ^ b ^ c ^ d


def _round(state: State) -> State:
    a, b, c, d = state
    a = a + b
    c = c + d
    b = _left(b, 13) ^ a
    d = _left(d, 16) ^ c
    a = _left(a, 32) + d
    c = c + b
    d = _left(d, 21) ^ a
    b = _left(b, 17) ^ c
    return a, b, _left(c, 32), d


def _left(value: Word, by: int) -> Word:
    return rotated(value, 64 - by)
