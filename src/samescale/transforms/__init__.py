"""Transforms, one a file: each is a statistic and a graph."""

from __future__ import annotations

import difflib
import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from samescale.errors import SpecError

if TYPE_CHECKING:
    from samescale.transforms.base import Transform


def names() -> tuple[str, ...]:
    """The names of all transforms, sorted."""
    return tuple(sorted(_modules()))


def load(name: str) -> type[Transform]:
    """The transform called `name`.

    Raises:
        SpecError: If there is none; names the nearest.

    Examples:
        >>> load("Rescaling")
        <class 'samescale.transforms.rescaling.Rescaling'>
    """
    modules = _modules()
    if name not in modules:
        near = difflib.get_close_matches(name, modules, n=1)
        raise SpecError(
            f"There is no transform '{name}'.",
            remedy=f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(names())}.",
            value=name,
        )
    module = import_module(f"{__name__}.{modules[name]}")
    found: type[Transform] = getattr(module, name)
    return found


def _modules() -> dict[str, str]:
    """File names by class name: `string_lookup` holds `StringLookup`."""
    files = (
        module.name
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_") and module.name != "base"
    )
    return {"".join(part.capitalize() for part in file.split("_")): file for file in files}
