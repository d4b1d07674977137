"""How a kernel is built and what its library is called: read by the build hook and the loader.

The hook runs this file by its path, where samescale and NumPy aren't there yet: it imports the
standard library only.
"""

from __future__ import annotations

import hashlib
import platform
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

# No -ffast-math: a kernel's additions must be the ones that are written. Contraction into FMA is
# left to the compiler, for every product and sum of a kernel is exact with and without it.
FLAGS = (
    "-std=gnu11",
    "-O3",
    "-fPIC",
    "-shared",
    "-fvisibility=hidden",
    "-fno-math-errno",
    "-fno-trapping-math",
)

# Each kernel is compiled once a level, and the highest one that the processor has is loaded.
_PLAIN: dict[str, tuple[str, ...]] = {"plain": ()}
_X86 = {
    "v4": ("-march=x86-64-v4", "-mprefer-vector-width=512"),
    "v3": ("-march=x86-64-v3",),
    **_PLAIN,
}
LEVELS: dict[str, tuple[str, ...]] = (
    _X86 if platform.machine().lower() in {"x86_64", "amd64"} else _PLAIN
)

_INCLUDE = re.compile(r'^#include "(.+)"', re.MULTILINE)

# The kernel that tells the processor's level: it is compiled for every processor.
CPU = "cpu"


def kernels(folder: Path = FOLDER) -> tuple[str, ...]:
    """The kernels whose source is in `folder`."""
    return tuple(sorted(path.stem for path in folder.glob("*.c")))


def levels(kernel: str) -> dict[str, tuple[str, ...]]:
    """The levels that a kernel is compiled for, highest first, and the flags of each."""
    return _PLAIN if kernel == CPU else LEVELS


def digest(kernel: str, folder: Path = FOLDER) -> str | None:
    """What a library is made of, as 16 hexadecimal digits; `None` where the source isn't there."""
    source = folder / f"{kernel}.c"
    if not source.exists():
        return None
    made = hashlib.sha256(repr((FLAGS, LEVELS)).encode())
    for path in _parts(source):
        # A checkout with other line ends is the same source.
        made.update(path.name.encode() + b"\n" + path.read_bytes().replace(b"\r\n", b"\n"))
    return made.hexdigest()[:16]


def _parts(source: Path) -> list[Path]:
    """A source and the headers beside it that it includes, in order."""
    parts, rest = [], [source]
    while rest:
        path = rest.pop(0)
        if path not in parts and path.exists():
            parts.append(path)
            rest += [path.parent / name for name in _INCLUDE.findall(path.read_text("utf-8"))]
    return parts


def library(kernel: str, level: str, made_of: str) -> str:
    """The file name of a library."""
    return f"_{kernel}-{level}-{made_of}.so"
