"""Values counted by their ordered bits, in C: `quantiles.c`."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses as dc
import functools
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.native.loader import library

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.ir.types import Array

_POINTER, _SIZE, _FLAG = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int
_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "quantiles_new": (_POINTER, [_FLAG, _SIZE, _POINTER, _SIZE]),
    "quantiles_among": (_POINTER, [_FLAG, _FLAG, _POINTER, _SIZE]),
    "quantiles_free": (None, [_POINTER]),
    "quantiles_feed": (_FLAG, [_POINTER, _SIZE, _POINTER, _FLAG, _SIZE, _SIZE, _SIZE]),
    "quantiles_add": (_SIZE, [_POINTER, _POINTER, _POINTER, _SIZE, _POINTER]),
    "quantiles_take": (_FLAG, [_POINTER, _SIZE, _POINTER, _POINTER, _SIZE, _POINTER, _POINTER]),
    "quantiles_pairs": (_SIZE, [_POINTER]),
    "quantiles_take_pairs": (None, [_POINTER, _POINTER, _POINTER]),
}
# In the order of LOADERS in quantiles.c.
TYPES = ("f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2")
_NUMBERS = {name: number for number, name in enumerate(TYPES)}
_INFINITE, _NO_ROOM, _OVERFLOW = 1, 2, -1
# A cell of one call has 32 bits.
MOST_ROWS = 2**32 - 1


@final
@dc.dataclass(frozen=True, slots=True)
class Asked:
    """What is counted of one feature.

    Attributes:
        bits: How many bits of a key are counted.
        keys: Without buckets: the keys that were counted before, ascending, uint64.
        counts: Their counts, int64.
        limit: Without buckets: how many cells there may be.
        base: How many bits tell a key's bucket; 0 counts everything.
        buckets: The buckets that are counted, as keys, uint64.
    """

    bits: int
    keys: Array
    counts: Array
    limit: int
    base: int = 0
    buckets: Array | None = None


def counted(
    batches: Sequence[Array], asked: Sequence[Asked | None]
) -> tuple[bool, list[tuple[Array, Array] | None]]:
    """What was counted of each feature of some tables of numbers, none wider than 8 bytes.

    Returns:
        Whether an infinity was met (there are no counts then), and for each feature keys and
        counts: with those known before, ascending; with buckets, in no order, a key more than once.
        `None` where nothing was asked, or where there may be more cells than the limit.

    Raises:
        MemoryError: If there is no room for them.
    """
    kernels = _kernels()
    with _counters(kernels, asked) as counters:
        each = (_POINTER * len(counters))(*counters)
        if any(_fed(kernels, each, _plain(batch)) for batch in batches):
            return True, []
        pairs = zip(counters, asked, strict=True)
        return False, [_taken(kernels, c, one) if c and one else None for c, one in pairs]


def _fed(kernels: Any, counters: Any, batch: Array) -> bool:
    """Whether a batch that is fed to the counters holds an infinity."""
    number, rows = _NUMBERS[batch.dtype.str[1:]], len(batch)
    at = (batch.ctypes.data, number, rows, *batch.strides)
    seen = kernels.quantiles_feed(counters, len(counters), *at)
    if seen & _NO_ROOM:
        raise MemoryError
    return bool(seen & _INFINITE)


def _plain(batch: Array) -> Array:
    if batch.dtype.kind == "b":
        batch = batch.view(np.uint8)
    return batch if batch.flags.aligned else batch.copy()


@contextlib.contextmanager
def _counters(kernels: Any, asked: Sequence[Asked | None]) -> Iterator[list[int | None]]:
    counters: list[int | None] = []
    try:
        for one in asked:
            # One by one, so that those that were made are freed when one can't be.
            counters.append(None if one is None else _counter(kernels, one))  # noqa: PERF401
        yield counters
    finally:
        for counter in counters:
            kernels.quantiles_free(counter)


def _counter(kernels: Any, one: Asked) -> int:
    if one.buckets is None:
        made = kernels.quantiles_new(one.bits, one.limit, one.keys.ctypes.data, len(one.keys))
    else:
        at = one.buckets.ctypes.data
        made = kernels.quantiles_among(one.bits, one.base, at, len(one.buckets))
    if not made:
        raise MemoryError
    return int(made)


def _taken(kernels: Any, counter: int, one: Asked) -> tuple[Array, Array] | None:
    if one.buckets is not None:
        size = _room(kernels.quantiles_pairs(counter))
        keys, counts = np.empty(size, np.uint64), np.empty(size, np.int64)
        kernels.quantiles_take_pairs(counter, keys.ctypes.data, counts.ctypes.data)
        return keys, counts
    known, added = len(one.keys), np.empty_like(one.counts)
    at = one.keys.ctypes.data
    left = kernels.quantiles_add(counter, at, one.counts.ctypes.data, known, added.ctypes.data)
    if left == _OVERFLOW:
        return None
    _room(left)
    if not left:
        return one.keys, added
    keys, counts = np.empty(known + left, np.uint64), np.empty(known + left, np.int64)
    after = (keys.ctypes.data, counts.ctypes.data)
    _room(kernels.quantiles_take(counter, left, at, added.ctypes.data, known, *after))
    return keys, counts


def _room(size: int) -> int:
    if size < 0:
        raise MemoryError
    return size


def _kernels() -> Any:
    found = library("quantiles")
    if found is None:
        raise RuntimeError("The kernel 'quantiles' isn't there: ask available('quantiles') first.")
    return _signed(found)


@functools.cache
def _signed(kernels: Any) -> Any:
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(kernels, name)
        function.restype, function.argtypes = result, arguments
    return kernels
