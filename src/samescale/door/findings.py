"""The findings of the door: each names column, row, value and remedy."""

from __future__ import annotations

import datetime as dt
import difflib
from typing import TYPE_CHECKING

import numpy as np

from samescale.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samescale.schema import Column

_LONG = 60
_LISTED = 10  # categories named in a remedy
_SUGGEST_AMONG = 20_000  # difflib compares with each: some 10 ms
_WORDS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool, np.bool_), "a boolean"),
    ((int, float, np.number), "a number"),
    ((str,), "text"),
    ((dt.date, np.datetime64), "a date"),
)
_ARTICLES = {"integer": "an integer", "datetime": "a date", "string": "text"}


def due(column: Column) -> str:
    """What a caller may send for `column`, in words."""
    named = _ARTICLES.get(column.kind, f"a {column.kind}")
    return named if not column.shape else f"{named} array of shape {column.shape}"


def said(value: object) -> str:
    """What a value is, in words.

    >>> said(True), said(1.5), said("a"), said(b"a")
    ('a boolean', 'a number', 'text', 'a value of type bytes')
    """
    for kinds, word in _WORDS:
        if isinstance(value, kinds):
            return word
    return f"a value of type {type(value).__name__}"


def shown(value: object) -> str:
    """A value as text, cut short."""
    text = repr(
        value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value
    )
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def missing_column(column: Column, extra: Iterable[str]) -> Finding:
    """SG101: a column of the contract that wasn't sent."""
    close = difflib.get_close_matches(column.name, list(extra), n=1)
    said = f" '{close[0]}' was sent, which is not in the schema." if close else ""
    remedy = f"Rename '{close[0]}' to '{column.name}'." if close else f"Send {due(column)}."
    return Finding("SG101", f"Column '{column.name}' is missing.{said}", remedy, column=column.name)


def unknown_column(name: object, unsent: Sequence[str]) -> Finding:
    """SG102: a column that isn't in the contract, which may be meant for one that wasn't sent."""
    close = difflib.get_close_matches(str(name), unsent, n=1)
    return Finding(
        "SG102",
        f"Column '{name}' is not in the schema.",
        f"Did you mean '{close[0]}'?" if close else "Leave it out.",
        column=str(name),
    )


def wrong_type(column: Column, row: int | None, value: object, what: str, share: float) -> Finding:
    """SG103: a value of a type that the column doesn't take."""
    return _of_value("SG103", column, row, value, f"{what} where {due(column)} is due", share)


def unread(column: Column, message: str, remedy: str) -> Finding:
    """SG103: a column of a type that no column can have."""
    return Finding("SG103", message, remedy, column=column.name)


def wrong_shape(
    column: Column | None, message: str, remedy: str, row: int | None = None
) -> Finding:
    """SG104: a table, a column or an entry of another shape."""
    name = None if column is None else column.name
    return Finding("SG104", message, remedy, column=name, row=row)


def missing_value(column: Column, row: int, share: float) -> Finding:
    """SG105: a missing value where the contract has none."""
    held = column.nullable
    why = f"a {column.dtype} column can't hold one" if held else "training had none"
    return Finding(
        "SG105",
        f"Column '{column.name}' has a missing value in row {row}; {why}.",
        "Send a value, or train with an Impute and missing values in this column.",
        column=column.name,
        row=row,
        share=share,
    )


def unparsable(column: Column, row: int, value: object, what: str, share: float) -> Finding:
    """SG106: a value that can't be read as the column's type."""
    return _of_value("SG106", column, row, value, what, share)


def infinite(column: Column, row: int, value: object, share: float) -> Finding:
    """SG107: an infinity, or a number too large for the column's dtype."""
    what = f"which is no finite {column.dtype}"
    return _of_value("SG107", column, row, value, what, share)


def not_among(column: Column, row: int, value: object, share: float) -> Finding:
    """SG201: a value of a closed column that is none of its categories."""
    known = column.categories or ()
    return Finding(
        "SG201",
        f"Column '{column.name}' has {shown(value)} in row {row}, none of the {len(known)} "
        "categories that it was fitted on, and what was fitted refuses any other.",
        _nearest(value, known),
        column=column.name,
        row=row,
        value=shown(value),
        share=share,
    )


def _nearest(value: object, known: Sequence[str | int]) -> str:
    if isinstance(value, str) and len(known) <= _SUGGEST_AMONG:
        words = {str(category).strip().casefold(): category for category in known}
        if near := difflib.get_close_matches(value.strip().casefold(), words, 1):
            return f"Did you mean {words[near[0]]!r}?"
    more = ", …" if len(known) > _LISTED else ""
    return f"Send one of {', '.join(map(repr, known[:_LISTED]))}{more}."


def _of_value(
    code: str, column: Column, row: int | None, value: object, what: str, share: float
) -> Finding:
    where = "" if row is None else f" in row {row}"
    return Finding(
        code,
        f"Column '{column.name}' has {shown(value)}{where}, {what}.",
        f"Send {due(column)}.",
        column=column.name,
        row=row,
        value=shown(value),
        share=share,
    )
