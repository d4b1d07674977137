"""SG331: known categories, written otherwise."""

from __future__ import annotations

import dataclasses as dc
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, Self, final

from samescale.findings import Finding
from samescale.guard._forms import Forms
from samescale.guard._known import looked_up, rows_with, unseen
from samescale.guard.base import Rule, of_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.guard._known import Category, Known
    from samescale.guard.base import Training
    from samescale.ir.types import Array

MOST_KNOWN: Final = 20_000
"""Of a column with more categories nothing is said: to compare them takes a fifth of a second."""

MOST_NEW: Final = 1_000
"""So many distinct new values are looked at."""

_NAMED: Final = 3  # pairs
_LONG: Final = 60  # letters of a value


@final
@dc.dataclass(frozen=True, eq=False)
class _Column:
    known: Known

    @cached_property
    def forms(self) -> Forms:
        """Of its categories. Made when the first new value comes, for most columns have none."""
        return Forms.of(text for text in self.known.categories if isinstance(text, str))


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class TextOtherForm(Rule):
    """Whether new categories are known ones with other case, spaces, quotes, accents and the like.

    What differs between categories of training itself isn't taken for a matter of form.
    """

    code: ClassVar[str] = "SG331"
    name: ClassVar[str] = "text_other_form"
    explains: ClassVar[tuple[str, ...]] = ("SG201",)
    columns: tuple[_Column, ...]

    @classmethod
    def of(cls, training: Training) -> Self:
        """The rule, made ready for a training."""
        texts = {column.name for column in training.schema.columns if column.kind == "string"}
        return cls(
            tuple(
                _Column(known)
                for known in looked_up(training)
                if known.name in texts and len(known.categories) <= MOST_KNOWN
            )
        )

    def bounds(self) -> Mapping[str, tuple[float, float]] | None:
        """Everything, where no column is text."""
        return None if self.columns else {}

    def check(self, columns: Mapping[str, Array], rows: int) -> Iterator[Finding]:
        """The columns that hold known categories in another form."""
        for column in self.columns:
            values = columns[column.known.name]
            if (new := unseen(column.known, values)) and rows:
                yield from _findings(column, values, new)


def _findings(column: _Column, values: Array, new: set[Category | None]) -> Iterator[Finding]:
    texts = [text for text in new if isinstance(text, str)]
    pairs = {text: column.forms.of_which(text) for text in sorted(texts)[:MOST_NEW]}
    found = {text: category for text, category in pairs.items() if category is not None}
    if found:
        yield _finding(column, values, found, len(texts) - len(found))


def _finding(column: _Column, values: Array, found: Mapping[str, str], others: int) -> Finding:
    rows, name = len(values), column.known.name
    hits = rows_with(values, {*found})
    first = next(text for text in values[hits[0] : hits[0] + 1].ravel().tolist() if text in found)
    pairs = [(first, found[first]), *(pair for pair in found.items() if pair[0] != first)]
    new = f", and {others} {'is' if others == 1 else 'are'} new" if others else ""
    return Finding(
        TextOtherForm.code,
        f"Column '{name}' holds known categories in another form: {_said(column.forms, pairs)}"
        f"{new} ({of_rows(len(hits), rows)}).",
        f"Write them as training had them, where they are read: {_shown(found[first])}.",
        severity="warning",
        column=name,
        row=hits[0],
        value=first[:_LONG],
        share=len(hits) / rows,
    )


def _said(forms: Forms, pairs: Sequence[tuple[str, str]]) -> str:
    shown = [
        f"{_shown(text)} is {_shown(category)} with "
        + " and ".join(forms.differences(text, category))
        for text, category in pairs[:_NAMED]
    ]
    more = len(pairs) - _NAMED
    return ", ".join(shown) + (f", and {more} more" if more > 0 else "")


def _shown(text: str) -> str:
    told = ascii(text) if not text.isprintable() else repr(text)
    return told if len(told) <= _LONG else f"{told[: _LONG - 1]}…"
