"""The hash of HashBucket, bit by bit.

All numbers are unsigned 64-bit and wrap around.

1. *Bytes.* A string is its UTF-8 bytes (a lone surrogate is encoded as if it were a character:
   `surrogatepass`). An integer is the ASCII bytes of its decimal text, with `-` if it is negative,
   without leading zeros: 12 and "12" have one hash. A missing string is the single byte 0xFF, which
   no UTF-8 text contains.
2. *Seed.* `h = 0xcbf29ce484222325`. Then step 3 over the eight bytes of the salt, the least
   significant one first.
3. *FNV-1a.* For each byte `b` in order: `h = (h xor b) * 0x100000001b3`.
4. *Finaliser* (that of MurmurHash3, 64 bits): `h = h xor (h >> 33)`; `h = h * 0xff51afd7ed558ccd`;
   `h = h xor (h >> 33)`; `h = h * 0xc4ceb9fe1a85ec53`; `h = h xor (h >> 33)`.
5. *Bucket.* `(h * bins) >> 64`, the product taken with 128 bits.

Sources: the FNV constants are those of draft-eastlake-fnv; the finaliser is Austin Appleby's
`fmix64` (public domain); step 5 is Lemire's range reduction (arXiv:1805.10941). The finaliser is
needed because step 5 reads the high bits, which FNV mixes least.

Test vectors (hash with salt 0; bucket of 1000 with salt 0; bucket of 1000 with salt 1):

    ========  ==================  ====  ====
    text      hash                s=0   s=1
    ========  ==================  ====  ====
    (empty)   0x7bd3144f29c0cc9e   483   289
    a         0x6df9901ee878b6be   429   869
    Bern      0xbdb0eba0c7db05a9   740   508
    東京      0x80f9039886b89850   503   886
    missing   0x31f83b3df3cd3d8a   195   973
    12        0xfef81b2443c10f92   995   181
    -7        0x019448900c24ee5b     6    23
    ========  ==================  ====  ====

    >>> hex(hash64("a")), bucket("a", 1000), bucket("a", 1000, salt=1)
    ('0x6df9901ee878b6be', 429, 869)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samescale.ir.types import Array

_BASIS = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_MIX_1 = 0xFF51AFD7ED558CCD
_MIX_2 = 0xC4CEB9FE1A85EC53
_MASK = 2**64 - 1
_FEW = 24  # below this many texts, a loop over bytes beats building arrays


def hash64(text: str | int | None, salt: int = 0) -> int:
    """The 64-bit hash of a string, an integer or a missing string.

    Args:
        text: What is hashed.
        salt: 0…2**64-1; another salt is another hash.
    """
    return _finalise(_fnv(_bytes(text), seed(salt)))


def bucket(text: str | int | None, bins: int, salt: int = 0) -> int:
    """The bucket of `text` among `bins`: an integer in 0…bins-1."""
    return (hash64(text, salt) * bins) >> 64


def buckets(texts: Iterable[str | int | None], bins: int, salt: int) -> Array:
    """The buckets of many texts at once, int64.

    Args:
        texts: Strings, integers or `None`.
        bins: 1…2**31-1.
        salt: 0…2**64-1.

    Example:
        >>> buckets(["Bern", 12, None], 1000, 0).tolist() == [
        ...     bucket(text, 1000) for text in ["Bern", 12, None]
        ... ]
        True
    """
    rows = list(texts)
    distinct = dict.fromkeys(rows)
    if len(distinct) < _FEW:
        known = {text: bucket(text, bins, salt) for text in distinct}
    else:
        known = dict(zip(distinct, _many(list(distinct), bins, salt), strict=True))
    return np.fromiter((known[text] for text in rows), np.int64, len(rows))


def _many(texts: list[str | int | None], bins: int, salt: int) -> list[int]:
    data = [_bytes(text) for text in texts]
    order = sorted(range(len(data)), key=lambda i: -len(data[i]))
    lengths = np.array([len(data[i]) for i in order])
    joined = np.frombuffer(b"".join(data[i] for i in order), np.uint8).astype(np.uint64)
    starts = np.cumsum(lengths) - lengths
    state = np.full(len(data), seed(salt), np.uint64)
    # Longest first: those that still have a byte at position p are a prefix.
    alive = np.searchsorted(-lengths, -np.arange(lengths[0]), side="left")
    for position, count in enumerate(alive.tolist()):
        state[:count] ^= joined[starts[:count] + position]
        state[:count] *= np.uint64(_PRIME)
    result = np.empty(len(data), np.int64)
    result[order] = _reduce(_finalise_array(state), bins)
    return [int(value) for value in result]


def _bytes(text: str | int | None) -> bytes:
    if text is None:
        return b"\xff"
    return (text if isinstance(text, str) else str(int(text))).encode("utf-8", "surrogatepass")


def seed(salt: int) -> int:
    """The state that step 2 leaves, from which step 3 goes on."""
    return _fnv(salt.to_bytes(8, "little"), _BASIS)


def _fnv(data: bytes, state: int) -> int:
    for byte in data:
        state = ((state ^ byte) * _PRIME) & _MASK
    return state


def _finalise(state: int) -> int:
    state ^= state >> 33
    state = (state * _MIX_1) & _MASK
    state ^= state >> 33
    state = (state * _MIX_2) & _MASK
    return state ^ (state >> 33)


def _finalise_array(state: Array) -> Array:
    shift = np.uint64(33)
    state ^= state >> shift
    state *= np.uint64(_MIX_1)
    state ^= state >> shift
    state *= np.uint64(_MIX_2)
    state ^= state >> shift
    return state


def _reduce(state: Array, bins: int) -> Array:
    # The high half of a 64 × 32-bit product, from two products that fit 64 bits.
    low = ((state & np.uint64(0xFFFFFFFF)) * np.uint64(bins)) >> np.uint64(32)
    high = (state >> np.uint64(32)) * np.uint64(bins)
    return ((high + low) >> np.uint64(32)).astype(np.int64)
