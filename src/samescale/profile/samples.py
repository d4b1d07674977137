"""The rows and pictures that `adapt` samples in its first pass, and what is learned of them."""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.engines.base import Task
from samescale.errors import DataError
from samescale.evidence.arrived import FARTHEST
from samescale.evidence.images import Pictures
from samescale.evidence.reference import Reference
from samescale.ir.nodes import Cast, Concat, Reshape
from samescale.statistics.row_sample import RowSample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.profile.columns import ColumnProfile
    from samescale.schema import Column
    from samescale.statistics.base import Statistic
    from samescale.statistics.row_sample import Stored

TABLE: Final = ("", "rows")
"""Under which key the sample of the table's rows is asked for."""

_PICTURES: Final = "pictures"
NUMBERS: Final = frozenset({"number", "integer", "boolean"})
"""The kinds of columns that hold numbers."""

# Of more columns, the sample that fits has too few rows to tell how they hang together.
_WIDEST: Final = 1024
# Squares and ratios of spreads below it leave float64.
_NARROWEST: Final = 1e-150
# Rows that are learned from: each distinct one of the sample as often as it was met.
_DRAWN: Final = 9_600
# Pictures that are learned from, the numbers that they have together, and their bytes.
_MOST: Final = 1_000
_CELLS: Final = 1 << 24
_BYTES: Final = 32 << 20
# Of larger pictures, too few would be seen.
_FEWEST: Final = 8
AXES: Final = 3
"""How many axes a picture has."""


def numeric(columns: Iterable[Column]) -> tuple[str, ...]:
    """The columns that are learned together: plain ones of numbers, unless they are very many."""
    names = tuple(c.name for c in columns if c.kind in NUMBERS and not c.shape)
    return names if len(names) <= _WIDEST else ()


def pictured(columns: Iterable[Column]) -> tuple[str, ...]:
    """The columns of pictures: numbers with three axes, of which enough fit into a sample."""
    return tuple(c.name for c in columns if _is_pictured(c))


def _is_pictured(column: Column) -> bool:
    if column.kind not in NUMBERS or len(column.shape) != AXES:
        return False
    return _FEWEST * math.prod(column.shape) <= _room(_stored(column))


def tasks(columns: Sequence[Column], number: Callable[[str], Node]) -> dict[tuple[str, str], Task]:
    """What the first pass samples.

    Args:
        columns: The inputs of the spec, as the source declares them.
        number: The node of a column's values.
    """
    known = {column.name: column for column in columns}
    found = {
        (name, _PICTURES): Task(name, number(name), (0, 1, 2), _sample_of(known[name]))
        for name in pictured(columns)
    }
    names = numeric(columns)
    if names:
        each = (Reshape(Cast(number(name), "float64"), (1,)) for name in names)
        found[TABLE] = Task(names[0], Concat(tuple(each)), (0,), RowSample(_DRAWN))
    return found


def _sample_of(column: Column) -> RowSample:
    stored = _stored(column)
    return RowSample(_MOST, _room(stored), stored)


def _room(stored: Stored) -> int:
    return min(_CELLS, _BYTES // np.dtype(stored).itemsize)


def _stored(column: Column) -> Stored:
    """A type that holds every value of a column, as far as there is one."""
    if column.dtype in {"uint8", "bool"}:
        return "uint8"
    narrow = {"float16", "float32", "int8", "int16", "uint16"}
    return "float32" if column.dtype in narrow else "float64"


def table(
    columns: Mapping[str, ColumnProfile],
    statistics: Mapping[tuple[str, str], Statistic],
    names: Sequence[str],
    scaled: tuple[Array, Array] | None,
) -> Reference | None:
    """What is learned of the plain columns of numbers together.

    Args:
        columns: The profiles of all columns.
        statistics: What was asked for in the first pass.
        names: The columns, in the order in which they were sampled.
        scaled: Means and standard deviations that a scaler outside has used, if any.

    Returns:
        It, without the columns that reach too far to be judged; `None` where there is no other.
    """
    sample: Any = statistics.get(TABLE)
    kept = [place for place, name in enumerate(names) if _is_ordinary(columns[name])]
    if sample is None or not kept:
        return None
    own = [columns[names[place]] for place in kept]
    return Reference.learn(
        [names[place] for place in kept],
        sample.drawn(_DRAWN)[:, kept],
        rows=sample.rows,
        low=_floats(one.minimum for one in own),
        high=_floats(one.maximum for one in own),
        mean=_floats(one.mean for one in own),
        deviation=_floats(one.deviation for one in own),
        scaled=None if scaled is None else (scaled[0][kept], scaled[1][kept]),
    )


def _is_ordinary(column: ColumnProfile) -> bool:
    """Whether a column's values are among those that evidence tells apart."""
    if column.minimum is None or column.maximum is None:
        return True
    largest = max(abs(column.minimum), abs(column.maximum))
    return largest <= FARTHEST and not 0.0 < column.spread < _NARROWEST


def pictures(
    statistics: Mapping[tuple[str, str], Statistic], columns: Iterable[Column]
) -> dict[str, Pictures]:
    """What is learned of each column of pictures; nothing of one in which each has a gap.

    Args:
        statistics: What was asked for in the first pass.
        columns: The inputs.
    """
    found = {}
    for column in columns:
        sample: Any = statistics.get((column.name, _PICTURES))
        if sample is not None:
            drawn = sample.drawn(_MOST).reshape(-1, *column.shape)
            with contextlib.suppress(DataError):
                found[column.name] = Pictures.learn(drawn, rows=sample.rows)
    return found


def _floats(values: Iterable[float | None]) -> Array:
    return np.array([math.nan if value is None else value for value in values], np.float64)
