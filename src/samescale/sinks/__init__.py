"""Columns in, files out, one kind of file a module."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import os
import pkgutil
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from samescale.errors import SourceError
from samescale.sinks.base import Sink as Sink

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@functools.cache
def kinds() -> dict[str, str]:
    """The module of each ending of a file's name.

    >>> sorted(kinds())
    ['.csv', '.jsonl', '.ndjson', '.parquet', '.pq']
    """
    names = (module.name for module in pkgutil.iter_modules(__path__) if module.name != "base")
    return {suffix: name for name in names for suffix in _load(name).SUFFIXES}


@contextlib.contextmanager
def create(path: str | os.PathLike[str]) -> Iterator[Sink]:
    """A sink whose file stands under `path` when the block ends, whole, or not at all.

    The rows go to a file beside it, which takes the name at the end in one step. Where `path` is a
    symbolic link, that holds for the file that it points to.

    Raises:
        SourceError: If the name's ending is of no known kind, or the file can't be written.
    """
    kind = _load(_name(Path(path)))
    mark = secrets.token_hex(4)
    with _whole(Path(path), mark) as part, contextlib.closing(kind(part)) as sink:
        yield sink


@contextlib.contextmanager
def _whole(target: Path, mark: str) -> Iterator[Path]:
    """A path beside `target`, whose file takes that name when the block ends."""
    # What a link points to is replaced, not the link.
    place = _place(target)
    part = place.with_name(f".{place.name}.{mark}.part")
    try:
        yield part
        with part.open("rb") as file:  # its bytes are on the disk before it has the name
            os.fsync(file.fileno())
        part.replace(place)
    except OSError as error:
        raise SourceError(
            f"'{target}' can't be written: {_ended(error)}",
            remedy="See that the folder exists and has room.",
            path=str(target),
        ) from error
    finally:
        with contextlib.suppress(OSError):  # a name too long, say, is told once
            part.unlink(missing_ok=True)


def check(path: str | os.PathLike[str]) -> None:
    """See that a file's name ends in a kind that can be written.

    Raises:
        SourceError: If it doesn't.
    """
    _name(Path(path))


def join(parts: Sequence[Path], path: str | os.PathLike[str]) -> None:
    """Write files of one kind, which `create` made, one after another into one.

    For one process at a time: what one leaves that is killed, the next one takes for its own.

    Args:
        parts: The files, at least one.
        path: The file that takes its name when it is whole.

    Raises:
        SourceError: If the file can't be written.
    """
    kind = _load(_name(Path(path)))
    with _whole(Path(path), "joined") as part:
        kind.join(parts, part)


def _place(path: Path) -> Path:
    with contextlib.suppress(OSError):  # a name that none can have is told when it is opened
        return Path(os.path.realpath(path)) if path.is_symlink() else path
    return path


def _ended(error: OSError) -> str:
    return f"{error.strerror or error}".rstrip(". ") + "."


def _name(target: Path) -> str:
    suffix = target.suffix.lower()
    if suffix in kinds():
        return kinds()[suffix]
    raise SourceError(
        f"'{target.name}' ends in '{suffix}', which is no kind of file that can be written.",
        remedy=f"Give it one of these endings: {', '.join(sorted(kinds()))}.",
        path=str(target),
    )


def _load(name: str) -> type[Sink]:
    module = importlib.import_module(f"{__name__}.{name}")
    (sink,) = (
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Sink) and not inspect.isabstract(item)
    )
    return sink
