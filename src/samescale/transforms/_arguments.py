"""What arguments a transform takes: plain Python numbers and tuples, checked by name."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import SpecError
from samescale.ir.types import FLOATS
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Transform


def settle(transform: Transform) -> None:
    """Make every argument of a transform plain: NumPy's numbers Python's, lists and arrays tuples.

    A spec is compared, and written as JSON: an array can't be either.
    """
    for field in dc.fields(transform):  # type: ignore[arg-type]
        object.__setattr__(transform, field.name, _plain(getattr(transform, field.name)))


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value


def numbers(transform: Transform, *names: str) -> None:
    """Refuse arguments that hold something else than finite numbers; `None` is no argument.

    Raises:
        SpecError: Naming the argument and its value.
    """
    for name in names:
        value = getattr(transform, name)
        if value is not None and not all(map(_is_finite, _leaves(value))):
            raise _refused(transform, name, "a finite number", "Give a number, or several.")


def whole(transform: Transform, *names: str) -> None:
    """Refuse arguments that aren't whole numbers; `None` is no argument.

    Raises:
        SpecError: Naming the argument and its value.
    """
    for name in names:
        value = getattr(transform, name)
        if value is not None and not all(type(leaf) is int for leaf in _leaves(value)):
            raise _refused(transform, name, "a whole number", "Give one without a fraction.")


def alone(transform: Transform, *names: str) -> None:
    """Refuse arguments that hold several values where one is due.

    Raises:
        SpecError: Naming the argument and its value.
    """
    for name in names:
        if isinstance(getattr(transform, name), tuple):
            raise _refused(transform, name, "one value", "Give one, not several.")


def switches(transform: Transform, *names: str) -> None:
    """Refuse arguments that are neither `True` nor `False`.

    Raises:
        SpecError: Naming the argument and its value.
    """
    for name in names:
        if type(getattr(transform, name)) is not bool:
            raise _refused(transform, name, "true or false", "Give True or False.")


def texts(transform: Transform, *names: str) -> None:
    """Refuse arguments that aren't sequences of strings; `None` is no argument.

    Raises:
        SpecError: Naming the argument and its value.
    """
    for name in names:
        value = getattr(transform, name)
        listed = isinstance(value, tuple) and all(isinstance(one, str) for one in value)
        if value is not None and not listed:
            raise _refused(transform, name, "a list of strings", 'Give one: ["Rome", "Oslo"].')


def amounts(transform: Transform, x: Node) -> None:
    """Refuse to compute with codes or with text.

    Raises:
        SpecError: Naming the transform and what stands in front of it.
    """
    given, owner = type_of(x).dtype, type(transform).__name__
    if given == "string":
        raise SpecError(
            f"{owner} takes numbers, and the column is text.",
            remedy="Put a StringLookup and a CategoryEncoding there, or convert it to numbers.",
        )
    if given not in FLOATS:
        raise SpecError(
            f"{owner} takes numbers, and behind a lookup there are codes.",
            remedy=f"Put a CategoryEncoding there, or leave {owner} out.",
        )


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)


def _refused(transform: Transform, name: str, due: str, remedy: str) -> SpecError:
    value = getattr(transform, name)
    return SpecError(
        f"{type(transform).__name__}({name}={value!r}) is not {due}.", remedy=remedy, value=value
    )
