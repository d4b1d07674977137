"""Model kinds: one file each, loaded when asked for."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING

from samescale.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    from types import ModuleType

    from samescale.models.base import ModelKind


def names() -> tuple[str, ...]:
    """The kinds there are, whether or not their packages are installed.

    >>> names()
    ('keras', 'sklearn')
    """
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in modules if name != "base" and not name.startswith("_")))


def load(name: str) -> ModelKind:
    """The kind called `name`; imports its framework.

    Raises:
        ModelError: If there is no such kind.
        MissingExtraError: If its package isn't installed.
    """
    if name not in names():
        raise ModelError(
            f"There is no model kind '{name}'.",
            remedy=f"The kinds are: {', '.join(names())}.",
            value=name,
        )
    kind: ModelKind = _module(name).KIND
    return kind


def kind_of(model: object) -> ModelKind:
    """The kind of a model object. Imports only the frameworks that made it.

    Raises:
        ModelError: If no kind takes it.
    """
    roots = {base.__module__.partition(".")[0] for base in type(model).__mro__} & sys.modules.keys()
    for name in names():
        if name in roots and (kind := load(name)).accepts(model):
            return kind
    type_ = f"{type(model).__module__}.{type(model).__qualname__}"
    raise ModelError(
        f"No model kind takes a {type_}.",
        remedy=f"The kinds are: {', '.join(names())}.",
        value=type_,
    )


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except MissingExtraError:
        raise
    except ImportError as error:
        missing = (error.name or name).partition(".")[0]
        if missing == "samescale":
            raise
        raise MissingExtraError.of(missing, name) from error
