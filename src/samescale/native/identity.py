"""The distinct objects of an array: `identity.c`."""

from __future__ import annotations

import ctypes
import functools
from typing import Any, Final, TypeAlias

import numpy as np

from samescale.native.loader import library

# The same as `samescale.ir.types.Array`, which is above this floor.
Array: TypeAlias = "np.ndarray[Any, Any]"

# More objects than these are looked up one by one: the table would leave the cache.
_MOST: Final = 1 << 12
_FEWEST: Final = 256  # entries; for fewer, the call costs more than it saves
_SAMPLE: Final = 1 << 13


def distinct(column: Array) -> tuple[Array, Array] | None:
    """The distinct objects of a column, and which of them each entry is.

    Two equal objects at two places are two. `None` where they are many or entries are few, or
    where there is no kernel: there each entry is looked at by itself.

    Args:
        column: Objects, of any shape.

    Returns:
        The objects, `[distinct]`, in the order in which they are met; and for each entry its
        place among them, int64, of the shape of `column`.

    >>> a, b = "oslo", "bergen"
    >>> found = distinct(np.array([a, b, a, a] * 100, object))
    >>> None if found is None else (found[0].tolist(), found[1][:4].tolist())
    (['oslo', 'bergen'], [0, 1, 0, 0])
    """
    if column.size < _FEWEST or (kernels := _kernels()) is None:
        return None
    flat = np.ascontiguousarray(column).reshape(-1)
    if flat.size > 2 * _SAMPLE and _codes(kernels, flat[:_SAMPLE], _MOST // 2) is None:
        return None  # so many in so few: the rest isn't worth a try
    found = _codes(kernels, flat, _MOST)
    return None if found is None else (flat[found[0]], found[1].reshape(column.shape))


def _codes(kernels: Any, flat: Array, most: int) -> tuple[Array, Array] | None:
    codes, firsts = np.empty(flat.size, np.int64), np.empty(most, np.int64)
    count = kernels.identity_codes(
        flat.ctypes.data, flat.size, most, codes.ctypes.data, firsts.ctypes.data
    )
    return None if count < 0 else (firsts[:count], codes)


def _kernels() -> Any:
    found = library("identity")
    return None if found is None else _signed(found)


@functools.cache
def _signed(found: ctypes.CDLL) -> Any:
    pointer, size = ctypes.c_void_p, ctypes.c_int64
    found.identity_codes.restype = size
    found.identity_codes.argtypes = [pointer, size, size, pointer, pointer]
    return found
