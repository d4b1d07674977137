"""One of several objects that were saved together."""

from __future__ import annotations

import dataclasses as dc
from collections import abc
from typing import TYPE_CHECKING, Any, final

from samescale.adopt._record import Record
from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """What is to be adopted.

    Attributes:
        value: The object.
        key: Its name among the others; `None` if it was alone.
        beside: What it stood among, in words.
    """

    value: Any
    key: str | None = None
    beside: str = ""


def pick(given: Any, key: str | None, of: str, adopted: Callable[[Any], object]) -> Picked:
    """The object that is meant.

    Args:
        given: What a file holds: an object, or a dict, a list or a tuple of them.
        key: The name of the object in the dict, or its place; if left out, it is the only one that
            can be adopted.
        of: What holds them, for messages.
        adopted: Adopts an object, or raises a `SpecError`.

    Raises:
        SpecError: If there is no such object, or several could be meant; names them.
    """
    several = _several(given)
    if key is not None:
        if key not in several:
            held = ", ".join(several) or "one object, which has no key"
            raise SpecError(f"There is no '{key}' in {of}.", remedy=f"It holds {held}.", value=key)
        return Picked(several[key], key, _listed(several))
    if not any(map(_is_object, several.values())):
        return Picked(given)
    fitting = [name for name, one in several.items() if _is_object(one) and _fits(one, adopted)]
    if len(fitting) != 1:
        raise SpecError(
            f"{of[:1].upper()}{of[1:]} holds {'several' if fitting else 'no'} objects that can be "
            f"adopted: {_listed(several)}.",
            remedy=f"Say which one is meant: key={(fitting or [*several])[0]!r}, or --key on the "
            "command line.",
            value=[*several],
        )
    return Picked(several[fitting[0]], fitting[0], _listed(several))


def named(value: Any) -> str:
    """What an object's class is called."""
    return str(value.name) if isinstance(value, Record) else type(value).__name__


def _several(given: Any) -> Mapping[str, Any]:
    if isinstance(given, list | tuple):
        return {str(place): one for place, one in enumerate(given)}
    return {str(name): one for name, one in given.items()} if isinstance(given, dict) else {}


def _is_object(value: Any) -> bool:
    """Whether it is an object of a library, and not plain data."""
    return isinstance(value, Record) or not (
        isinstance(value, str | bytes | int | float | abc.Collection) or value is None
    )


def _fits(value: Any, adopted: Callable[[Any], object]) -> bool:
    try:
        adopted(value)
    except SpecError:
        return False
    return True


def _listed(several: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} ({named(one)})" for name, one in several.items())
