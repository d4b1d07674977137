"""What the steps demand of the raw columns, gathered while they are converted."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

from samescale.errors import SpecError
from samescale.profile import ColumnProfile
from samescale.schema import Column
from samescale.transforms.impute import Impute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from samescale.adopt.sklearn.blocks import Block, Kind


@final
class Contract:
    """The columns' kinds, categories, and what is known of their values."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}
        self._booleans: set[str] = set()
        self._complete: set[str] = set()
        self._categories: dict[str, tuple[Any, ...]] = {}
        self._closed: dict[str, tuple[Any, ...]] = {}
        self._profiles: dict[str, ColumnProfile] = {}

    def number(self, block: Block, what: str) -> Block:
        """The block, as numbers.

        Raises:
            SpecError: If another step has it as text.
        """
        return self._as(block, "number", what)

    def text(self, block: Block, what: str) -> Block:
        """The block, as text.

        Raises:
            SpecError: If another step has it as numbers.
        """
        return self._as(block, "text", what)

    def complete(self, block: Block) -> None:
        """A step takes no missing value, so that none may come to it."""
        if block.bare:
            self._complete.update(block.columns)

    def boolean(self, block: Block) -> None:
        """The column holds true and false."""
        self._booleans.update(block.columns)

    def categories(self, block: Block, values: Iterable[Any]) -> None:
        """What a looked-up column holds, if it is looked up as it comes."""
        if not block.chain and not block.swaps:
            self._categories.setdefault(block.columns[0], tuple(values))

    def closed(self, block: Block, values: Iterable[Any]) -> None:
        """A step raises for any other value of the column, as it comes."""
        if all(isinstance(step, Impute) for step in block.chain) and not block.shape:
            name, taken = block.columns[0], tuple(values)
            # Of two steps that raise, each counts.
            both = self._closed.get(name, taken)
            self._closed[name] = tuple(value for value in both if value in taken)

    def known(self, block: Block, **fields: Any) -> None:
        """What a step knows of the training values of a column, if it met them as they came."""
        if not block.chain and block.kind != "text" and not block.shape:
            there = self._profiles.get(block.columns[0], ColumnProfile(0, 0))
            found = {name: value for name, value in fields.items() if value is not None}
            self._profiles[block.columns[0]] = dc.replace(there, **found)

    def column(self, name: str) -> Column:
        """The column's line of the contract."""
        text = self._kinds.get(name) == "text"
        kind = "string" if text else "boolean" if name in self._booleans else "number"
        return Column(
            name,
            "string" if text else "float64",
            kind=kind,  # type: ignore[arg-type]
            nullable=name not in self._complete,
            categories=self._known(name),
            closed=bool(self._closed.get(name)),
        )

    def profile(self, name: str) -> ColumnProfile:
        """What is known of it: never how many rows there were, nor how many were missing."""
        known = self._profiles.get(name, ColumnProfile(0, 0))
        return dc.replace(known, categories=self._known(name))

    def _known(self, name: str) -> tuple[Any, ...] | None:
        return self._closed.get(name) or self._categories.get(name)

    def _as(self, block: Block, kind: Kind, what: str) -> Block:
        # Several columns in one block are numbers already.
        for column in block.columns if block.kind == "raw" else ():
            found = self._kinds.setdefault(column, kind)
            if found != kind:
                raise _twofold(column, what, kind)
        if block.kind not in {"raw", kind}:
            raise _twofold(block.label, what, kind)
        return dc.replace(block, kind=kind)


def _twofold(column: str, what: str, kind: Kind) -> SpecError:
    other = "text" if kind == "number" else "numbers"
    return SpecError(
        f"The {what} takes column '{column}' as {kind}, and another step has {other} there.",
        remedy="Give such a column two names, one for each of its kinds.",
        column=column,
    )
