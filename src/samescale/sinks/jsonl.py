"""JSON lines: one object a row."""

from __future__ import annotations

import json
import math
import shutil
from typing import TYPE_CHECKING, ClassVar, final

from samescale.sinks.base import Sink

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from samescale.ir.types import Array


@final
class JsonLinesSink(Sink):
    """A file of JSON lines; what JSON has no number for is null."""

    SUFFIXES: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def write(self, columns: Mapping[str, Array]) -> None:
        """Add rows."""
        names = tuple(columns)
        for row in zip(*(column.tolist() for column in columns.values()), strict=True):
            cells = dict(zip(names, map(_cell, row), strict=True))
            self._file.write(json.dumps(cells, ensure_ascii=False, allow_nan=False) + "\n")

    @staticmethod
    def join(parts: Sequence[Path], path: Path) -> None:
        """Write the lines of `parts` one after another."""
        with path.open("wb") as sink:
            for part in parts:
                with part.open("rb") as file:
                    shutil.copyfileobj(file, sink, 1 << 20)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _cell(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
