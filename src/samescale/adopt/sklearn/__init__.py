"""Fitted objects of scikit-learn, as fitted values: from live ones and from their files alike."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.adopt._fitted import Adopted, assemble
from samescale.adopt._record import Record, record
from samescale.adopt.sklearn import targets
from samescale.adopt.sklearn.apart import Parts, apart, module_of
from samescale.adopt.sklearn.blocks import Block
from samescale.adopt.sklearn.contract import Contract
from samescale.adopt.sklearn.convert import convert
from samescale.adopt.sklearn.features import columns_of, features_of
from samescale.errors import SamescaleError, SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.adopt.sklearn.targets import Pair
    from samescale.fitted import Fitted


_TARGET = "target"


def accepts(value: object) -> bool:
    """Whether it is an object of scikit-learn, or a record of one."""
    return module_of(value).partition(".")[0] == "sklearn"


def adopt(given: object, *, columns: Sequence[str] | None = None, target: object = None) -> Adopted:
    """The fitted value, and the model, of a fitted object.

    Args:
        given: A record, or a live object.
        columns: The names of its columns; by default those that it was fitted with, or x0, x1, ….
        target: The target's name, or a pair of its name and what transforms it.

    Raises:
        SpecError: If it can't be adopted; names the object, the option and the remedy.
    """
    found = record(given)
    try:
        with np.errstate(all="ignore"):
            return _adopted(found, given, columns, target)
    except SamescaleError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A file may hold anything under a name that is known.
        raise SpecError(
            f"The {found.name} doesn't hold what scikit-learn's fit writes: {error!r:.200}.",
            remedy="Fit it anew, and store it with the version of scikit-learn that fitted it.",
            value=found.name,
        ) from error


def _adopted(
    found: Record, given: object, columns: Sequence[str] | None, target: object
) -> Adopted:
    parts = apart(found)
    if not parts.steps:
        raise SpecError(
            f"The {found.name} is a model, and transforms no column.",
            remedy="Adopt what was fitted before it, and bundle both: ss.Bundle(fitted, model).",
            value=found.name,
        )
    blocks, contract = list(map(Block.of, columns_of(parts.steps, columns, found))), Contract()
    for step in parts.steps:
        blocks = convert(step, blocks, contract)
    features = features_of(blocks, contract)
    pair = _target(parts, target)
    version = found.state.get("_sklearn_version", "") if isinstance(given, Record) else ""
    source = f"{found.name} of scikit-learn {version}".rstrip()
    fitted = assemble(features, contract.column, contract.profile, pair, source)
    return Adopted(fitted, coded(parts.model, fitted))


def coded(model: Any, fitted: Fitted) -> Any:
    """A live classifier as one of class codes, which a bundle's model gives: a shallow copy.

    Args:
        model: What stands at the end; anything but such a classifier is given back as it is.
        fitted: The preprocessing, whose target has the same classes in the same order.
    """
    held = getattr(model, "__dict__", {}) if fitted.classes is not None else {}
    known = held.get("classes_")
    if known is None or np.ndim(known) != 1 or len(known) != len(fitted.classes or ()):
        return model
    codes = np.arange(len(known))
    if np.asarray(known).dtype.kind in "iu" and np.array_equal(known, codes):
        return model
    if np.asarray(known).tolist() != list(fitted.classes or ()):
        return model  # of other classes, or in another order: a bundle refuses it
    made = copy.copy(model)
    vars(made)["classes_"] = codes
    return made


def _target(parts: Parts, given: object) -> Pair | None:
    name, own = _named(given)
    if own is not None and parts.target is not None:
        raise SpecError(
            f"Target '{name}' has a transformer, and the object holds one too.",
            remedy="Leave one out.",
            column=name,
        )
    transformer = own if own is not None else parts.target
    found = _classes(parts.model)
    if transformer is None and found is not None:
        return targets.classes(name or _TARGET, list(found[1]), found[0])
    return None if name is transformer is None else targets.of(name or _TARGET, transformer)


def _named(given: object) -> tuple[str | None, object]:
    """The target's name and what transforms it, as far as the caller says."""
    name, own = given if isinstance(given, tuple) else (given, None)
    if name is not None and not isinstance(name, str):
        raise SpecError(
            f"The target {name!r:.60} is no name.",
            remedy='Write target="price", or target=("price", scaler) for what transforms it.',
        )
    return name, own


def _classes(model: Any) -> tuple[Record, Any] | None:
    """The classes of a classifier: one array of them."""
    root = model.root if isinstance(model, Record) else type(model).__module__.partition(".")[0]
    if model is None or root != "sklearn":
        return None
    found = record(model)
    known = found.state.get("classes_")
    several = known is None or isinstance(known, list) or getattr(known, "ndim", 1) != 1
    return None if several else (found, known)


__all__ = ["accepts", "adopt", "coded"]
