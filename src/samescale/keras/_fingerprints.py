"""The fingerprints of many byte strings at once, with NumPy."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from samescale.keras import _farm, _sip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from samescale.ir.types import Array

Salt: TypeAlias = tuple[int, int]

_WORD = 8
_BLOCK = 64
_CLASSES: tuple[tuple[int, Callable[[_farm.Short], Array]], ...] = (
    (3, _farm.Short.to_3),
    (7, _farm.Short.to_7),
    (16, _farm.Short.to_16),
    (32, _farm.Short.to_32),
    (64, _farm.Short.to_64),
)


@final
@dc.dataclass(frozen=True, slots=True)
class _Bytes:
    """Byte strings, one behind the other; `_farm.Texts` with NumPy."""

    data: Array
    starts: Array

    def fetch(self, start: Any, size: int = _WORD) -> Array:
        # Eight bytes at any byte: an array of words whose stride is one byte.
        words: Array = np.ndarray(
            (self.data.size - _WORD + 1,), "<u8", self.data.data, strides=(1,)
        )
        found: Array = words[self.starts + start]
        return found if size == _WORD else found & np.uint64(2 ** (8 * size) - 1)

    @staticmethod
    def constant(value: int) -> np.uint64:
        return np.uint64(value)


def farm(texts: Sequence[bytes]) -> Array:
    """FarmHash's fingerprint of each text, uint64.

    Example:
        >>> farm([b"A", b"B", b"C"]) % 3
        array([1, 0, 1], dtype=uint64)
    """
    found, starts, lengths = np.full(len(texts), _farm.K2, np.uint64), *_packed(texts)[1:]
    data = _packed(texts)[0]
    least = 1
    for most, of in _CLASSES:
        rows = np.flatnonzero((lengths >= least) & (lengths <= most))
        if rows.size:
            length = lengths[rows]
            found[rows] = of(
                _farm.Short(_Bytes(data, starts[rows]), length, length.astype(np.uint64))
            )
        least = most + 1
    rows = np.flatnonzero(lengths > _BLOCK)
    if rows.size:
        found[rows] = _long(data, starts[rows], lengths[rows])
    return found


def sip(texts: Sequence[bytes], salt: Salt) -> Array:
    """SipHash-2-4 of each text under a key of two 64-bit numbers, uint64.

    Example:
        >>> sip([b"A", b"B", b"C"], (133, 137)) % 3
        array([1, 2, 1], dtype=uint64)
    """
    data, starts, lengths = _packed(texts)
    found = np.empty(len(texts), np.uint64)
    for blocks in np.unique(lengths // _WORD).tolist():
        rows = np.flatnonzero(lengths // _WORD == blocks)
        read = _Bytes(data, starts[rows])
        rest = (lengths[rows] % _WORD).astype(np.uint64)
        state = _sip.begun(salt, rest, np.uint64)
        for block in range(blocks):
            state = _sip.with_word(state, read.fetch(np.int64(block * _WORD)))
        kept = (np.uint64(1) << (rest * np.uint64(8))) - np.uint64(1)
        last = read.fetch(np.int64(blocks * _WORD)) & kept
        length = (lengths[rows] & 0xFF).astype(np.uint64)
        found[rows] = _sip.ended(_sip.with_word(state, last | (length << np.uint64(56))), np.uint64)
    return found


def hashed(texts: Sequence[bytes], salt: Salt | None) -> Array:
    """`farm` without a salt, `sip` with one."""
    return farm(texts) if salt is None else sip(texts, salt)


def crossed(columns: Sequence[Array]) -> Array:
    """The fingerprint of each row of columns of fingerprints, as TensorFlow's sparse cross."""
    shape = columns[0].shape
    # A vector at least: of scalars NumPy warns that they wrap around.
    found = np.full(columns[0].size, _KEY, np.uint64)
    for column in columns:
        found = _farm.crossed(found, column.reshape(-1), np.uint64)
    return found.reshape(shape)


_KEY = 0xDECAFCAFFE  # the hash key of TensorFlow's `sparse.cross_hashed`


def _packed(texts: Sequence[bytes]) -> tuple[Array, Array, Array]:
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    data = np.frombuffer(b"".join(texts) + bytes(_WORD), np.uint8)
    return data, np.cumsum(lengths) - lengths, lengths


def _long(data: Array, starts: Array, lengths: Array) -> Array:
    """The fingerprints of texts of more than 64 bytes."""
    found = np.empty(len(starts), np.uint64)
    blocks = (lengths - 1) // _BLOCK
    state = _farm.Long.begun(_Bytes(data, starts).fetch(np.int64(0)), np.uint64)
    rows = np.arange(len(starts))
    for block in range(int(blocks.max())):
        state = state.with_block(_words(data, starts[rows] + block * _BLOCK), np.uint64(_farm.K1))
        done = blocks[rows] == block + 1
        if done.any():
            ended = rows[done]
            words = _words(data, starts[ended] + lengths[ended] - _BLOCK)
            rest = ((lengths[ended] - 1) % _BLOCK).astype(np.uint64)
            found[ended] = _of(state, done).ended(words, rest, np.uint64)
            state, rows = _of(state, ~done), rows[~done]
    return found


def _words(data: Array, starts: Array) -> list[Array]:
    read = _Bytes(data, starts)
    return [read.fetch(np.int64(word * _WORD)) for word in range(8)]


def _of(state: _farm.Long, rows: Array) -> _farm.Long:
    v, w = state.v, state.w
    return _farm.Long(
        state.x[rows],
        state.y[rows],
        state.z[rows],
        (v[0][rows], v[1][rows]),
        (w[0][rows], w[1][rows]),
    )
