"""What the plain JSON of a bundle must look like before it becomes values.

The digests don't cover the meaning of a member, and what reads these values later (the guard, a
report) takes their types for granted.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from samescale.errors import FormatError
from samescale.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.ir.types import Array

_FLOATS = ("minimum", "maximum", "mean", "deviation")


def profile(value: Any, member: str, arrays: Mapping[str, Array] | None = None) -> Profile:
    """The profile of a JSON member, and of the arrays beside it.

    Args:
        value: The JSON.
        member: The member's name, for messages.
        arrays: The arrays, if there are any.

    Raises:
        FormatError: If a field is missing, unknown or of another type, or the arrays aren't those
            of a profile; names the column.
    """
    if not isinstance(value, dict):
        raise FormatError(f"Member '{member}' holds no columns.", member=member)
    for name, fields in value.items():
        wrong = _wrong(fields)
        if wrong is not None:
            raise FormatError(
                f"Member '{member}': field {wrong!r} of column '{name}' isn't valid.",
                member=member,
                column=name,
            )
    return Profile.from_json(value, arrays)


def learned(
    value: Any, lengths: Mapping[str, int], targets: Sequence[int], member: str
) -> list[list[Any]]:
    """See that learned numbers are, for each column, one object for each transform.

    Args:
        value: The JSON.
        lengths: How many transforms each column has.
        targets: How many each target has; one target has its list, several a list of lists.
        member: The member's name, for messages.

    Returns:
        What was learned for each target.

    Raises:
        FormatError: Naming the column.
    """
    if not isinstance(value, dict) or set(value) != {"columns", "target"}:
        raise FormatError(f"Member '{member}' has other fields than columns and target.")
    columns = value["columns"] if isinstance(value["columns"], dict) else {}
    own = _own(value["target"], len(targets))
    sound = {f"column '{name}'": _is_chain(columns.get(name), n) for name, n in lengths.items()}
    sound["the target"] = len(own) == len(targets) and all(map(_is_chain, own, targets))
    for what, is_sound in sound.items():
        if not is_sound:
            raise FormatError(f"Member '{member}' has no learned numbers of {what}.", member=member)
    return own


def _own(told: Any, targets: int) -> list[Any]:
    """What is told of each target: one has its list, several have a list of lists."""
    if targets > 1:
        return told if isinstance(told, list) else []
    return [told or []] if targets or told else []


def _is_chain(chain: Any, length: int) -> bool:
    return isinstance(chain, list) and len(chain) == length and all(map(_answers, chain))


def _answers(values: Any) -> bool:
    return isinstance(values, dict) and all(isinstance(v, dict) for v in values.values())


def _wrong(fields: Any) -> str | None:
    if not isinstance(fields, dict) or set(fields) != set(_FIELDS):
        return "…"
    wrong = next((name for name, sound in _FIELDS.items() if not sound(fields[name])), None)
    return wrong or next((name for name, fits in _TOGETHER.items() if not fits(fields)), None)


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _number(value: Any) -> bool:
    # An integer of a thousand digits is JSON, and no float.
    return type(value) in {int, float} and abs(value) <= sys.float_info.max


def _optional(sound: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or sound(value)


def _list(sound: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(sound, value))


def _category(value: Any) -> bool:
    return type(value) in {str, int}


_FIELDS: Final[dict[str, Callable[[Any], bool]]] = {
    "rows": _count,
    "missing": _count,
    **dict.fromkeys(_FLOATS, _optional(_number)),
    "probabilities": _list(_number),
    "quantiles": _list(_number),
    "categories": _optional(_list(_category)),
    "counts": _optional(_list(_count)),
}

_TOGETHER: Final[dict[str, Callable[[Mapping[str, Any]], bool]]] = {
    "missing": lambda fields: fields["missing"] <= fields["rows"],
    "maximum": lambda fields: None in _extent(fields) or fields["minimum"] <= fields["maximum"],
    "quantiles": lambda fields: len(fields["quantiles"]) in {0, len(fields["probabilities"])},
    "counts": lambda fields: _length(fields["counts"]) in {None, _length(fields["categories"])},
}


def _extent(fields: Mapping[str, Any]) -> tuple[float | None, float | None]:
    return fields["minimum"], fields["maximum"]


def _length(value: list[Any] | None) -> int | None:
    return None if value is None else len(value)
