"""Which file is of which kind, by the end of its name."""

from __future__ import annotations

import glob
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, TypeAlias

from samescale.errors import SourceError
from samescale.sources.columns import remote
from samescale.sources.columns.remote import Remote, is_remote

if TYPE_CHECKING:
    from collections.abc import Sequence

# A file on disk, or one of another file system; both have a name, a suffix and `open`.
File: TypeAlias = Path | Remote

SUFFIXES: dict[str, tuple[str, ...]] = {
    "csv": (".csv", ".tsv", ".csv.gz", ".tsv.gz"),
    "parquet": (".parquet", ".pq"),
    "jsonl": (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"),
}


def is_path(data: object) -> bool:
    """Whether `data` is the name of a file or a folder, as text or as a path."""
    return isinstance(data, str | PurePath | Remote)


def kind(path: object) -> str | None:
    """The kind of the file `path`, or `None`.

    >>> kind("a/b.CSV.gz"), kind("a/b.xlsx")
    ('csv', None)
    """
    name = (remote.bare(str(path)) if is_remote(path) else str(path)).lower()
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
    if isinstance(data, Remote):
        return False
    if is_remote(data):  # by the name alone: to ask takes a journey
        return kind(data) is None or glob.has_magic(remote.bare(str(data)))
    path = Path(str(data))
    return path.is_dir() or (glob.has_magic(str(data)) and not path.exists())


def existing(path: object) -> File:
    """The file `path`.

    Raises:
        SourceError: If there is none, or it is empty.
    """
    found = file(path)
    size = _size(found)
    if size is None:
        raise SourceError(f"There is no file '{found}'.", remedy=_missing(found), path=str(found))
    if size == 0:
        raise SourceError(
            f"The file '{found}' is empty.", remedy="Give a file with rows.", path=str(found)
        )
    return found


def version(path: File) -> tuple[int, int] | None:
    """When a file was written, in nanoseconds since 1970, and its bytes.

    Raises:
        SourceError: If it is gone.
    """
    # A folder may be of thousands, and each would be a journey.
    if isinstance(path, Remote):
        return None
    existing(path)
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def file(path: object) -> File:
    """The file that a name or a URI stands for."""
    if isinstance(path, Remote):
        return path
    return Remote.of(str(path)) if is_remote(path) else Path(str(path))


def _size(path: File) -> int | None:
    if isinstance(path, Remote):
        return path.size()
    return path.stat().st_size if path.is_file() else None


def _missing(path: File) -> str:
    ends = " A folder's URI ends with '/'." if isinstance(path, Remote) else ""
    return f"Check the path.{ends}"


def stream(path: File) -> Any:
    """A file for reading from its beginning, unpacked by its name, as Arrow takes it."""
    import pyarrow as pa

    return path.stream() if isinstance(path, Remote) else pa.input_stream(str(path))


def random(path: File) -> Any:
    """A file for reading at any place, as Arrow takes it.

    Raises:
        SourceError: If its file system doesn't answer.
    """
    return path.random() if isinstance(path, Remote) else path


def shown(data: object) -> str:
    """What files were given as, without anything secret that a URI may hold."""
    if not is_remote(data):
        return str(data)
    whole = remote.bare(str(data))
    scheme, _, rest = whole.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2] if ':' in host else host}{slash}{path}"


def expand(data: object) -> Sequence[File]:
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


def _files(data: object) -> Sequence[File]:
    if isinstance(data, list | tuple):
        return [file(path) for path in data]
    if is_remote(data):
        return _remote(str(data))
    path = Path(str(data))
    if path.is_dir():
        inside = (file for file in path.rglob("*") if file.is_file() and kind(file))
        return sorted(file for file in inside if not _hidden(file.relative_to(path)))
    if path.exists():
        return [path]
    # pathlib's own glob takes no absolute pattern.
    found = glob.glob(str(data), recursive=True)  # noqa: PTH207 - as said
    return sorted(Path(name) for name in found if kind(name))


def _remote(uri: str) -> list[Remote]:
    if glob.has_magic(remote.bare(uri)):
        return [found for found in remote.matching(uri) if kind(found)]
    folder = Remote.of(uri)
    inside = len(folder.path.rstrip("/")) + 1
    files = (found for found in folder.files() if kind(found))
    return [found for found in files if not _hidden(PurePath(found.path[inside:]))]


def _hidden(path: PurePath) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _unknown(path: File) -> SourceError:
    known = ", ".join(end for ends in SUFFIXES.values() for end in ends)
    ends = f"ends in '{path.suffix}'" if path.suffix else "has no ending"
    return SourceError(
        f"The name '{path}' {ends}, which doesn't say what it holds.",
        remedy=f"Known endings are {known}.",
        path=str(path),
    )


def _nothing(data: object) -> SourceError:
    data = shown(data)
    path = Path(str(data))
    known = ", ".join(end for ends in SUFFIXES.values() for end in ends)
    if path.is_dir() or glob.has_magic(data) or is_remote(data):
        message = f"There is no table file in '{data}'."
        return SourceError(message, remedy=f"It takes files that end in {known}.", path=str(data))
    return SourceError(f"There is no file '{data}'.", remedy="Check the path.", path=str(data))
