"""Commands, one a file, found by walking this folder."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from samescale.errors import SpecError

if TYPE_CHECKING:
    from types import ModuleType


def names() -> tuple[str, ...]:
    """Every command.

    >>> "fit" in names()
    True
    """
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(name: str) -> ModuleType:
    """The command's module: its docstring, `configure(parser)` and `run(args) -> int`.

    Raises:
        SpecError: If there is no such command.
    """
    if name not in names():
        raise SpecError(
            f"There is no command '{name}'.", remedy=f"There are {', '.join(names())}.", value=name
        )
    return importlib.import_module(f"{__name__}.{name}")
