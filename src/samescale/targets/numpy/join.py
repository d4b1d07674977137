"""The step of a Concat: columns into a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from samescale.targets.numpy.place import Place, Run

_FEW = 64  # rows, up to which one call for all columns beats one copy a column


def joined(place: Place) -> Run:
    """The step that joins the last axes of its arguments, or plain columns into a matrix."""
    if place.types[0].shape == ():
        return _columns(place)
    reads = place.reads
    concatenate: Any = np.concatenate
    return lambda values, out: concatenate([values[read] for read in reads], -1, out)


def _columns(place: Place) -> Run:
    reads, width = place.reads, len(place.reads)
    dtype = place.type.numpy
    places = tuple(enumerate(reads))

    def run(values: list[Any], out: Any) -> Any:
        rows = len(values[reads[0]])
        if rows == 1 and out is None:
            return np.concatenate([values[read] for read in reads]).reshape(1, width)
        made = np.empty((rows, width), dtype) if out is None else out
        if rows <= _FEW:
            made[...] = np.concatenate([values[read] for read in reads]).reshape(width, rows).T
            return made
        for column, read in places:
            made[:, column] = values[read]
        return made

    return run
