"""Distinct strings and integers, counted in C: `strings.c`."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses as dc
import functools
import os
import struct
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from samescale.errors import DataError
from samescale.native.loader import library

if TYPE_CHECKING:
    from collections.abc import Iterator

# The same as `samescale.ir.types.Array`, which is above this floor.
Array: TypeAlias = "np.ndarray[Any, Any]"

_POINTER, _SIZE, _FLAG, _WORD = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int, ctypes.c_uint64
_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "strings_new": (_POINTER, [_SIZE, _WORD, _WORD]),
    "strings_free": (None, [_POINTER]),
    "strings_used": (_SIZE, [_POINTER]),
    "strings_bytes": (_SIZE, [_POINTER]),
    "strings_add": (
        _SIZE,
        [_POINTER, _POINTER, _FLAG, _POINTER, _SIZE, _POINTER, _SIZE, _SIZE, _POINTER, _POINTER],
    ),
    "strings_take": (None, [_POINTER] * 5),
    "strings_invalid": (_SIZE, [_POINTER, _POINTER, _SIZE]),
    "strings_buckets": (None, [_POINTER, _POINTER, _SIZE, _WORD, _WORD, _POINTER]),
    "strings_sort": (_FLAG, [_POINTER, _POINTER, _POINTER, _SIZE, _POINTER]),
    "strings_gather": (None, [_POINTER, _POINTER, _POINTER, _SIZE, _POINTER, _POINTER]),
    "codes_add": (
        _SIZE,
        [_POINTER, _FLAG, _FLAG, _POINTER, _SIZE, _SIZE, _POINTER, _SIZE],
    ),
    "integers_add": (_FLAG, [_POINTER, _POINTER, _SIZE, _POINTER, _POINTER]),
    "integers_take": (None, [_POINTER, _POINTER, _POINTER]),
    "integers_buckets": (None, [_POINTER, _SIZE, _WORD, _WORD, _POINTER]),
}


@final
@dc.dataclass(frozen=True, slots=True)
class Strings:
    """Strings as Arrow has them: the string of a row is `data[offsets[row] : offsets[row + 1]]`.

    Attributes:
        offsets: One more than there are rows, int32 or int64.
        data: The bytes, uint8.
        valid: A bit a row, uint8, the least significant one first; `None` if no row is missing.
        bit: Which bit is the first row's.
    """

    offsets: Array
    data: Array
    valid: Array | None = None
    bit: int = 0

    def __len__(self) -> int:
        return len(self.offsets) - 1


@final
class Table:
    """Distinct values and their counts, growing as long as the `with` block that it is made in.

    What is added must not change before the block ends: the table points into it.
    """

    def __init__(self, kernels: Any, handle: int) -> None:
        self._kernels = kernels
        self._handle = handle

    def add(
        self, strings: Strings, weights: Array | None = None, codes: Array | None = None
    ) -> None:
        """Count each string once, or as often as `weights` (int64) says.

        Args:
            strings: The strings.
            weights: How often each counts.
            codes: Gets the number of each row's string, from 1 on, int64; what is missing gets
                none.

        Raises:
            DataError: If the offsets of a string aren't within the data (`row`).
        """
        wide = strings.offsets.dtype.itemsize == 8  # noqa: PLR2004 - bytes of an offset
        outcome = self._kernels.strings_add(
            self._handle,
            _at(strings.offsets),
            wide,
            _at(strings.data),
            len(strings.data),
            _at(strings.valid),
            strings.bit,
            len(strings),
            _at(weights),
            _at(codes),
        )
        if outcome > 0:
            raise _outside(strings, outcome - 1)
        _done(outcome)

    def add_objects(self, column: Array, codes: Array | None = None) -> None:
        """Count the `str` of a contiguous object array; `None` isn't counted.

        Args:
            column: The array.
            codes: As in `add`.

        Raises:
            TypeError: If one is anything else.
            UnicodeEncodeError: If one is no text of Unicode: it has half of a surrogate pair.
        """
        kernels, utf8 = _with_lock(self._kernels)
        rows = column.ctypes.data
        into = _at(codes)
        _done(kernels.strings_add_objects(self._handle, rows, len(column), id(None), utf8, into))

    def add_integers(
        self, values: Array, weights: Array | None = None, codes: Array | None = None
    ) -> None:
        """Count integers, int64 and contiguous; a table holds nothing else then."""
        _done(
            self._kernels.integers_add(
                self._handle, _at(values), len(values), _at(weights), _at(codes)
            )
        )

    def strings(self) -> tuple[Strings, Array, Array]:
        """What was counted, its counts, and the row where each was met first."""
        used = self._kernels.strings_used(self._handle)
        size = self._kernels.strings_bytes(self._handle)
        offsets, data = np.empty(used + 1, np.int64), np.empty(size, np.uint8)
        counts, rows = np.empty(used, np.int64), np.empty(used, np.int64)
        self._kernels.strings_take(self._handle, _at(offsets), _at(data), _at(counts), _at(rows))
        return Strings(offsets, data), counts, rows

    def integers(self) -> tuple[Array, Array]:
        """The integers that were counted, and their counts."""
        used = self._kernels.strings_used(self._handle)
        values, counts = np.empty(used, np.int64), np.empty(used, np.int64)
        self._kernels.integers_take(self._handle, _at(values), _at(counts))
        return values, counts


@contextlib.contextmanager
def table(expected: int = 0) -> Iterator[Table]:
    """A table, given back to the system at the end of the block.

    Args:
        expected: How many distinct values it will hold; a table that holds more grows.

    Raises:
        MemoryError: If there is no room for it.
    """
    kernels = _kernels()
    handle = kernels.strings_new(expected, *struct.unpack("=QQ", os.urandom(16)))
    if not handle:
        raise MemoryError
    try:
        yield Table(kernels, handle)
    finally:
        kernels.strings_free(handle)


def invalid(strings: Strings) -> int | None:
    """The first string that is no UTF-8 text; its offsets are int64, from 0 on."""
    found = _kernels().strings_invalid(_at(strings.offsets), _at(strings.data), len(strings))
    return None if found < 0 else int(found)


def buckets(strings: Strings, seed: int, bins: int) -> Array:
    """`samescale.ir.hashing.buckets` of strings with int64 offsets; `seed` is its step 2."""
    found = np.empty(len(strings), np.int64)
    _kernels().strings_buckets(
        _at(strings.offsets), _at(strings.data), len(strings), seed, bins, _at(found)
    )
    return found


def integer_buckets(values: Array, seed: int, bins: int) -> Array:
    """`samescale.ir.hashing.buckets` of int64 values."""
    found = np.empty(len(values), np.int64)
    _kernels().integers_buckets(_at(values), len(values), seed, bins, _at(found))
    return found


def order(strings: Strings, counts: Array) -> Array:
    """The places of strings, greater counts first, equal ones ascending by their bytes."""
    found = np.empty(len(strings), np.int64)
    _done(
        _kernels().strings_sort(
            _at(strings.offsets), _at(strings.data), _at(counts), len(strings), _at(found)
        )
    )
    return found


def gather(strings: Strings, places: Array) -> Strings:
    """The strings at some places (int64), in their order."""
    lengths = np.diff(strings.offsets)[places]
    offsets, data = np.empty(len(places) + 1, np.int64), np.empty(lengths.sum(), np.uint8)
    _kernels().strings_gather(
        _at(strings.offsets), _at(strings.data), _at(places), len(places), _at(offsets), _at(data)
    )
    return Strings(offsets, data)


def code_counts(codes: Array, valid: Array | None, bit: int, size: int) -> Array | int:
    """How often each code of a dictionary occurs.

    Args:
        codes: The codes, of any integer dtype, contiguous.
        valid: A bit a row, as in `Strings`.
        bit: Which bit is the first row's.
        size: How many entries the dictionary has.

    Returns:
        int64 of shape (size,), or the first row whose code isn't in the dictionary.
    """
    counts = np.zeros(size, np.int64)
    odd = _kernels().codes_add(
        _at(codes),
        codes.dtype.itemsize,
        codes.dtype.kind == "i",
        _at(valid),
        bit,
        len(codes),
        _at(counts),
        size,
    )
    return counts if odd < 0 else int(odd)


def _at(array: Array | None) -> int | None:
    return None if array is None else array.ctypes.data


def _outside(strings: Strings, row: int) -> DataError:
    start, stop = strings.offsets[row : row + 2].tolist()
    return DataError(
        f"Row {row} of an Arrow array is its bytes {start} to {stop}, of {len(strings.data)}.",
        remedy="The Arrow array is damaged: write it again.",
        row=row,
        value=[start, stop],
    )


def _done(outcome: int) -> None:
    if outcome:
        raise MemoryError


def _kernels() -> Any:
    found = library("strings")
    if found is None:
        raise RuntimeError("The kernel 'strings' isn't there: ask available('strings') first.")
    return _signed(found)


@functools.cache
def _signed(kernels: Any) -> Any:
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(kernels, name)
        function.restype, function.argtypes = result, arguments
    return kernels


@functools.cache
def _with_lock(kernels: Any) -> tuple[Any, Any]:
    """The same library with the interpreter's lock held, and how Python gives a string's bytes."""
    held = ctypes.PyDLL(kernels._name)  # noqa: SLF001 - ctypes has no other name for it
    held.strings_add_objects.restype = _FLAG
    held.strings_add_objects.argtypes = [_POINTER, _POINTER, _SIZE, *[_POINTER] * 3]
    utf8 = ctypes.cast(ctypes.pythonapi.PyUnicode_AsUTF8AndSize, _POINTER)
    return held, utf8
