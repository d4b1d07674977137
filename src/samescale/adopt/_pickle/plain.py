"""Dtypes and arrays from bytes: of plain numbers and texts alone.

The trees of a model are arrays of structures; they are kept as bytes without fields, so that the
scaler in front of such a model can be read.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from samescale.adopt._pickle.limits import MAX_FILE
from samescale.adopt._pickle.refusal import malformed

if TYPE_CHECKING:
    from samescale.ir.types import Array

_PLAIN: Final = re.compile(r"[|<>=]?([biufc]\d{1,2}|[US]\d{1,7}|V\d{1,4}|O8?|\?)")
_ORDERS: Final[dict[object, Literal["<", ">", "="]]] = {"<": "<", ">": ">", "|": "=", "=": "="}
_MAX_RANK: Final = 32
_LAST_CHARACTER: Final = 0x10FFFF
_SURROGATES: Final = (0xD800, 0xDFFF)


def dtype_of(text: object) -> np.dtype[Any]:
    """The dtype that a file calls so.

    Raises:
        SourceError: If it isn't one of numbers, texts or objects.

    Examples:
        >>> dtype_of("f8")
        dtype('float64')
    """
    said = text.decode("latin-1") if isinstance(text, bytes) else text
    if isinstance(said, str) and _PLAIN.fullmatch(said):
        try:
            return np.dtype(said)
        except (TypeError, ValueError):
            pass
    raise malformed(f"{ascii(said)[:40]} is no dtype of plain numbers or texts")


def ordered(dtype: np.dtype[Any], order: object) -> np.dtype[Any]:
    """The dtype in a byte order."""
    said = order.decode("latin-1") if isinstance(order, bytes) else order
    if said not in _ORDERS:
        raise malformed(f"{ascii(said)[:40]} is no byte order")
    return dtype.newbyteorder(_ORDERS[said])


def shape_of(given: object) -> tuple[int, ...]:
    """A shape, checked.

    Raises:
        SourceError: If it isn't a tuple of a few whole numbers of 0 or more.
    """
    sizes = given if isinstance(given, tuple | list) else (given,)
    whole = all(isinstance(size, int) and 0 <= size <= MAX_FILE for size in sizes)
    if not whole or len(sizes) > _MAX_RANK:
        raise malformed("an array's shape isn't whole numbers")
    # NumPy counts an array's entries in 64 bits, those of one without entries too.
    if math.prod(size for size in sizes if size) > 2**62:
        raise malformed("an array's shape is beyond 64 bits")
    return tuple(int(size) for size in sizes)


def array_of(dtype: np.dtype[Any], shape: tuple[int, ...], raw: bytes, order: str) -> Array:
    """An array of its bytes, in the byte order of this machine.

    Args:
        dtype: Of numbers, `S` or `U`.
        shape: As `shape_of` gives it.
        raw: All its bytes.
        order: `C` or `F`.

    Raises:
        SourceError: If the bytes aren't as many as dtype and shape say, or no such values.
    """
    if dtype.hasobject or not dtype.itemsize:
        raise malformed(f"an array of {dtype} has no plain bytes")
    if order not in {"C", "F"} or len(raw) != math.prod(shape) * dtype.itemsize:
        raise malformed(f"an array of {dtype} {shape} doesn't have {len(raw)} bytes")
    if not math.prod(shape):
        return np.empty(shape, dtype.newbyteorder("="))
    flat = np.frombuffer(raw, dtype)
    if dtype.kind == "b":
        flat = flat.view(np.uint8) != 0
    if dtype.kind == "U":
        _check_text(flat)
    return flat.reshape(shape, order=order).astype(dtype.newbyteorder("="))  # type: ignore[call-overload,no-any-return]


def checked(text: str) -> str:
    """A text that can be written as UTF-8.

    Raises:
        SourceError: If it holds half a character.
    """
    if not text.isascii() and any(_SURROGATES[0] <= ord(c) <= _SURROGATES[1] for c in text):
        raise malformed("a text holds half a character")
    return text


def _check_text(flat: Array) -> None:
    codes = flat.view(flat.dtype.str[0] + "u4")
    low, high = _SURROGATES
    if codes.max() > _LAST_CHARACTER or ((codes >= low) & (codes <= high)).any():
        raise malformed("a text holds what is no character")
