"""The columns of a source by name: those that can be read and those that can't."""

from __future__ import annotations

import dataclasses as dc
import difflib
from typing import TYPE_CHECKING, final

from samescale.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from samescale.schema import Column


@final
@dc.dataclass(frozen=True, slots=True)
class Layout:
    """What a source knows of its columns.

    Attributes:
        columns: Those that can be read, in the source's order.
        refused: The others, each with the error for whoever asks for it.
    """

    columns: tuple[Column, ...]
    refused: Mapping[str, SourceError] = dc.field(default_factory=dict)

    def pick(self, names: Iterable[str], description: str) -> tuple[Column, ...]:
        """The columns `names`.

        Raises:
            SourceError: If one isn't there, or is of a type that can't be read.
        """
        known = {column.name: column for column in self.columns}
        picked = []
        for name in names:
            if name in self.refused:
                raise self.refused[name]
            if name not in known:
                raise _unknown(name, list(known), description)
            picked.append(known[name])
        return tuple(picked)


def known(name: str, names: Sequence[str], description: str) -> None:
    """Refuse a name that isn't among `names`.

    Raises:
        SourceError: If it isn't.
    """
    if name not in names:
        raise _unknown(name, names, description)


def _unknown(name: str, known: Iterable[str], description: str) -> SourceError:
    close = difflib.get_close_matches(name, list(known), n=1)
    listed = ", ".join(list(known)[:20])
    return SourceError(
        f"Column '{name}' is not in {description}.",
        remedy=f"Did you mean '{close[0]}'?" if close else f"It has: {listed}.",
        column=name,
    )


def build(names: Sequence[str], column: Callable[[int], Column], description: str) -> Layout:
    """The layout of the columns `names`; `column(index)` gives one or raises SourceError.

    Raises:
        SourceError: If a name stands twice.
    """
    unique(names, description)
    columns: list[Column] = []
    refused: dict[str, SourceError] = {}
    for index, name in enumerate(names):
        try:
            columns.append(column(index))
        except SourceError as error:
            refused[name] = error
    return Layout(tuple(columns), refused)


def unique(names: Sequence[str], description: str) -> None:
    """Refuse names that stand twice.

    Raises:
        SourceError: If one does.
    """
    if not names:
        raise SourceError(
            f"There is no column in {description}.", remedy="Give a table with columns."
        )
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            raise SourceError(
                f"The name '{name}' stands twice in {description} (again as column {place + 1}).",
                remedy="Give every column a name of its own.",
                column=name,
            )
        seen.add(name)
