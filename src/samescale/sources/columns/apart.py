"""A data frame that isn't Arrow data as a whole: column by column, each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from samescale.errors import SourceError
from samescale.sources.columns import layout

if TYPE_CHECKING:
    from collections.abc import Mapping


def read(
    frame: Any, description: str, error: Exception
) -> tuple[pa.Table, Mapping[str, SourceError]]:
    """The columns of `frame` that can be read, and an error for each of the others.

    Args:
        frame: The frame.
        description: What it is called in errors.
        error: Why it can't be read as a whole.

    Raises:
        SourceError: If it has no columns by name, or no column can be read.
    """
    names = [str(name) for name in getattr(frame, "columns", ())]
    if not names or getattr(frame, "ndim", 0) != 2:  # noqa: PLR2004 - rows and columns
        raise _unreadable(description, error)
    layout.unique(names, description)
    columns: dict[str, Any] = {}
    refused: dict[str, SourceError] = {}
    for name, key in zip(names, frame.columns, strict=True):
        try:
            columns[name] = _column(frame[key])
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as why:
            refused[name] = _mixed(name, why)
    if not columns:
        raise _unreadable(description, error)
    return pa.table(columns), refused


def _column(series: Any) -> Any:
    try:
        return pa.array(series, from_pandas=True)
    except TypeError:  # a sparse column, say, which NumPy can read
        return pa.array(np.asarray(series), from_pandas=True)


def _unreadable(description: str, error: Exception) -> SourceError:
    return SourceError(
        f"{description[:1].upper()}{description[1:]} can't be read as Arrow data: {_told(error)}",
        remedy="Give every column one kind of value.",
    )


def _mixed(name: str, error: Exception) -> SourceError:
    return SourceError(
        f"Column '{name}' holds values of several kinds: {_told(error)}.",
        remedy="Give it one kind of value, or leave it out.",
        column=name,
    )


def _told(error: Exception) -> str:
    return str(error.args[0] if error.args else error).splitlines()[-1]
