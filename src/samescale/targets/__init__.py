"""The targets: what runs or exports a graph. One file a target, found by its name."""

from __future__ import annotations

import difflib
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, cast

from samescale.errors import MissingExtraError, SpecError

if TYPE_CHECKING:
    from samescale.targets.base import Target

_NOT_TARGETS = {"__init__", "base"}


def names() -> tuple[str, ...]:
    """The names of the targets, sorted; none of them is imported.

    Example:
        >>> "numpy" in names()
        True
    """
    here = Path(__file__).parent
    files = {path.stem for path in here.glob("*.py")}
    folders = {path.parent.name for path in here.glob("*/__init__.py")}
    found = (files | folders) - _NOT_TARGETS
    return tuple(sorted(name for name in found if not name.startswith("_")))


def load(name: str) -> Target:
    """The target `name`: a module with `compile(graph)` and `PARITY`.

    Raises:
        SpecError: If there is no such target.
        MissingExtraError: If the package that it needs isn't installed.

    Example:
        >>> load("numpy").__name__
        'samescale.targets.numpy'
    """
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1)
        remedy = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(names())}."
        raise SpecError(f"There is no target '{name}'.", remedy=remedy, value=name)
    try:
        module = importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("samescale"):
            raise
        raise MissingExtraError.of(error.name or name, name) from error
    return cast("Target", module)
