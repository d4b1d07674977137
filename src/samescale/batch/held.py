"""The folder of a job that is under way: one process's at a time, and of one job."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, Final

from samescale.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

JOB: Final = "job.json"
"""The file that says which job it is, and that is locked."""


def beside(target: Path) -> Path:
    """The folder of the job that is to write `target`."""
    return target.with_name(f".{target.name}.unfinished")


@contextlib.contextmanager
def told(folder: Path) -> Iterator[None]:
    """An error of the file system in the folder, told as one."""
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"'{folder}' can't be used: {error.strerror or error}.",
            remedy="See that the folder may be written to and has room.",
            path=str(folder),
        ) from error


def known(path: Path) -> dict[str, Any] | None:
    """The job that was begun; `None` if none was, or only half of it was written down."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def begin(folder: Path, lock: int, text: str) -> None:
    """Write down which job it is, in the file that is locked."""
    clean(folder, ())  # nobody knows whose parts they were
    os.ftruncate(lock, 0)
    with open(lock, "w", encoding="utf-8", closefd=False) as file:
        file.write(text)
        file.flush()
        os.fsync(lock)


def clean(folder: Path, kept: Collection[str]) -> None:
    """Remove what is no part that counts, lest it counts once the parts before it are made anew."""
    for file in folder.iterdir():
        if file.name != JOB and file.name not in kept:
            file.unlink()


def locked(path: Path, target: Path) -> int:
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


def replace(path: Path, data: bytes) -> None:
    """Write a small file, whole or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def refuse_another(target: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Refuse to go on with a job that isn't the one that was begun; names what differs."""
    other = next((name for name in here if here[name] != there.get(name)), None)
    if other is not None:
        folder = beside(target)
        raise SourceError(
            f"'{folder}' holds the beginning of another job: its {other} is another.",
            remedy=f"Remove that folder to begin anew, or give another name than '{target.name}'.",
            path=str(folder),
        )
