"""What runs statistics over a source, one engine a file."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from samescale.errors import MissingExtraError, SpecError

if TYPE_CHECKING:
    from samescale.engines.base import Engine
    from samescale.sources.base import Source

# What a scheme is called elsewhere: Spark's own addresses.
_ALSO = {"local": "spark", "sc": "spark"}
_WRITE = (
    "Write 'threads://4', 'dask://host:8786', 'ray://host:10001' or 'spark://host:7077'; or "
    "'dask', 'ray' or 'spark' for one on this machine."
)


def names() -> tuple[str, ...]:
    """The names of all engines, sorted; none of them is imported.

    Examples:
        >>> names()
        ('dask', 'ray', 'spark', 'threads')
    """
    files = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(file for file in files if file != "base" and not file.startswith("_")))


def load(name: str) -> type[Engine]:
    """The engine called `name`.

    Raises:
        SpecError: If there is none.
        MissingExtraError: If the package that it needs isn't installed.
    """
    if name not in names():
        raise SpecError(
            f"There is no engine '{name}'.", remedy=f"There are {', '.join(names())}.", value=name
        )
    try:
        found: type[Engine] = import_module(f"{__name__}.{name}").ENGINE
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("samescale"):
            raise
        raise MissingExtraError.of(error.name or name, name) from error
    return found


def open(given: str | Engine) -> Engine:  # noqa: A001 - engines.open reads as it should
    """The engine that a name or an address stands for; an engine is given back.

    Args:
        given: `threads` or `threads://4`; `dask`, `ray` or `spark` for the cluster that this
            process is connected to, or else one that is started on this machine;
            `dask://host:8786`, `ray://host:10001`, `spark://host:7077`, `sc://host:15002` (Spark
            Connect); `local[4]` for Spark on this machine.

    Raises:
        SpecError: If there is no such engine.
        MissingExtraError: If the package that it needs isn't installed.

    Examples:
        >>> open("threads://4")
        Threads(threads=4)
    """
    from samescale.engines.base import Engine

    if isinstance(given, Engine):
        return given
    if not isinstance(given, str):
        raise SpecError(f"{given!r} is no engine.", remedy=_WRITE, value=given)
    scheme = given.partition("://")[0].partition("[")[0]
    name = _ALSO.get(scheme, scheme)
    if name not in names():
        raise SpecError(f"There is no engine '{given}'.", remedy=_WRITE, value=given)
    return load(name).at(given)


def suited(source: Source) -> Engine:
    """The engine for a source whose rows lie on a cluster of its own; threads for any other.

    Examples:
        >>> from samescale import sources
        >>> suited(sources.open({"age": [41, 27]}))
        Threads(threads=None)
    """
    kind = type(source).__module__.rpartition(".")[2]
    return load(kind if kind in names() else "threads")()
