"""A hash of each row of a table, by its values alone: any type, order and layout gives the same."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.native.rows import below as compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array

ALL: Final = 2**64 - 1
"""The limit that lets every row through."""

_NAN: Final = np.uint64(0x7FF8000000000000)
# Rows that are hashed at once: what is made of them stays in the cache.
_BLOCK: Final = 4096
_FIRST: Final = np.uint64(0xFF51AFD7ED558CCD)
_SECOND: Final = np.uint64(0xC4CEB9FE1A85EC53)


def below(pieces: Sequence[Array], limit: int) -> tuple[Array, Array]:
    """The rows of a table whose hash is at most `limit`.

    A value enters as a float64: NaN is one value, -0.0 is 0.0. Its bits are mixed with an odd
    number of its column; the sum over the columns goes through the finaliser of MurmurHash3.

    Args:
        pieces: The table's columns side by side, each piece rows × features, of numbers.
        limit: The limit; `ALL` lets every row through.

    Returns:
        Hashes, uint64, and the rows' places, int64, in the rows' order.
    """
    odd = _odd(sum(piece.shape[1] for piece in pieces))
    found = compiled(pieces, odd, limit)
    return _below(pieces, odd, limit) if found is None else found


def mixed(values: Array) -> Array:
    """The finaliser of MurmurHash3 (A. Appleby) of each value, uint64: a bijection."""
    values = (values ^ (values >> np.uint64(33))) * _FIRST
    values = (values ^ (values >> np.uint64(33))) * _SECOND
    found: Array = values ^ (values >> np.uint64(33))
    return found


@functools.lru_cache(maxsize=16)
def _odd(features: int) -> Array:
    """An odd number for each column: the sequence of splitmix64 (Steele, Lea & Flood 2014)."""
    places = np.arange(1, features + 1, dtype=np.uint64)
    return mixed(places * np.uint64(0x9E3779B97F4A7C15)) | np.uint64(1)


def _below(pieces: Sequence[Array], odd: Array, limit: int) -> tuple[Array, Array]:
    blocks = range(0, len(pieces[0]), _BLOCK)
    found = [_block([p[start : start + _BLOCK] for p in pieces], odd) for start in blocks]
    hashes = np.concatenate([np.empty(0, np.uint64), *found])
    places = np.flatnonzero(hashes <= np.uint64(limit))
    return hashes[places], places


def _block(pieces: Sequence[Array], odd: Array) -> Array:
    sums = np.zeros(len(pieces[0]), np.uint64)
    start = 0
    for piece in pieces:
        end = start + piece.shape[1]
        sums += _cells(piece, odd[start:end]).sum(axis=1, dtype=np.uint64)
        start = end
    return mixed(sums)


def _cells(piece: Array, odd: Array) -> Array:
    values = piece.astype(np.float64) + 0.0
    bits = np.where(np.isnan(values), _NAN, values.view(np.uint64))
    bits = (bits ^ (bits >> np.uint64(32))) * odd
    found: Array = bits ^ (bits >> np.uint64(29))
    return found
