"""Which file is of which kind, by the end of its name."""

from __future__ import annotations

import glob
from pathlib import Path, PurePath

from samescale.errors import SourceError

SUFFIXES: dict[str, tuple[str, ...]] = {
    "csv": (".csv", ".tsv", ".csv.gz", ".tsv.gz"),
    "parquet": (".parquet", ".pq"),
    "jsonl": (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"),
}


def is_path(data: object) -> bool:
    """Whether `data` is the name of something on disk, as text or as a path."""
    return isinstance(data, str | PurePath)


def kind(path: object) -> str | None:
    """The kind of the file `path`, or `None`.

    >>> kind("a/b.CSV.gz"), kind("a/b.xlsx")
    ('csv', None)
    """
    name = str(path).lower()
    return next((kind for kind, ends in SUFFIXES.items() if name.endswith(ends)), None)


def is_file(data: object, wanted: str) -> bool:
    """Whether `data` names one file of the kind `wanted`."""
    return is_path(data) and kind(data) == wanted and not _is_many(data)


def is_many(data: object) -> bool:
    """Whether `data` names a folder, a glob, or several files, or a file of no known kind."""
    if isinstance(data, list | tuple):
        return bool(data) and is_path(data[0])
    return is_path(data) and (_is_many(data) or kind(data) is None)


def _is_many(data: object) -> bool:
    path = Path(str(data))
    return path.is_dir() or (glob.has_magic(str(data)) and not path.exists())


def existing(path: object) -> Path:
    """The file `path`.

    Raises:
        SourceError: If there is none, or it is empty.
    """
    found = Path(str(path))
    if not found.is_file():
        raise SourceError(f"There is no file '{path}'.", remedy="Check the path.", path=str(path))
    if found.stat().st_size == 0:
        raise SourceError(
            f"The file '{path}' is empty.", remedy="Give a file with rows.", path=str(path)
        )
    return found


def expand(data: object) -> list[Path]:
    """The files that `data` names, sorted; hidden ones and those of no known kind left out.

    Raises:
        SourceError: If there is none, or they are of several kinds.
    """
    files = _files(data)
    if not files:
        raise _nothing(data)
    if len(files) == 1 and kind(files[0]) is None:
        raise _unknown(files[0])
    found = {kind(file) for file in files}
    if len(found) > 1 or None in found:
        odd = next(file for file in files if kind(file) != kind(files[0]) or kind(file) is None)
        raise SourceError(
            f"'{odd}' is not of one known kind with the other files of {data!s}.",
            remedy="Give files of one kind: " + ", ".join(ends[0] for ends in SUFFIXES.values()),
            path=str(odd),
        )
    return files


def _files(data: object) -> list[Path]:
    if isinstance(data, list | tuple):
        return [Path(str(path)) for path in data]
    path = Path(str(data))
    if path.is_dir():
        inside = (file for file in path.rglob("*") if file.is_file() and kind(file))
        return sorted(file for file in inside if not _hidden(file.relative_to(path)))
    if path.exists():
        return [path]
    # pathlib's own glob takes no absolute pattern.
    found = glob.glob(str(data), recursive=True)  # noqa: PTH207 - as said
    return sorted(Path(name) for name in found if kind(name))


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _unknown(path: Path) -> SourceError:
    known = ", ".join(end for ends in SUFFIXES.values() for end in ends)
    ends = f"ends in '{path.suffix}'" if path.suffix else "has no ending"
    return SourceError(
        f"The name '{path}' {ends}, which doesn't say what it holds.",
        remedy=f"Known endings are {known}.",
        path=str(path),
    )


def _nothing(data: object) -> SourceError:
    path = Path(str(data))
    known = ", ".join(end for ends in SUFFIXES.values() for end in ends)
    if path.is_dir() or glob.has_magic(str(data)):
        message = f"There is no table file in '{data}'."
        return SourceError(message, remedy=f"It takes files that end in {known}.", path=str(data))
    return SourceError(f"There is no file '{data}'.", remedy="Check the path.", path=str(data))
