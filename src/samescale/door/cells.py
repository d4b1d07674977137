"""The text cells of a file as what the contract takes, each by itself.

One cell that is no number makes text of a column of numbers, and every other cell would be told
that it is text. Read cell by cell, only those that can't be what the contract says stay text, and
are found by name.
"""

from __future__ import annotations

import dataclasses as dc
import re
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.sources.base import Chunk, Source, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from samescale.ir.types import Array
    from samescale.schema import Kind

# As `sources.columns.text` has it: a number with a needless 0 in front is a code.
_NUMBER = re.compile(
    r"[+-]?(?!0\d)(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?",
    re.IGNORECASE | re.ASCII,
)
_WHOLE = re.compile(r"[+-]?\d{1,400}", re.ASCII)  # more digits than a float has are too many
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False,
             "FALSE": False, "1": True, "0": False}  # fmt: skip


def number(text: str) -> float | int | str:
    """The number that `text` names, or `text`.

    >>> number(" 12 "), number("1.5"), number("12C"), number("007")
    (12, 1.5, '12C', '007')
    """
    bare = text.strip()
    if _NUMBER.fullmatch(bare) is None:
        return text
    return int(bare) if _WHOLE.fullmatch(bare) else float(bare)


def boolean(text: str) -> bool | str:
    """The boolean that `text` names, or `text`.

    >>> boolean("true"), boolean("0"), boolean("yes")
    (True, False, 'yes')
    """
    return _BOOLEANS.get(text.strip(), text)


# The door reads dates itself.
_READ: Mapping[Kind, Callable[[str], object]] = {
    "number": number,
    "integer": number,
    "boolean": boolean,
}


@final
@dc.dataclass(frozen=True, slots=True)
class CellsSource(View):
    """A source whose text columns are read cell by cell; the rest is as it was.

    Attributes:
        source: The source, `kinds` being text in it.
        kinds: What the contract says of those columns.
    """

    source: Source
    kinds: Mapping[str, Kind]

    @property
    def over(self) -> Source:
        """The source."""
        return self.source

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The source's chunks, cells read."""
        del arrow  # cells are read as Python has them
        for chunk in self.source.chunks(names, rows=rows):
            read = {name: self._read(name, array) for name, array in chunk.columns.items()}
            yield Chunk(read, chunk.start, chunk.rows)

    def close(self) -> None:
        """Give back what the source took."""
        self.source.close()

    def _read(self, name: str, array: Array) -> Array:
        read = _READ.get(self.kinds.get(name, "string"))
        if read is None or array.dtype.kind != "O":
            return array
        values: list[Any] = [read(v) if isinstance(v, str) else v for v in array.tolist()]
        return np.fromiter(values, dtype=object, count=len(values))
