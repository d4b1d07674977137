"""The rows of a part that may be asked about at all.

The contract is what training rows were like. A column that none of them missed may have gaps in
other rows; a predictor refuses such a row, so neither can it be scored, nor can it stop a training.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.errors import SchemaError
from samescale.sources.base import Chunk, Source, View

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.train.parts import Part


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Admitted(View):
    """The rows of a part that the contract admits and whose class, if it is one, is known.

    Args:
        part: The part.
        fitted: What was learned of the training rows.
    """

    part: Part
    fitted: Fitted

    @property
    def over(self) -> Source:
        """The part."""
        return self.part

    @property
    def rows(self) -> None:
        """Not known before they are looked at."""
        return

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The rows, counted from 0."""
        del arrow  # the contract is asked of what Python has
        wanted = tuple(dict.fromkeys((*names, *self.fitted.schema.names, self.part.target)))
        start = 0
        for chunk in self.part.chunks(wanted, rows=rows):
            kept, _ = admit(self.fitted, chunk.columns, chunk.rows)
            kept &= self._known(chunk.columns[self.part.target])
            if kept.any():
                columns = {name: chunk.columns[name][kept] for name in names}
                yield Chunk(columns, start, int(kept.sum()))
                start += int(kept.sum())

    def _known(self, target: Array) -> Array:
        if self.fitted.classes is None:
            return np.ones(len(target), bool)
        classes = frozenset(self.fitted.classes)
        return np.fromiter((value in classes for value in target.tolist()), bool, len(target))


def admit(
    fitted: Fitted, columns: Mapping[str, Array], rows: int
) -> tuple[Array, SchemaError | None]:
    """Which rows the contract admits, and what it says of the first that it doesn't.

    Args:
        fitted: Whose contract.
        columns: The columns of the contract, others are passed over.
        rows: How many rows they have.
    """
    given = {name: columns[name] for name in fitted.schema.names}
    try:
        fitted.admit(given)
    except SchemaError as error:
        if rows == 1:
            return np.zeros(1, bool), error
        # A finding names the first row of its kind only; halving finds them all, and they are few.
        middle = rows // 2
        halves = [slice(None, middle), slice(middle, None)]
        first, second = (
            admit(fitted, {n: x[half] for n, x in given.items()}, len(range(rows)[half]))
            for half in halves
        )
        return np.concatenate([first[0], second[0]]), first[1] or second[1]
    return np.ones(rows, bool), None
