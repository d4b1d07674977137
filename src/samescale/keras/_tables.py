"""Tables, as arrays of rows × columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import DataError
from samescale.sources import open as open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array

# pandas, polars, Arrow and DuckDB all give a table as an Arrow stream.
_STREAM = "__arrow_c_stream__"


def is_table(data: Any) -> bool:
    """Whether `data` has columns by name: a mapping or a data frame."""
    frame = hasattr(data, _STREAM) or hasattr(data, "__dataframe__")
    return isinstance(data, Mapping) or (frame and hasattr(data, "columns"))


def names_of(data: Any) -> tuple[str, ...] | None:
    """The names of the columns of a table, in its order; `None` of anything else."""
    if not is_table(data):
        return None
    if isinstance(data, Mapping):
        return tuple(map(str, data))
    names = getattr(data, "column_names", None)
    return tuple(map(str, data.columns if names is None else names))


def pieces(table: Any, rows: int = 65_536) -> Iterator[Array]:
    """The rows of a table × its columns, in the table's order.

    Columns of one dtype keep it; others meet in the narrowest that NumPy has for all of them.

    Raises:
        SourceError: If it can't be read.
        DataError: If columns of text stand beside numbers, or a column's entries have a shape.
    """
    source = open_source(table)
    names = [column.name for column in source.columns]
    for chunk in source.chunks(names, rows=rows):
        yield stacked({name: chunk.columns[name] for name in names})


def stacked(columns: Mapping[str, Array]) -> Array:
    """Columns side by side.

    Raises:
        DataError: If they don't go together.
    """
    arrays = {name: _column(name, values) for name, values in columns.items()}
    text = {name for name, values in arrays.items() if values.dtype.kind in "OUS"}
    if text and len(text) < len(arrays):
        raise DataError(
            f"The column '{min(text)}' is text, and others are numbers.",
            remedy="Adapt a layer for the numbers and one for the text, each on its columns.",
            column=min(text),
        )
    return np.concatenate(list(arrays.values()), axis=1)


def _column(name: str, values: Any) -> Array:
    array = np.asarray(values)
    if array.ndim == 1:
        return array[:, None]
    if array.ndim == 2:  # noqa: PLR2004 - rows, and the entries of a row
        return array
    raise DataError(
        f"The column '{name}' has entries of shape {array.shape[1:]}.",
        remedy="Adapt a layer on that column alone.",
        column=name,
    )
