"""The rows of a table whose hash is small: `rows.c`."""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.native.loader import library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array

# As load.h numbers them.
_TYPES = {
    np.dtype(name): code
    for code, name in enumerate(("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"))
} | {np.dtype(np.bool_): 7}


def below(pieces: Sequence[Array], odd: Array, limit: int) -> tuple[Array, Array] | None:
    """The rows whose hash is at most `limit`.

    Args:
        pieces: The table's columns side by side, each piece rows × features, of the machine's own
            numbers.
        odd: An odd number for each feature of all pieces, uint64.
        limit: The limit, below 2^64.

    Returns:
        Hashes, uint64, and the rows' places, int64, in the rows' order; `None` where there is no
        kernel.
    """
    kernel = _kernel()
    if kernel is None or any(piece.dtype not in _TYPES for piece in pieces):
        return None
    rows = len(pieces[0])
    told = [
        (piece.ctypes.data, _TYPES[piece.dtype], piece.shape[1], *piece.strides) for piece in pieces
    ]
    described = np.array(told, np.int64)
    hashes, places = np.empty(rows, np.uint64), np.empty(rows, np.int64)
    found = kernel(
        described.ctypes.data,
        len(told),
        rows,
        odd.ctypes.data,
        limit,
        hashes.ctypes.data,
        places.ctypes.data,
    )
    return hashes[:found], places[:found]


def _kernel() -> Any:
    opened = library("rows")
    return opened and _typed(opened)


@functools.cache
def _typed(opened: ctypes.CDLL) -> Any:
    pointer, size = ctypes.c_void_p, ctypes.c_int64
    kernel = opened.rows_below
    kernel.argtypes = [pointer, size, size, pointer, ctypes.c_uint64, pointer, pointer]
    kernel.restype = size
    return kernel
