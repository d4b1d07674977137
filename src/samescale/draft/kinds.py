"""What a column is, by its values and its name. Every rule is one function, with its numbers.

The rules are guesses, and a person reads them: each decision says which rule it follows from.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from samescale.draft.decision import Decision, Kind
from samescale.sources.columns import times
from samescale.transforms.category_encoding import CategoryEncoding
from samescale.transforms.impute import Impute
from samescale.transforms.integer_lookup import IntegerLookup
from samescale.transforms.log1p import Log1p
from samescale.transforms.normalization import Normalization
from samescale.transforms.rescaling import Rescaling
from samescale.transforms.string_lookup import StringLookup

if TYPE_CHECKING:
    from samescale.draft.sample import Sampled
    from samescale.ir.types import Array
    from samescale.schema import Column
    from samescale.transforms.base import Transform

MOST_CATEGORIES = 100
_ENOUGH = 20
_UNIQUE = 0.9
_LONG_TEXT, _MANY_WORDS = 50, 5
_SKEWED = 2.0
_REPEATS = 5
_FEW_CODES = 50
_SPARSE = 3
_CODE_NAMES = {"code", "type", "class", "category", "cat", "kind", "group", "zip", "zipcode"} | {
    "postcode", "region", "department", "status", "store", "shop", "product", "channel", "id",
}  # fmt: skip
_ID_NAMES = {"id", "uuid", "guid", "index", "key", "rowid", "serial"}
_BYTE = 255
_HUGE = 1e150  # the sum of such squares comes near the greatest float64
_OTHER_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d\d)\b.*")


def decide(sampled: Sampled) -> Decision:
    """The decision for a plain column."""
    name, distinct = sampled.column.name, sampled.distinct
    if distinct == 0:
        return _out(name, "constant", "no row has a value")
    if distinct == 1:
        share = " where there is one" if sampled.missing else ""
        return _out(name, "constant", f"the value is always {_shown(sampled.values[0])}{share}")
    match sampled.column.kind:
        case "boolean":
            return Decision(name, "boolean", _boolean(sampled), _why("true or false", sampled))
        case "datetime":
            chain = (*_imputed(sampled), Normalization())
            return Decision(name, "date", chain, _why("dates, as seconds since 1970", sampled))
        case "string":
            return _text(sampled, distinct)
        case _:
            return _number(sampled, distinct)


def tensor(column: Column) -> Decision:
    """The decision for a column whose entries have a shape."""
    shape = " × ".join(map(str, column.shape))
    if column.kind in {"string", "boolean", "datetime"}:
        return _out(column.name, "tensor", f"entries of {shape} of the kind {column.kind}")
    if column.dtype == "uint8":
        why = f"entries of {shape} bytes, taken for pixels of 0 to {_BYTE}"
        return Decision(column.name, "tensor", (Rescaling(1 / _BYTE),), why)
    why = f"entries of {shape} numbers, one mean for each place of the last axis"
    return Decision(column.name, "tensor", (Normalization(),), why)


def _out(name: str, kind: Kind, why: str) -> Decision:
    return Decision(name, kind, (), why)


def _shown(value: object) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)


def _why(why: str, sampled: Sampled) -> str:
    if not sampled.missing:
        return why
    return f"{why}; {sampled.missing} of {sampled.rows} missing"


def _imputed(sampled: Sampled) -> tuple[Transform, ...]:
    return (Impute("median"),) if sampled.missing else ()


def _boolean(sampled: Sampled) -> tuple[Transform, ...]:
    # As the number 0 or 1: the rescaling by 1 is how a chain says "as it is".
    return (Impute("most_frequent"),) if sampled.missing else (Rescaling(1.0),)


# Text.

_AS_TEXT = (
    "dates as text, which no transform reads: convert them to dates (as pandas.to_datetime does); "
    "a CSV file's are read as dates"
)


def _text(sampled: Sampled, distinct: int) -> Decision:
    name, values = sampled.column.name, sampled.values.tolist()
    if times.are_dates(values):
        return _out(name, "date", _AS_TEXT)
    if all(_OTHER_DATE.fullmatch(value.strip()) for value in values):
        why = f"looks like dates, such as {values[0]!r}: write them as ISO 8601, 2012-01-31"
        return _out(name, "date", why)
    unique = distinct / len(values)
    length = sum(map(len, values)) / len(values)
    words = sum(len(value.split()) for value in values) / len(values)
    if distinct > _ENOUGH and unique > 1 / 2 and (length > _LONG_TEXT or words >= _MANY_WORDS):
        return _out(name, "free text", f"{words:.0f} words a value, {unique:.0%} of them different")
    if distinct > _ENOUGH and unique >= _UNIQUE:
        return _out(name, "identifier", f"{unique:.0%} of the values are different")
    return _category(sampled, distinct, values)


def _category(sampled: Sampled, distinct: int, values: list[str]) -> Decision:
    kept = min(distinct, MOST_CATEGORIES)
    chain = (StringLookup(max_tokens=kept + 1), CategoryEncoding(output_mode="one_hot"))
    why = f"{distinct} different texts" + (f", the {kept} most frequent kept" * (distinct > kept))
    odd = next((value for value in values if not _is_number(value)), None)
    if odd is not None and sum(map(_is_number, values)) > _UNIQUE * len(values):
        why += f"; nearly all are numbers, but {odd!r} is not"
    return Decision(sampled.column.name, "category", chain, _why(why, sampled))


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


# Numbers.


def _number(sampled: Sampled, distinct: int) -> Decision:
    column = sampled.column
    extreme = _extreme(sampled)
    if extreme:
        return _out(column.name, "numeric", extreme)
    if column.kind == "integer":
        identifier = _identifier(sampled, distinct)
        if identifier:
            return _out(column.name, "identifier", identifier)
        code = _code(sampled, distinct)
        if code:
            kept = min(distinct, MOST_CATEGORIES)
            lookup = IntegerLookup(max_tokens=kept + 1)
            chain = (lookup, CategoryEncoding(output_mode="one_hot"))
            return Decision(column.name, "integer code", chain, _why(code, sampled))
    return _numeric(sampled)


def _extreme(sampled: Sampled) -> str:
    """Why no statistic takes these numbers; nothing if one does."""
    low, high = sampled.low or 0.0, sampled.high or 0.0
    if math.isinf(low) or math.isinf(high):
        return "it holds an infinity, which adapt refuses: make it missing, or clip it"
    if max(-low, high) > _HUGE:
        odd = low if -low > high else high
        return f"it holds {odd:g}, whose square is beyond float64: divide the column first"
    if 0.0 < high - low < 1 / _HUGE:
        return f"its values differ by {high - low:g} at most: multiply the column first"
    return ""


def _words(name: str) -> set[str]:
    """`shopId`, `shop_id` and `Shop ID` are all the words shop and id."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)}


def _identifier(sampled: Sampled, distinct: int) -> str:
    values = sampled.values
    if len(values) < _ENOUGH or distinct < len(values):
        return ""
    if _words(sampled.column.name) & _ID_NAMES:
        return "every value is different, and the name says it is a key"
    steps = set(np.diff(values.astype(np.float64)).tolist())
    return "the values count the rows" if sampled.whole and steps <= {1.0} else ""


def _code(sampled: Sampled, distinct: int) -> str:
    values = sampled.values
    if distinct <= 2 or len(values) < _REPEATS * distinct:  # noqa: PLR2004 - 0 and 1 are a number
        return ""
    if _words(sampled.column.name) & _CODE_NAMES:
        return f"{distinct} different integers, and the name says that they are names"
    enough = len(values) >= _ENOUGH * distinct and distinct <= _FEW_CODES
    if enough and _is_sparse(np.unique(values.astype(np.float64))):
        return f"only {distinct} integers of a wide range, without a common step"
    return ""


def _is_sparse(values: Array) -> bool:
    """Whether integers lie far apart and on no grid: 101, 205, 990, but not 0, 50, 100."""
    steps = np.diff(values)
    spread = values[-1] - values[0] + 1 > _SPARSE * len(values)
    whole = np.abs(steps).max() < 2.0**53
    return bool(spread and whole and np.gcd.reduce(steps.astype(np.int64)) == 1)


def _numeric(sampled: Sampled) -> Decision:
    why, chain = "numbers", _imputed(sampled)
    before = skewness(sampled.values)
    if sampled.low is not None and sampled.low >= 0 and before > _SKEWED:
        after = skewness(np.log1p(sampled.values.astype(np.float64)))
        if abs(after) < before / 2:
            why = f"numbers from {sampled.low:g} up, skewed ({before:.1f}; {after:.1f} after Log1p)"
            chain = (*chain, Log1p())
    return Decision(sampled.column.name, "numeric", (*chain, Normalization()), _why(why, sampled))


def skewness(values: Array) -> float:
    """The third standardised moment, `mean((x - m)³) / sd³`: 0 if symmetric, 2 if exponential.

    Infinite values count for nothing; fewer than 20 values, or equal ones, have no skewness.

    >>> round(skewness(np.array([0.0] * 19 + [1.0])), 3)
    4.129
    """
    values = values.astype(np.float64)
    values = values[np.isfinite(values)]
    if len(values) < _ENOUGH:
        return 0.0
    # Scaled first: a cube of 1e200 is no float.
    largest = np.abs(values).max()
    scaled = values / largest if largest > 0 else values
    centred = scaled - scaled.mean()
    deviation = float(np.sqrt(np.mean(centred**2)))
    return float(np.mean((centred / deviation) ** 3)) if deviation > 0 else 0.0
