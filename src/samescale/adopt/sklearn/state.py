"""What a converter asks of a record, with errors that name the object and the option."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from samescale.errors import SpecError

if TYPE_CHECKING:
    from samescale.adopt._record import Record
    from samescale.ir.types import Array


MOST = 2**20


def fitted(given: Record, name: str) -> Any:
    """An attribute that `fit` sets.

    Raises:
        SpecError: If it isn't there: the object wasn't fitted.
    """
    if name not in given.state:
        raise SpecError(
            f"The {given.name} isn't fitted: it has no {name}.",
            remedy="Fit it on the training data before it is adopted.",
            value=name,
        )
    return given.state[name]


def option(given: Record, name: str, default: Any = None) -> Any:
    """An option; one that its version doesn't have yet is what later ones do by default."""
    return given.state.get(name, default)


def floats(given: Record, name: str) -> Array:
    """A learned array, as float64.

    Raises:
        SpecError: If it isn't there, or holds something else.
    """
    value = fitted(given, name)
    try:
        return np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise refused(given, name, value, "It isn't an array of numbers.") from error


def width(given: Record, values: object = None) -> int:
    """How many columns it was fitted on."""
    if values is not None:
        return len(values)  # type: ignore[arg-type]
    return count(given, fitted(given, "n_features_in_"))


def count(given: Record, found: object) -> int:
    """A number of columns.

    Raises:
        SpecError: If it is none, or beyond any table: a file may say what it likes.
    """
    if not isinstance(found, int | np.integer) or not 1 <= found <= MOST:
        raise refused(given, "n_features_in_", found, f"It isn't a number of columns, 1…{MOST}.")
    return int(found)


def refused(given: Record, name: str, value: object, why: str) -> SpecError:
    """The error of an option that can't be adopted."""
    return SpecError(
        f"The {given.name}({name}={value!r:.60}) can't be adopted. {why}".rstrip("."),
        remedy=f"Fit the {given.name} without it, or adapt a ss.Spec on the training data.",
        value=value,
    )


def refuse(given: Record, name: str, value: object, why: str) -> NoReturn:
    """Raise the error of an option that can't be adopted."""
    raise refused(given, name, value, why)


def is_nan(value: object) -> bool:
    """Whether a value is a float's NaN."""
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def is_missing(value: object) -> bool:
    """Whether it is `None` or NaN."""
    return value is None or is_nan(value)
