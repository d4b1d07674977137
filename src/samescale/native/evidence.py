"""Cells of values, and steps of e-processes: `evidence.c`."""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.native.loader import library

if TYPE_CHECKING:
    from samescale.ir.types import Array


def cells(raw: Array, edges: Array, counts: Array, ticks: Array, centre: Array) -> Array | None:
    """The cell of each value; `None` where there is no kernel.

    Args:
        raw: float64 (n, d), contiguous, NaN where missing.
        edges: float64 (d, k), ascending.
        counts: How many edges each column has, int64 (d,).
        ticks: The columns' lattices, float64 (d,).
        centre: Added to a value's size for how exactly it is known, float64 (d,).

    Returns:
        int32 (n, d).
    """
    opened = library("evidence")
    if not opened:
        return None
    found = np.empty(raw.shape, np.int32)
    _typed(opened).evidence_cells(
        raw.ctypes.data, *raw.shape, edges.ctypes.data, edges.shape[1], counts.ctypes.data,
        ticks.ctypes.data, centre.ctypes.data, found.ctypes.data,
    )  # fmt: skip
    return found


def levels(found: Array, own: Array, whole: Array, bounds: Array) -> Array | None:
    """The level of each row under each hypothesis; `None` where there is no kernel.

    Args:
        found: Cells, int32 (n, d).
        own: The levels of a column's hypotheses by cell, uint8 (d, cells, c).
        whole: The scores for hypotheses on whole rows by cell, int16 (d, cells, w).
        bounds: The least score of each level but the lowest, int32.

    Returns:
        uint8 (n, d c + w).
    """
    opened = library("evidence")
    if not opened:
        return None
    rows, width = found.shape
    claims, wholes = own.shape[2], whole.shape[2]
    out = np.empty((rows, width * claims + wholes), np.uint8)
    _typed(opened).evidence_levels(
        found.ctypes.data, rows, width, own.shape[1], own.ctypes.data, claims,
        whole.ctypes.data, wholes, bounds.ctypes.data, len(bounds), out.ctypes.data,
    )  # fmt: skip
    return out


def repeats(values: Array, ring: Array, count: int) -> Array | None:
    """Whether each row repeats a recent one, to a hundredth; `None` where there is no kernel.

    Args:
        values: float64 (n, d).
        ring: The last rows, float64 (size, d); the new ones are written to it.
        count: How many rows there were before.

    Returns:
        uint8 (n,).
    """
    opened = library("evidence")
    if not opened:
        return None
    found = np.empty(len(values), np.uint8)
    _typed(opened).evidence_repeats(
        values.ctypes.data, *values.shape, ring.ctypes.data, len(ring), count, found.ctypes.data
    )
    return found


def steps(described: Array, rows: int) -> int | None:
    """Some steps of e-processes; `None` where there is no kernel.

    Args:
        described: Addresses and sizes, int64, as `struct process` in evidence.c has them.
        rows: How many rows to go on by.

    Returns:
        How many rows were gone on by: up to the first alarm, that row included and the number
        negative then.
    """
    opened = library("evidence")
    return int(_typed(opened).evidence_steps(described.ctypes.data, rows)) if opened else None


def see(look: int, process: int, values: int, raw: int, rows: int, count: int) -> int | None:
    """All of the above for some rows in one call; `None` where there is no kernel.

    Args:
        look: The address of a `struct look`, as evidence.c has it.
        process: The address of a `struct process`.
        values: The address of the rows as they arrived, float64 (n, d).
        raw: The address of the same in the raw unit.
        rows: n.
        count: How many rows there were before.

    Returns:
        As `steps`.
    """
    opened = library("evidence")
    return _typed(opened).evidence_see(look, process, values, raw, rows, count) if opened else None


@functools.cache
def _typed(opened: ctypes.CDLL) -> Any:
    pointer, size = ctypes.c_void_p, ctypes.c_int64
    opened.evidence_cells.argtypes = [pointer, size, size, pointer, size, *[pointer] * 4]
    opened.evidence_cells.restype = None
    opened.evidence_levels.argtypes = [
        pointer, size, size, size, pointer, size, pointer, size, pointer, size, pointer,
    ]  # fmt: skip
    opened.evidence_levels.restype = None
    opened.evidence_repeats.argtypes = [pointer, size, size, pointer, size, size, pointer]
    opened.evidence_repeats.restype = None
    opened.evidence_steps.argtypes = [pointer, size]
    opened.evidence_steps.restype = size
    opened.evidence_see.argtypes = [*[pointer] * 4, size, size]
    opened.evidence_see.restype = size
    return opened
