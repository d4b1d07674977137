"""Comma-separated values: UTF-8, a header, floats with all the digits that tell them apart."""

from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING, ClassVar, final

from samescale.sinks.base import Sink

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from samescale.ir.types import Array


@final
class CsvSink(Sink):
    """A CSV file; missing values are empty."""

    SUFFIXES: ClassVar[tuple[str, ...]] = (".csv",)

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")

    def write(self, columns: Mapping[str, Array]) -> None:
        """Add rows, and the header before the first."""
        if not self._file.tell():
            self._writer.writerow(columns)
        self._writer.writerows(zip(*map(_cells, columns.values()), strict=True))

    @staticmethod
    def join(parts: Sequence[Path], path: Path) -> None:
        """Write the rows of `parts` behind one header."""
        header = _header(parts[0])
        with path.open("wb") as sink:
            sink.write(header)
            for part in parts:
                with part.open("rb") as file:
                    file.seek(len(header))
                    shutil.copyfileobj(file, sink, 1 << 20)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _header(part: Path) -> bytes:
    """The names as they are written: of several lines, where a class's name has such."""
    with part.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(names)
    return text.getvalue().encode()


def _cells(column: Array) -> list[object]:
    values: list[object] = column.tolist()
    if column.dtype.kind != "f":
        return values
    return [None if value != value else value for value in values]  # noqa: PLR0124 - NaN
