"""XGBoost's UBJSON as Python's values: the part of https://ubjson.org that XGBoost writes.

It is read here because XGBoost follows what a file tells without looking; every length is held
against what is left of the file before anything is made.
"""

from __future__ import annotations

import io
import struct
from typing import Any, Final

import numpy as np

from samescale.models._boosted import fault

_WHAT: Final = "XGBoost file"
_DEEPEST: Final = 32
_NUMBERS: Final[dict[bytes, np.dtype[Any]]] = {
    b"i": np.dtype(">i1"),
    b"U": np.dtype(">u1"),
    b"I": np.dtype(">i2"),
    b"l": np.dtype(">i4"),
    b"L": np.dtype(">i8"),
    b"d": np.dtype(">f4"),
    b"D": np.dtype(">f8"),
}
_CONSTANTS: Final[dict[bytes, Any]] = {b"T": True, b"F": False, b"Z": None}


def parsed(content: bytes) -> Any:
    """The value of a file.

    Raises:
        ModelError: If it is cut short, goes on behind its end, is nested too deeply, or holds what
            XGBoost doesn't write.

    Examples:
        >>> parsed(b"{L" + bytes(7) + bytes([1]) + b"a[$U#L" + bytes(7) + bytes([2, 5, 6]) + b"}")
        {'a': [5, 6]}
    """
    stream = io.BytesIO(content)
    try:
        found = _value(stream, _taken(stream, 1), 0)
    except (struct.error, UnicodeDecodeError) as error:
        raise fault(_WHAT, str(error)) from error
    if stream.read(1):
        raise fault(_WHAT, "it goes on behind its end")
    return found


def _value(stream: io.BytesIO, mark: bytes, depth: int) -> Any:
    if depth > _DEEPEST:
        raise fault(_WHAT, "it is nested too deeply")
    if mark in _NUMBERS:
        return _numbers(stream, mark, 1)[0]
    if mark == b"S":
        return _text(stream, _taken(stream, 1))
    if mark == b"{":
        return _object(stream, depth)
    if mark == b"[":
        return _array(stream, depth)
    if mark not in _CONSTANTS:
        raise fault(_WHAT, f"{mark!r} is no mark of UBJSON that XGBoost writes")
    return _CONSTANTS[mark]


def _object(stream: io.BytesIO, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while (mark := _taken(stream, 1)) != b"}":
        key = _text(stream, mark)
        if key in found:
            raise fault(_WHAT, "a key stands twice")
        found[key] = _value(stream, _taken(stream, 1), depth + 1)
    return found


def _array(stream: io.BytesIO, depth: int) -> list[Any]:
    mark = _taken(stream, 1)
    if mark == b"$":
        kind, count = _taken(stream, 1), _taken(stream, 1)
        if kind not in _NUMBERS or count != b"#":
            raise fault(_WHAT, "an array of one type isn't of numbers, or has no length")
        return _numbers(stream, kind, _length(stream, _taken(stream, 1)))
    if mark == b"#":
        length = _length(stream, _taken(stream, 1))
        return [_value(stream, _taken(stream, 1), depth + 1) for _ in range(length)]
    found = []
    while mark != b"]":
        found.append(_value(stream, mark, depth + 1))
        mark = _taken(stream, 1)
    return found


def _numbers(stream: io.BytesIO, mark: bytes, count: int) -> list[Any]:
    dtype = _NUMBERS[mark]
    found: list[Any] = np.frombuffer(_taken(stream, count * dtype.itemsize), dtype).tolist()
    return found


def _text(stream: io.BytesIO, mark: bytes) -> str:
    return _taken(stream, _length(stream, mark)).decode("utf-8")


def _length(stream: io.BytesIO, mark: bytes) -> int:
    if mark not in _NUMBERS or _NUMBERS[mark].kind == "f":
        raise fault(_WHAT, "a length is no whole number")
    length: int = _numbers(stream, mark, 1)[0]
    # What is counted takes a byte at least.
    if not 0 <= length <= stream.getbuffer().nbytes - stream.tell():
        raise fault(_WHAT, f"a length of {length} is beyond the end of the file")
    return length


def _taken(stream: io.BytesIO, count: int) -> bytes:
    found = stream.read(count)
    if len(found) != count:
        raise fault(_WHAT, "it is cut short")
    return found
