"""A job under way, beside the file that it is to write: what is done of it outlives the process.

A folder `.NAME.unfinished` holds the rows that are done in parts, each a file of its own that
appeared whole, and beside each a line that counts it as done. Whoever goes on finds the parts
without a gap from the first row on, and begins behind them; a part without its line is made again.
"""

from __future__ import annotations

import contextlib
import dataclasses as dc
import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Any, Final, Self, final

from samescale import sinks
from samescale.batch.written import joined
from samescale.errors import SourceError
from samescale.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from samescale.ir.types import Array

PART_ROWS: Final = 1 << 20
"""About how many rows a part has: what is lost at most, and done again."""

_JOB: Final = "job.json"


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

    @classmethod
    def of(cls, target: Path, identity: Mapping[str, Any]) -> Self:
        """The job that is to write `target`, begun now or gone on with.

        Args:
            target: The file that is to be written.
            identity: What must be the same for the job to be the same.

        Raises:
            SourceError: If what is there is another job's, or another process is at it.
        """
        folder = target.with_name(f".{target.name}.unfinished")
        text = json.dumps(identity, sort_keys=True, default=str)
        try:
            folder.mkdir(exist_ok=True)
            lock = _locked(folder / _JOB, target)
            known = (folder / _JOB).read_text(encoding="utf-8")
            if not known:
                os.write(lock, text.encode())
                os.fsync(lock)
        except OSError as error:
            raise SourceError(
                f"'{folder}' can't be used: {error.strerror or error}.",
                remedy="See that the folder may be written to and has room.",
                path=str(folder),
            ) from error
        if known not in {"", text}:
            os.close(lock)
            raise _another(target, folder, json.loads(known), json.loads(text))
        return cls(folder, target.suffix, lock)

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
        first = next(chunks, None)
        while first is not None:
            first = self._part(first, chunks)

    def remove(self) -> None:
        """Forget the job, once its file is there."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _part(self, first: Any, chunks: Iterator[Any]) -> Any:
        """Write one part; the chunk after it, if there is one."""
        file = self.folder / f"{len(self._parts):06}{self._suffix}"
        noted, rows, chunk = [], 0, first
        with sinks.create(file) as sink:
            while chunk is not None and rows < PART_ROWS:
                columns, findings = chunk
                sink.write(columns)
                rows += (count := len(next(iter(columns.values()))))
                noted.append((count, findings))
                chunk = next(chunks, None)
        found = joined(noted, max(rows, 1))
        told = {"rows": rows, "sha256": _digest(file), "findings": [f.to_json() for f in found]}
        _replace(file.with_name(file.name + ".json"), json.dumps(told).encode())
        self._parts.append(_Part(file, rows, found))
        return chunk


def _found(folder: Path, suffix: str) -> Iterator[_Part]:
    """The parts that are whole, from the first on; what stands behind a gap is made again."""
    number = 0
    while (told := _line(file := folder / f"{number:06}{suffix}")) is not None:
        findings = tuple(Finding(**fields) for fields in told["findings"])
        yield _Part(file, told["rows"], findings)
        number += 1


def _line(file: Path) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads(file.with_name(file.name + ".json").read_bytes())
        return told if told["sha256"] == _digest(file) else None
    except (OSError, ValueError):
        return None


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _locked(path: Path, target: Path) -> int:
    """The file, open and held by this process until it is closed or the process ends."""
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    with contextlib.suppress(ImportError):  # Windows has no flock; there a job isn't held
        import fcntl

        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(number)
            raise SourceError(
                f"Another process is writing '{target}'.",
                remedy="Wait for it, or give another name.",
                path=str(target),
            ) from error
    return number


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _another(
    target: Path, folder: Path, there: Mapping[str, Any], here: Mapping[str, Any]
) -> SourceError:
    other = next(name for name in here if here[name] != there.get(name))
    return SourceError(
        f"'{folder}' holds the beginning of another job: its {other} is another.",
        remedy=f"Remove that folder to begin anew, or give another name than '{target.name}'.",
        path=str(folder),
    )
