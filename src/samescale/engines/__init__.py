"""What runs statistics over a source, one engine a file."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from samescale.errors import SpecError

if TYPE_CHECKING:
    from samescale.engines.base import Engine


def names() -> tuple[str, ...]:
    """The names of all engines, sorted.

    Examples:
        >>> names()
        ('threads',)
    """
    files = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(file for file in files if file != "base" and not file.startswith("_")))


def load(name: str) -> type[Engine]:
    """The engine called `name`.

    Raises:
        SpecError: If there is none.
    """
    if name not in names():
        raise SpecError(
            f"There is no engine '{name}'.", remedy=f"There are {', '.join(names())}.", value=name
        )
    found: type[Engine] = import_module(f"{__name__}.{name}").ENGINE
    return found
