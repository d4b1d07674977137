"""SG332: codes where names are known, or names where codes are."""

from __future__ import annotations

import dataclasses as dc
import math
import re
from typing import TYPE_CHECKING, ClassVar, Final, Self, final

from samescale.findings import Finding
from samescale.guard._known import looked_up, rows_with, unseen
from samescale.guard.base import Rule, of_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.guard._known import Category, Known
    from samescale.guard.base import Training
    from samescale.ir.types import Array

EVIDENCE: Final = -math.log(1e-3)
"""Nats from which on new values are taken for another encoding, and not for new categories: each
distinct one weighs as little as new ones are usual in the column."""

_CODE: Final = re.compile(r"(-?[0-9]{1,9})(?:\.0+)?")
_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]+(?:\.[0-9]*)?\s*")
_NAME: Final = re.compile(r"[^\W\d_](?:[^\W\d]|[ .'&/-])+[^\W\d_]\.?")
_NO_NAMES: Final = frozenset(
    {"nan", "none", "null", "missing", "unknown", "other", "others", "empty", "undefined", "n/a"}
)
_FEW_SAID: Final = 3


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class _Column:
    known: Known
    holds: str
    """`names`, `codes` written as text, or `numbers`."""

    @property
    def most(self) -> int:
        """How many categories there are."""
        return len(self.known.categories) - 1


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class CodesForNames(Rule):
    """Whether a looked-up column was encoded, or decoded, before it came.

    Said of a column only where every value of the batch is of the other kind: numbers from -1 to
    the number of categories where all categories are names (or larger numbers), or names where
    all are numbers.
    """

    code: ClassVar[str] = "SG332"
    name: ClassVar[str] = "codes_for_names"
    explains: ClassVar[tuple[str, ...]] = ("SG201",)
    columns: tuple[_Column, ...]

    @classmethod
    def of(cls, training: Training) -> Self:
        """The rule, made ready for a training."""
        held = ((known, _held(known)) for known in looked_up(training))
        return cls(tuple(_Column(known, kind) for known, kind in held if kind))

    def bounds(self) -> Mapping[str, tuple[float, float]] | None:
        """Everything, where no column has categories of one kind."""
        return None if self.columns else {}

    def check(self, columns: Mapping[str, Array], rows: int) -> Iterator[Finding]:
        """The columns that hold codes for names or names for codes."""
        for column in self.columns:
            values = columns[column.known.name]
            if (new := unseen(column.known, values)) and rows:
                yield from _findings(column, values, new)


def _findings(column: _Column, values: Array, new: set[Category | None]) -> Iterator[Finding]:
    there = {v for v in new if v is not None and v == v}  # noqa: PLR0124 - NaN is missing, not new
    if there and _encoded(column, there) and _nothing_else(column, values):
        yield _finding(column, values, there)


def _held(known: Known) -> str | None:
    """What the categories are, if they are all of one kind and more than one."""
    values = [value for value in known.categories if value is not None]
    if len(values) < 2:  # noqa: PLR2004
        return None
    if not all(isinstance(value, str) for value in values):
        numbers = [value for value in values if not isinstance(value, str)]
        return "numbers" if len(numbers) == len(values) < min(numbers) else None
    numeric = [_NUMBER.fullmatch(str(value)) is not None for value in values]
    return "codes" if all(numeric) else None if any(numeric) else "names"


def _encoded(column: _Column, new: set[Category]) -> bool:
    """Whether new values are of the other kind, and more than a new category or a placeholder."""
    if column.holds == "codes":
        if not all(_is_name(value) for value in new):
            return False
    else:
        codes = {_code(value) for value in new}
        if not all(code is not None and -1 <= code <= column.most for code in codes):
            return False
        # One number may be a placeholder; and where numbers are known, a new one.
        if len(codes) == 1 and (column.holds == "numbers" or codes <= {0, -1}):
            return False
    usual = max(1e-3, min(1.0, column.known.rate))
    return -len(new) * math.log(usual) + math.log(column.most + 2) > EVIDENCE


def _code(value: Category) -> int | None:
    if isinstance(value, str):
        found = _CODE.fullmatch(value.strip())
        return int(found[1]) if found else None
    return int(value) if math.isfinite(value) and value == int(value) else None


def _is_name(value: Category) -> bool:
    text = str(value).strip()
    return _NAME.fullmatch(text) is not None and text.casefold() not in _NO_NAMES


def _nothing_else(column: _Column, values: Array) -> bool:
    """Whether no value of the batch is known."""
    return column.known.categories.isdisjoint(set(values.ravel().tolist()) - {None})


def _finding(column: _Column, values: Array, new: set[Category]) -> Finding:
    rows, known = len(values), column.known
    hits = rows_with(values, new)
    first = next(v for v in values[hits[0] : hits[0] + 1].ravel().tolist() if v in new)
    examples = sorted((value for value in known.categories if value is not None), key=str)
    like = ", ".join(map(repr, examples[:_FEW_SAID])) + ", …" * (len(examples) > _FEW_SAID)
    is_, was = ("names", "codes") if column.holds == "codes" else ("codes", column.holds)
    more = f" and {len(new) - 1} more" if len(new) > 1 else ""
    return Finding(
        CodesForNames.code,
        f"Column '{known.name}' holds {is_} ({first!r}{more}) where training had "
        f"{was if was != 'numbers' else 'other numbers'} ({like}) "
        f"({of_rows(len(hits), rows)}).",
        "Send the values that training had, before any encoding: the lookup is in the bundle.",
        severity="warning",
        column=known.name,
        row=hits[0],
        value=str(first),
        share=len(hits) / rows,
    )
