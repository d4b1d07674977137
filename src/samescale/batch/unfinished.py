"""A job under way, beside the file that it is to write: what is done of it outlives the process.

A folder `.NAME.unfinished` holds the rows that are done in parts, each a file of its own that
appeared whole, and beside each a line that counts it as done. Whoever goes on finds the parts
without a gap from the first row on, and begins behind them; a part without its line is made again.
"""

from __future__ import annotations

import dataclasses as dc
import hashlib
import itertools
import json
import os
import shutil
from typing import TYPE_CHECKING, Any, Final, Self, final

from samescale import sinks
from samescale.batch import held
from samescale.batch.written import joined
from samescale.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from samescale.ir.types import Array

PART_ROWS: Final = 1 << 20
"""About how many rows a part has: what is lost at most, and done again."""


@final
@dc.dataclass(frozen=True, slots=True)
class _Part:
    file: Path
    rows: int
    findings: tuple[Finding, ...]


@final
class Unfinished:
    """The folder of one job, held by one process at a time.

    Args:
        folder: The folder; it is there.
        suffix: The ending of the parts' names: the kind of file.
        lock: The open file that holds the folder for this process.
    """

    def __init__(self, folder: Path, suffix: str, lock: int) -> None:
        self.folder = folder
        self._suffix = suffix
        self._lock = lock
        self._parts = list(_found(folder, suffix))
        held.clean(folder, [name for part in self._parts for name in _names(part.file)])

    @classmethod
    def of(cls, target: Path, identity: Mapping[str, Any]) -> Self:
        """The job that is to write `target`, begun now or gone on with.

        Args:
            target: The file that is to be written.
            identity: What must be the same for the job to be the same.

        Raises:
            SourceError: If what is there is another job's, or another process is at it.
        """
        folder = held.beside(target)
        text = json.dumps(identity, sort_keys=True, default=str)
        with held.told(folder):
            folder.mkdir(exist_ok=True)
            lock = held.locked(folder / held.JOB, target)
        try:
            with held.told(folder):
                known = held.known(folder / held.JOB)
                if known is None:
                    held.begin(folder, lock, text)
                else:
                    held.refuse_another(target, known, json.loads(text))
                return cls(folder, target.suffix, lock)
        except BaseException:
            os.close(lock)  # else this process would hold the folder that it doesn't use
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._lock)

    @property
    def rows(self) -> int:
        """How many rows are done."""
        return sum(part.rows for part in self._parts)

    @property
    def files(self) -> list[Path]:
        """The parts' files, in the order of their rows."""
        return [part.file for part in self._parts]

    @property
    def noted(self) -> list[tuple[int, tuple[Finding, ...]]]:
        """The rows and the findings of each part."""
        return [(part.rows, part.findings) for part in self._parts]

    def take(self, chunks: Iterator[tuple[dict[str, Array], tuple[Finding, ...]]]) -> None:
        """Write the chunks that are left, part by part."""
        for first in chunks:
            self._part(itertools.chain([first], chunks))

    def remove(self) -> None:
        """Forget the job, once its file is there."""
        os.ftruncate(self._lock, 0)  # where a file that is open can't be removed, it says nothing
        shutil.rmtree(self.folder, ignore_errors=True)

    def _part(self, chunks: Iterator[tuple[dict[str, Array], tuple[Finding, ...]]]) -> None:
        """Write one part."""
        file = self.folder / f"{len(self._parts):06}{self._suffix}"
        noted, rows = [], 0
        with sinks.create(file) as sink:
            for columns, findings in chunks:
                sink.write(columns)
                rows += (count := len(next(iter(columns.values()))))
                noted.append((count, findings))
                if rows >= PART_ROWS:
                    break  # before the next chunk is asked for, which may fail
        found = joined(noted, max(rows, 1))
        told = {"rows": rows, "sha256": _digest(file), "findings": [f.to_json() for f in found]}
        with held.told(self.folder):
            held.replace(_line(file), json.dumps(told).encode())
        self._parts.append(_Part(file, rows, found))


def _found(folder: Path, suffix: str) -> Iterator[_Part]:
    """The parts that are whole, from the first on; what stands behind a gap is made again."""
    number = 0
    while (part := _whole(folder / f"{number:06}{suffix}")) is not None:
        yield part
        number += 1


def _whole(file: Path) -> _Part | None:
    """A part, if its line is there and it is what the line says."""
    try:
        told: dict[str, Any] = json.loads(_line(file).read_bytes())
        findings = tuple(map(Finding.from_json, told["findings"]))
        return _Part(file, told["rows"], findings) if told["sha256"] == _digest(file) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _line(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def _names(file: Path) -> tuple[str, str]:
    return file.name, _line(file).name


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
