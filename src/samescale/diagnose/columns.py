"""Every column on both sides, the ones that matter first."""

from __future__ import annotations

import dataclasses as dc
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.diagnose import numbers, texts
from samescale.diagnose.rows import floats
from samescale.diagnose.summary import of_numbers
from samescale.errors import SamescaleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.diagnose.compared import Compared
    from samescale.diagnose.known import Known
    from samescale.diagnose.rows import Rows
    from samescale.diagnose.weigh import Weighing
    from samescale.evidence.verdict import Undo
    from samescale.ir.types import Array
    from samescale.schema import Column

_COLOURS: Final = ("red", "green", "blue")
_LETTERS: Final = dict(zip("RGB", _COLOURS, strict=True))  # as evidence on pictures names them
_PIXELS: Final = 200_000
_AXES: Final = 4


def compare(
    known: Known, live: Rows, weighing: Weighing, skipped: dict[str, str]
) -> tuple[Compared, ...]:
    """The columns: those that the verdict names first, then the furthest apart.

    Args:
        known: Training.
        live: What arrived.
        weighing: The verdict.
        skipped: Gets the columns that can't be compared, each with the reason.
    """
    concerned = named(weighing)
    found = [
        dc.replace(one, concerned=one.name in concerned or column.name in concerned)
        for column in known.fitted.schema.columns
        for one in _compared(column, known, live, weighing, skipped)
    ]
    return tuple(sorted(found, key=_order))


def _order(one: Compared) -> tuple[bool, float]:
    # Of what concerns all columns none is named, and those that it changed come first.
    return not (one.concerned or one.restored is not None), -one.distance


def named(weighing: Weighing) -> tuple[str, ...]:
    """The columns that the verdict names, as they are called here: channels by their colours."""
    best = weighing.verdict.best
    told = best.columns if best is not None else ()
    if best is None or weighing.column is None:
        return told
    channels = tuple(channel(weighing.column, _LETTERS[one]) for one in told if one in _LETTERS)
    return channels or (weighing.column,)


def channel(column: str, colour: str) -> str:
    """How a channel of a column of pictures is called."""
    return f"{column} · {colour}"


def _compared(
    column: Column,
    known: Known,
    live: Rows,
    weighing: Weighing,
    skipped: dict[str, str],
) -> Iterator[Compared]:
    name = column.name
    if name not in live.columns:
        skipped.setdefault(name, "live doesn't have it")
        return
    if column.kind == "string":
        yield _text(name, known, live)
        return
    values = floats(live.columns[name])
    if values is None:
        skipped.setdefault(name, "live has text in it, and training numbers")
    elif len(column.shape) == _AXES - 1 and values.ndim == _AXES:
        yield from _channels(column, known, values, _images(column, values, live, weighing))
    elif column.shape:
        skipped.setdefault(name, "its entries have a shape, and are no pictures")
    else:
        best = weighing.verdict.best
        undo = best.undo if best is not None and weighing.column is None else {}
        right = _undone(name, undo, live, weighing)
        yield _number(column, known, live, values.reshape(-1), right)


def _undone(name: str, undo: Mapping[str, Undo], live: Rows, weighing: Weighing) -> Array | None:
    """A column put right, where it was told to be wrong; `None` where it wasn't."""
    source = floats(live.columns[undo[name].source]) if name in undo else None
    own = floats(live.columns[name])
    if source is None or own is None:
        return None
    right = undo[name](source.reshape(-1))
    return np.where(weighing.concerns(live.places), right, own.reshape(-1))


def _number(
    column: Column, known: Known, live: Rows, values: Array, right: Array | None
) -> Compared:
    name = column.name
    return numbers.compared(
        name,
        "date" if column.kind == "datetime" else "number",
        (known.summary(name), known.drawn(name)),
        (dc.replace(of_numbers(values), rows=live.count), values),
        right,
    )


def _text(name: str, known: Known, live: Rows) -> Compared:
    profile = known.fitted.profile.columns[name]
    counts = None
    if profile.categories is not None and profile.counts is not None:
        counts = dict(zip(map(str, profile.categories), profile.counts, strict=True))
    return texts.compared(
        name,
        counts,
        Counter(live.columns[name].ravel().tolist()),
        rows=profile.rows,
        missing=profile.missing / max(profile.rows, 1),
    )


def _images(column: Column, values: Array, live: Rows, weighing: Weighing) -> Array | None:
    """Pictures put right; `None` where nothing is named, or there is no way back."""
    if weighing.column != column.name or not weighing.verdict.named:
        return None
    best = weighing.verdict.best
    try:
        right: Array = weighing.asked.undo(best.mistake if best is not None else "", values)
    except SamescaleError:
        return None
    if right.shape != values.shape:
        return None
    return np.where(weighing.concerns(live.places)[:, None, None, None], right, values)


def _channels(
    column: Column, known: Known, values: Array, right: Array | None
) -> Iterator[Compared]:
    """Each channel of pictures; of a bundle, all pixels together, for so they were learned."""
    name, channels = column.name, values.shape[-1]
    trained = known.values.get(name)
    if trained is None or trained.ndim != _AXES or trained.shape[-1] != channels:
        yield _pixels(name, known.drawn(name), values, right)
        return
    for place in range(channels):
        of = _COLOURS[place] if channels == len(_COLOURS) else str(place)
        title = name if channels == 1 else channel(name, of)
        back = None if right is None else right[..., place]
        yield _pixels(title, trained[..., place], values[..., place], back)


def _pixels(title: str, trained: Array, values: Array, right: Array | None) -> Compared:
    own, other = _some(trained), _some(values)
    told = dc.replace(of_numbers(own), rows=len(trained))
    live = dc.replace(of_numbers(other), rows=len(values))
    back = None if right is None else _some(right)
    found = numbers.compared(title, "image", (told, own), (live, other), back)
    if found.restored is None:
        return found
    return dc.replace(found, restored=dc.replace(found.restored, rows=len(values)))


def _some(values: Array) -> Array:
    """So many pixels, evenly spread over all pictures."""
    flat = values.reshape(-1)
    if flat.size <= _PIXELS:
        return flat
    # A step that shares no factor with a row's width meets all of its places.
    return flat[np.arange(_PIXELS) * flat.size // _PIXELS]
