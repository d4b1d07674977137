"""Bounds, missing values, exact sums and sums of squares of a table: `moments.c`."""

from __future__ import annotations

import ctypes
import dataclasses as dc
import functools
import struct
import sys
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.native.loader import library

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array

# As load.h numbers them.
_TYPES = {
    np.dtype(name): code
    for code, name in enumerate(("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"))
} | {np.dtype(np.bool_): 7}
# The beginning of a `result` of moments.c, by how it holds the bounds; the digits follow.
_HEADS = {
    np.dtype("i8"): struct.Struct("=qqq4i"),
    np.dtype("u8"): struct.Struct("=QQq4i"),
}
_HEAD = struct.Struct("=ddq4i")
_DIGIT, _SUM, _SQUARE = 4, 72, 140
_RESULT = _HEAD.size + _DIGIT * (_SUM + _SQUARE)


@final
@dc.dataclass(frozen=True, slots=True)
class Found:
    """What one pass over a table finds, by feature.

    Attributes:
        missing: How many values are NaN.
        low: The least value, a float or, of an integer dtype, an int; `None` where there is none.
        high: The greatest.
        sums: The sum, in units of 2**-1074.
        squares: The sum of squares, in units of 2**-2148.
    """

    missing: tuple[int, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    sums: tuple[int, ...]
    squares: tuple[int, ...]


def scan(table: Array) -> Found | None:
    """One pass over a table, rows × features, at least one of each.

    Returns:
        What was found, or `None` where NumPy must look: there is no library or no memory for it,
        a value is infinite, or the dtype is none of the machine's own numbers.
    """
    kernel, code = _kernel(), _TYPES.get(table.dtype)
    # The sums are read as bytes, the least first.
    if kernel is None or code is None or sys.byteorder != "little":
        return None
    rows, features = table.shape
    results = np.empty(features * _RESULT, np.uint8)
    data, to = table.ctypes.data, results.ctypes.data
    if kernel(code, data, rows, features, *table.strides, to):
        return None
    read = _read(results.tobytes(), table.dtype)
    return Found(*zip(*read, strict=True))


def _read(results: bytes, dtype: np.dtype[Any]) -> Iterator[tuple[Any, ...]]:
    """Each feature: missing, low, high, sum, square."""
    head, whole, integer = _HEADS.get(dtype, _HEAD), _whole(dtype), int.from_bytes
    for start in range(0, len(results), _RESULT):
        low, high, missing, *places = head.unpack_from(results, start)
        sums = start + _HEAD.size
        squares = sums + _DIGIT * _SUM
        total = integer(results[sums : sums + _DIGIT * places[1]], "little", signed=True)
        square = integer(results[squares : squares + _DIGIT * places[3]], "little", signed=True)
        yield (
            missing,
            None if low > high else whole(low),
            None if low > high else whole(high),
            total << 8 * _DIGIT * places[0],
            square << 8 * _DIGIT * places[2],
        )


def _whole(dtype: np.dtype[Any]) -> Any:
    # -0.0 + 0.0 is 0.0.
    return (0.0).__add__ if dtype.kind == "f" else int


def _kernel() -> Any:
    opened = library("moments")
    return opened and _typed(opened)


@functools.cache
def _typed(opened: ctypes.CDLL) -> Any:
    size, offset, pointer = ctypes.c_size_t, ctypes.c_ssize_t, ctypes.c_void_p
    kernel = opened.moments_scan
    kernel.argtypes = [ctypes.c_int, pointer, size, size, offset, offset, pointer]
    kernel.restype = ctypes.c_int
    return kernel
