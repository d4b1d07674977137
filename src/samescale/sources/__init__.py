"""Tables in, chunks of columns out, one kind of table a file.

>>> with_names = open({"age": [41, 27]})
>>> with_names.rows
2
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any

from samescale.errors import SourceError
from samescale.sources.base import Source

if TYPE_CHECKING:
    from collections.abc import Mapping


_LAZY = "It is a plan and holds no rows yet: give frame.collect()."
_READ = (
    "Give a dict of arrays, a list of dict rows, a data frame, an Arrow table, or the path of a "
    ".csv, .tsv, .parquet or .jsonl file."
)


def open(data: object, **options: Any) -> Source:  # noqa: A001 - sources.open reads as it should
    """The source that reads `data`.

    Args:
        data: A NumPy array, a mapping of arrays or lists, a list of dict rows, an Arrow table or
            stream, a data frame, the path or the URI (`s3://…`) of a CSV, Parquet or JSON lines
            file, a folder, a glob or a list of such files, a Dask or Spark data frame, a Ray
            Dataset, or an iterable of batches. A `Source` is given back.
        options: What the kind takes: `names` for arrays; `dtypes`, `delimiter` and
            `missing_values` for CSV; `dtypes` for JSON lines.

    Raises:
        SourceError: If nothing reads it, or an option isn't known.
    """
    if isinstance(data, Source):
        return data
    for kind in map(load, names()):
        if kind.accepts(data):
            _check(kind, options)
            return kind(data, **options)  # type: ignore[call-arg]  # each kind takes data
    raise SourceError(
        f"{_named(data)} can't be read as a table.",
        remedy=_LAZY if hasattr(type(data), "collect") else _READ,
        type=type(data).__name__,
    )


@cache
def names() -> tuple[str, ...]:
    """The kinds of source, each by the name of its file; found by walking this folder."""
    found = (module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    return tuple(sorted(name for name in found if name != "base"))


@cache
def load(name: str) -> type[Source]:
    """The class of the source `name`.

    Raises:
        SourceError: If there is none.

    >>> load("csv").__name__
    'CsvSource'
    """
    if name not in names():
        close = difflib.get_close_matches(name, names(), n=1)
        raise SourceError(
            f"There is no source '{name}'.",
            remedy=f"Did you mean '{close[0]}'?" if close else f"There are: {', '.join(names())}.",
        )
    module = importlib.import_module(f"{__name__}.{name}")
    (kind,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Source)
        and value.__module__ == module.__name__
    )
    return kind


def _check(kind: type[Source], options: Mapping[str, object]) -> None:
    for name in options:
        if name not in kind.OPTIONS:
            close = difflib.get_close_matches(name, kind.OPTIONS, n=1)
            known = ", ".join(sorted(kind.OPTIONS)) or "none"
            raise SourceError(
                f"{kind.__name__} has no option '{name}'.",
                remedy=f"Did you mean '{close[0]}'?" if close else f"Its options: {known}.",
                option=name,
            )


def _named(data: object) -> str:
    if isinstance(data, str):
        return f"'{data}'"
    empty = isinstance(data, list | tuple) and not data
    return "An empty list" if empty else f"A value of type {type(data).__name__}"
