"""Arrays to the bytes of a safetensors member and back.

The layout is that of safetensors (https://huggingface.co/docs/safetensors): the header's length as
8 little-endian bytes, a JSON header, the arrays. The reader is our own so that a header is judged
before anything is allocated: a declared shape that the member's bytes don't fill is refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.bundle import strict
from samescale.errors import BundleError, FormatError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array

_CODES = {
    "BOOL": "bool",
    **{
        f"{letter}{bits}": f"{name}{bits}"
        for letter, name in (("I", "int"), ("U", "uint"))
        for bits in (8, 16, 32, 64)
    },
    **{f"F{bits}": f"float{bits}" for bits in (16, 32, 64)},
}
_NAMES = {name: code for code, name in _CODES.items()}
_MAX_AXES = 16


def dump(arrays: Mapping[str, Array]) -> bytes:
    """The safetensors bytes of `arrays`, sorted by name.

    Raises:
        BundleError: If an array isn't of numbers.

    Example:
        >>> load(dump({"mean": np.array([1.5, 2.5])}), "arrays.safetensors")
        {'mean': array([1.5, 2.5])}
    """
    header: dict[str, Any] = {}
    pieces: list[bytes] = []
    offset = 0
    for name in sorted(arrays):
        code, data = _little(name, arrays[name])
        header[name] = {
            "dtype": code,
            "shape": list(arrays[name].shape),
            "data_offsets": [offset, offset + len(data)],
        }
        pieces.append(data)
        offset += len(data)
    text = strict.compact(header).strip()
    text += b" " * (-len(text) % 8)
    return b"".join((len(text).to_bytes(8, "little"), text, *pieces))


def load(data: bytes | memoryview, member: str) -> dict[str, Array]:
    """The arrays of a safetensors member, read-only and in the machine's own byte order.

    Args:
        data: The bytes.
        member: The member's name, for messages.

    Raises:
        FormatError: If the header isn't strict JSON, names an unknown dtype, or declares arrays
            that aren't, one after another, exactly the bytes that follow it.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 + length or len(data) < 8:  # noqa: PLR2004 -- the eight bytes of the length
        raise _fault(member, f"a header of {length} bytes is declared, {len(data)} bytes follow")
    header = strict.parse(data[8 : 8 + length], member)
    if not isinstance(header, dict):
        raise _fault(member, "the header is no object")
    return _arrays(header, memoryview(data)[8 + length :], member)


def _little(name: str, array: Array) -> tuple[str, bytes]:
    if array.dtype.name not in _NAMES:
        raise BundleError(f"Array '{name}' is of {array.dtype}, which a bundle doesn't hold.")
    data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    return _NAMES[array.dtype.name], data


def _arrays(header: dict[str, Any], body: memoryview, member: str) -> dict[str, Array]:
    result: dict[str, Array] = {}
    offset = 0
    for name, fields in header.items():
        dtype, shape = _declared(name, fields, offset, member)
        end = offset + dtype.itemsize * math.prod(shape)
        if end > len(body) or fields["data_offsets"][1] != end:
            raise _fault(
                member,
                f"array {name!r} {list(shape)} should be bytes {offset}-{end} of {len(body)}",
            )
        result[name] = _aligned(np.frombuffer(body[offset:end], dtype).reshape(shape))
        offset = end
    if offset != len(body):
        raise _fault(member, f"{len(body) - offset} bytes belong to no array")
    return result


def _aligned(view: Array) -> Array:
    array = view.astype(view.dtype.newbyteorder("="))
    array.flags.writeable = False
    return array


def _declared(
    name: str, fields: Any, offset: int, member: str
) -> tuple[np.dtype[Any], tuple[int, ...]]:
    match fields:
        case {"dtype": str(code), "shape": list(shape), "data_offsets": [int(start), int(end)]} if (
            len(fields) == 3  # noqa: PLR2004 -- the three keys of the pattern
            and code in _CODES
            and len(shape) <= _MAX_AXES
            and all(type(size) is int and size >= 0 for size in shape)
            and start == offset
            and type(start) is type(end) is int
        ):
            return np.dtype(_CODES[code]).newbyteorder("<"), tuple(shape)
        case _:
            raise _fault(member, f"the header of array {name!r} isn't valid")


def _fault(member: str, reason: str) -> FormatError:
    return FormatError(f"Member '{member}' isn't a safetensors file: {reason}.", member=member)
