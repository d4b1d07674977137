"""What the values of a text column are: integers, numbers, booleans, dates, or text.

The rules are the same for every block of a file, so that a column's type doesn't depend on where
its first odd value stands. A number that starts with a needless 0 (`00123`, `0x1F`) is a code, and
codes are text.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Guess: TypeAlias = Literal["empty", "integer", "number", "boolean", "datetime", "zoned", "string"]

TYPES: dict[Guess, Any] = {
    "empty": pa.null(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "datetime": pa.timestamp("us"),
    "zoned": pa.timestamp("us", "UTC"),
    "string": pa.string(),
}
TRUE = ("true", "True", "TRUE")
FALSE = ("false", "False", "FALSE")
_CODE = r"^[+-]?0[0-9xX]"
_SLASHES = r"^(\d{4})/(\d\d)/(\d\d)((?: \d\d:\d\d(?::\d\d)?)?)$"
SLASHED = ("%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")
_WORDS = pa.array([*TRUE, *FALSE])


def guess(values: Any) -> Guess:
    """What all values of an Arrow text array are; nulls count for nothing.

    >>> guess(pa.array(["1", None, "20"])), guess(pa.array(["1", "2.5"])), guess(pa.array(["007"]))
    ('integer', 'number', 'string')
    """
    values = pc.drop_null(values)
    if len(values) == 0:
        return "empty"
    trimmed = pc.utf8_trim_whitespace(values)
    if casts(trimmed, "number"):
        return _numeric(trimmed)
    if pc.all(pc.is_in(trimmed, _WORDS)).as_py():
        return "boolean"
    return next((kind for kind in ("datetime", "zoned") if casts(trimmed, kind)), "string")


def _numeric(values: Any) -> Guess:
    if pc.any(pc.match_substring_regex(values, _CODE)).as_py():
        return "string"
    return "integer" if casts(values, "integer") else "number"


def widen(one: Guess, other: Guess) -> Guess | None:
    """What holds the values of both; `None` if nothing but text does.

    >>> widen("integer", "number"), widen("empty", "boolean"), widen("integer", "datetime")
    ('number', 'boolean', None)
    """
    if other in {one, "empty"}:
        return one
    if one == "empty":
        return other
    return "number" if {one, other} == {"integer", "number"} else None


def casts(values: Any, kind: Guess) -> bool:
    """Whether every value can be read as `kind`; a date may have slashes, the year first.

    >>> casts(pa.array(["2012/01/31"]), "datetime"), casts(pa.array(["31/01/2012"]), "datetime")
    (True, False)
    """
    if kind == "datetime":
        values = pc.replace_substring_regex(values, _SLASHES, r"\1-\2-\3\4")
    try:
        pc.cast(values, TYPES[kind])
    except pa.ArrowInvalid:
        return False
    return True


def first_odd(values: Any, kind: Guess) -> int | None:
    """The index of the first value that can't be read as `kind`, by halving.

    >>> first_odd(pa.array(["1", "2", "x", "3"]), "integer")
    2
    """
    values = pc.utf8_trim_whitespace(values)
    if _fits(values, kind):
        return None
    low, high = 0, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        if _fits(values.slice(low, middle - low), kind):
            low = middle
        else:
            high = middle
    return low


def _fits(values: Any, kind: Guess) -> bool:
    if kind == "boolean":
        return bool(pc.all(pc.is_in(pc.drop_null(values), _WORDS)).as_py() is not False)
    return casts(values, kind)
