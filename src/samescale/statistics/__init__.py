"""Mergeable, exact statistics, one a file."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil

from samescale.errors import SpecError
from samescale.statistics.base import Statistic


def names() -> tuple[str, ...]:
    """The statistics there are: the classes of this folder's files, by name.

    Example:
        >>> names()[:4]
        ('Counter', 'Covariance', 'Extent', 'KeyedMoments')
    """
    return tuple(sorted(_found()))


def load(name: str) -> type[Statistic]:
    """The statistic called `name`.

    Raises:
        SpecError: If there is none of that name.

    Example:
        >>> load("Missing")()
        Missing(rows=(), missing=())
    """
    found = _found()
    if name not in found:
        close = difflib.get_close_matches(name, found, n=1)
        raise SpecError(
            f"There is no statistic '{name}'.",
            remedy=f"Did you mean '{close[0]}'?" if close else f"There are {', '.join(names())}.",
            value=name,
        )
    return found[name]


def _found() -> dict[str, type[Statistic]]:
    modules = (
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
        if not info.name.startswith("_") and info.name != "base"
    )
    return {
        name: member
        for module in modules
        for name, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Statistic) and member.__module__ == module.__name__
    }
