"""Model kinds: one file each, loaded when asked for."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING

from samescale.errors import MissingExtraError, ModelError
from samescale.targets._backend import settle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from samescale.models.base import ModelKind


# Where what is imported isn't called like what is installed.
_INSTALLED_AS = {"sklearn": "scikit-learn"}


def names() -> tuple[str, ...]:
    """The kinds there are, whether or not their packages are installed.

    >>> {"keras", "sklearn"} <= set(names())
    True
    """
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in modules if name != "base" and not name.startswith("_")))


def load(name: str, made_with: Iterable[str] = ()) -> ModelKind:
    """The kind called `name`; imports its framework.

    Args:
        name: The kind's name.
        made_with: The packages that a bundle was made with: of several backends that would do,
            the one among them is taken.

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
    if name == "keras":
        settle(made_with)
    kind: ModelKind = _module(name).KIND
    return kind


def kind_of(model: object) -> ModelKind:
    """The kind of a model object. Imports only the frameworks that made it.

    Raises:
        ModelError: If no kind takes it.
    """
    # The nearest first: an XGBClassifier is scikit-learn's too, a Keras model may be torch's.
    roots = dict.fromkeys(base.__module__.partition(".")[0] for base in type(model).__mro__)
    for name in roots:
        if name in names() and name in sys.modules and (kind := load(name)).accepts(model):
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
        raise MissingExtraError.of(_INSTALLED_AS.get(missing, missing), name) from error
