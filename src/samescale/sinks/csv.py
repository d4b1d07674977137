"""Comma-separated values: UTF-8, a header, floats with all the digits that tell them apart."""

from __future__ import annotations

import csv
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
        with path.open("wb") as sink:
            for part in parts:
                with part.open("rb") as file:
                    header = file.readline()
                    sink.write(b"" if sink.tell() else header)
                    shutil.copyfileobj(file, sink, 1 << 20)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _cells(column: Array) -> list[object]:
    values: list[object] = column.tolist()
    if column.dtype.kind != "f":
        return values
    return [None if value != value else value for value in values]  # noqa: PLR0124 - NaN
