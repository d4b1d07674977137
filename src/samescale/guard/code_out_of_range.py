"""SG204: an integer code that the encoding has no place for."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, ClassVar, Self, final

import numpy as np

from samescale.findings import Finding
from samescale.guard.base import Rule, of_rows
from samescale.guard.codes import encoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.guard.base import Training
    from samescale.ir.types import Array


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class CodeOutOfRange(Rule):
    """Whether a column of codes that is encoded as it comes has a code out of range.

    Such a code becomes a row of zeros without an error, as in Keras' `CategoryEncoding`.
    """

    code: ClassVar[str] = "SG204"
    name: ClassVar[str] = "code_out_of_range"
    columns: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, training: Training) -> Self:
        """The rule, made ready for a training."""
        return cls(encoded(training.graph))

    def bounds(self) -> Mapping[str, tuple[float, float]] | None:
        """The codes that the encodings know."""
        return {name: (0.0, depth - 1.0) for name, depth in self.columns}

    def check(self, columns: Mapping[str, Array], rows: int) -> Iterator[Finding]:
        """The columns that hold codes out of range."""
        if not rows:
            return
        for name, depth in self.columns:
            values = columns[name]
            if values.min() < 0 or values.max() >= depth:
                yield _finding(name, depth, values)


def _finding(name: str, depth: int, values: Array) -> Finding:
    rows = len(values)
    outside = (values < 0) | (values >= depth)
    hits = np.flatnonzero(outside.reshape(rows, -1).any(axis=1))
    value = values[outside][0].item()
    return Finding(
        CodeOutOfRange.code,
        f"Column '{name}' holds the code {value}; the encoding knows 0 to {depth - 1} "
        f"({of_rows(len(hits), rows)}).",
        "Number codes as in training; IntegerLookup gives new codes a slot of their own.",
        severity="warning",
        column=name,
        row=int(hits[0]),
        value=str(value),
        share=len(hits) / rows,
    )
