"""Opens the compiled kernels, where there are any.

A kernel is plain C behind ctypes: no Python.h, so that one library serves every Python, and the
interpreter's lock is released while it runs.
"""

from __future__ import annotations

import ctypes
import functools
import os
from typing import TYPE_CHECKING

from samescale.native import recipe

if TYPE_CHECKING:
    from pathlib import Path

SWITCH = "SAMESCALE_NATIVE"


def library(kernel: str) -> ctypes.CDLL | None:
    """The library of a kernel; `None` where NumPy must do.

    That is where nothing was compiled, where it was compiled of another source than the one beside
    it, or where the environment says `SAMESCALE_NATIVE=0` (read at every call).
    """
    return None if os.environ.get(SWITCH) == "0" else _opened(kernel)[0]


def available(kernel: str) -> bool:
    """Whether a kernel would be used now."""
    return library(kernel) is not None


def describe() -> dict[str, str]:
    """What each kernel runs on, by name: the level of its library, or why NumPy does it."""
    built = {path.name[1:].split("-")[0] for path in _libraries("*")}
    names = recipe.kernels(recipe.FOLDER) or tuple(built)
    off = os.environ.get(SWITCH) == "0"
    return {
        name: f"NumPy: {SWITCH}=0" if off else _opened(name)[1]
        for name in sorted(names)
        if name != recipe.CPU
    }


@functools.cache
def _opened(kernel: str) -> tuple[ctypes.CDLL | None, str]:
    reason = "NumPy: no library for this processor was built"
    for level in recipe.levels(kernel):
        if level not in _levels(kernel):
            continue
        for path in _libraries(kernel, level):
            if recipe.digest(kernel, recipe.FOLDER) not in {None, path.stem.rpartition("-")[2]}:
                reason = "NumPy: the library was built from another source; build it again"
                continue
            try:
                return ctypes.CDLL(os.fspath(path)), level
            except OSError as error:
                reason = f"NumPy: {error}"
    return None, reason


def _libraries(kernel: str, level: str = "*") -> list[Path]:
    return sorted(recipe.FOLDER.glob(recipe.library(kernel, level, "*")))


def _levels(kernel: str) -> tuple[str, ...]:
    """The levels whose libraries the processor can run."""
    return ("plain",) if kernel == recipe.CPU else _cpu()


@functools.cache
def _cpu() -> tuple[str, ...]:
    found = _opened(recipe.CPU)[0]
    level = found.cpu_level() if found else 0
    return tuple(name for name, needed in (("v4", 4), ("v3", 3), ("plain", 0)) if level >= needed)
