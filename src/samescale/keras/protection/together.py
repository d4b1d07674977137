"""What is learned at the first fit of the features of an input together, and of its pictures."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.errors import DataError
from samescale.evidence.images import Pictures
from samescale.evidence.reference import Reference
from samescale.profile import Profile
from samescale.statistics.row_sample import RowSample

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samescale.ir.types import Array
    from samescale.keras.protection.contract import Entry
    from samescale.profile import ColumnProfile

MOST_TOGETHER: Final = 256
"""Of more features, nothing is learned of them together: their correlations alone would be more
than all else that a file keeps of them."""

_ROWS: Final = 1 << 14
_PICTURES: Final = 2_000
_FEWEST: Final = 8  # pictures; of larger ones, too few would be kept
_BYTES: Final = 32 << 20
_AXES: Final = 3


def sample_for(entry: Entry, dtype: np.dtype[Any]) -> RowSample | None:
    """What keeps some rows of an input while it is recorded; `None` where nothing is learned.

    Args:
        entry: The input.
        dtype: What it came as.
    """
    width = math.prod(entry.shape)
    if entry.kind != "number" or not width:
        return None
    if len(entry.shape) == _AXES:
        stored: Any = "uint8" if dtype == np.uint8 else "float32"
        room = _BYTES // np.dtype(stored).itemsize
        return RowSample(_PICTURES, room, stored) if _FEWEST * width <= room else None
    plain = not entry.pooled or entry.shape == ()
    return RowSample(_ROWS) if plain and width <= MOST_TOGETHER else None


def sampled(sample: RowSample | None, array: Array) -> RowSample | None:
    """The sample with the rows of `array`; `None` from the first row of another size on."""
    if sample is None:
        return None
    try:
        return sample.update(array.reshape(len(array), -1))
    except DataError:
        return None


def together(
    columns: Mapping[str, ColumnProfile], shape: tuple[int, ...], sample: RowSample | None
) -> Profile:
    """The profile of an input, with what its rows say together.

    Args:
        columns: The profiles of its features; of one that has many, the only one.
        shape: The shape of a row.
        sample: Rows of it, if any were kept.
    """
    if sample is None or not sample.rows:
        return Profile(columns)
    if len(shape) == _AXES:
        drawn = sample.drawn(_PICTURES).reshape(-1, *shape)
        name = next(iter(columns))
        return Profile(columns, pictures={name: Pictures.learn(drawn, rows=sample.rows)})
    own = columns.values()
    table = Reference.learn(
        tuple(columns),
        sample.drawn(_ROWS),
        rows=sample.rows,
        low=_floats(one.minimum for one in own),
        high=_floats(one.maximum for one in own),
        mean=_floats(one.mean for one in own),
        deviation=_floats(one.deviation for one in own),
    )
    return Profile(columns, table)


def packed(arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Arrays as JSON."""
    return {
        name: [array.dtype.str, list(array.shape), base64.b64encode(array.tobytes()).decode()]
        for name, array in arrays.items()
    }


def unpacked(fields: Mapping[str, Any]) -> dict[str, Array]:
    """The arrays of an entry's fields; none where it has none.

    Raises:
        ValueError: If they aren't such.
    """
    found = {}
    for name, (dtype, shape, text) in fields.get("arrays", {}).items():
        kind = np.dtype(dtype)
        if kind.kind not in "fiuU":
            raise ValueError(f"an array is of dtype {dtype}")
        found[str(name)] = np.frombuffer(base64.b64decode(text), kind).reshape(shape)
    return found


def _floats(values: Iterable[float | None]) -> Array:
    return np.array([math.nan if value is None else value for value in values], np.float64)
