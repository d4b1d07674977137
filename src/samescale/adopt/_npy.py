"""NumPy's `.npy` from bytes: plain arrays alone, the header read without evaluating it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samescale.adopt._pickle.plain import array_of, dtype_of, shape_of
from samescale.adopt._pickle.refusal import malformed

if TYPE_CHECKING:
    from samescale.ir.types import Array

MAGIC: Final = b"\x93NUMPY"
_VERSIONS: Final = {1: 2, 2: 4, 3: 4}
_MAX_HEADER: Final = 10_000
_HEADER: Final = re.compile(
    r"\{'descr': '([^'\\]{1,20})', 'fortran_order': (True|False), "
    r"'shape': \(((?:\d{1,12}, )*(?:\d{1,12},?)?)\), \} *\n"
)


def is_structured(content: bytes) -> bool:
    """Whether the array is one of structures, which has no plain values."""
    return content.startswith(MAGIC) and b"{'descr': [(" in content[: len(MAGIC) + 20]


def read(content: bytes) -> Array:
    """The array of a `.npy` file (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).

    Args:
        content: The file.

    Raises:
        SourceError: If it is damaged, or holds objects or structures.
    """
    version = content[len(MAGIC)] if len(content) > len(MAGIC) + 1 else 0
    width = _VERSIONS.get(version, 0)
    start = len(MAGIC) + 2 + width
    size = int.from_bytes(content[start - width : start], "little")
    header = content[start : start + min(size, _MAX_HEADER)].decode("latin-1")
    found = _HEADER.fullmatch(header)
    if not content.startswith(MAGIC) or not width or found is None:
        raise malformed("it is no .npy file of plain numbers or texts")
    sizes = tuple(int(size) for size in re.findall(r"\d+", found[3]))
    order = "F" if found[2] == "True" else "C"
    return array_of(dtype_of(found[1]), shape_of(sizes), content[start + size :], order)
