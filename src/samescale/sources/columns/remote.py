"""Files of object stores and other file systems, by their URI: `s3://bucket/part-0.parquet`.

Arrow's own file systems are asked first (`s3`, `gs`, `abfs`, `hdfs`, `file`), then those of fsspec
where it is installed. Credentials come from where the file system looks for them; those written
into a URI are never shown, for a description ends in a bundle.
"""

from __future__ import annotations

import dataclasses as dc
import fnmatch
import glob
import io
import re
from functools import cache
from pathlib import PurePosixPath
from typing import Any, final

from samescale.errors import SourceError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
# What is asked of the file system, as `?region=eu-central-1`; a `?` of a glob has no `=` behind it.
_QUERY = re.compile(r"\?\w+=.*$")


def is_remote(data: object) -> bool:
    """Whether `data` is a file of this kind or a URI.

    >>> is_remote("s3://bucket/a.parquet"), is_remote("a.parquet"), is_remote("C:/a.parquet")
    (True, False, False)
    """
    return isinstance(data, Remote) or (isinstance(data, str) and bool(_SCHEME.match(data)))


def bare(uri: str) -> str:
    """A URI without what is asked of its file system.

    >>> bare("s3://bucket/a.csv?region=eu-central-1"), bare("s3://bucket/a?.csv")
    ('s3://bucket/a.csv', 's3://bucket/a?.csv')
    """
    return _QUERY.sub("", uri)


@final
@dc.dataclass(frozen=True, slots=True)
class Remote:
    """One file.

    Attributes:
        uri: A URI of its file system.
        path: The file's path there.
    """

    uri: str = dc.field(repr=False)
    path: str

    @classmethod
    def of(cls, uri: str) -> Remote:
        """The file, or the folder, that a URI names.

        Raises:
            SourceError: If no file system reads such a URI.
        """
        return cls(uri, _resolved(uri)[1])

    def __str__(self) -> str:
        return f"{self.uri.partition('://')[0]}://{self.path}"

    @property
    def name(self) -> str:
        """The file's name, without its folders."""
        return PurePosixPath(self.path).name

    @property
    def suffix(self) -> str:
        """The end of its name: `.gz`."""
        return PurePosixPath(self.path).suffix

    def size(self) -> int | None:
        """How many bytes it has; `None` if it isn't there, or is a folder.

        Raises:
            SourceError: If the file system can't be asked.
        """
        try:
            info = self._system.get_file_info(self.path)
        except OSError as error:
            raise unreachable(self, error) from error
        return info.size if info.is_file else None

    def files(self) -> list[Remote]:
        """All files of a folder and of those in it, sorted by name.

        Raises:
            SourceError: If the file system can't be asked.
        """
        from pyarrow import fs

        chosen = fs.FileSelector(self.path, recursive=True, allow_not_found=True)
        try:
            found = self._system.get_file_info(chosen)
        except OSError as error:
            raise unreachable(self, error) from error
        return [dc.replace(self, path=path) for path in sorted(i.path for i in found if i.is_file)]

    def random(self) -> Any:
        """The file for reading at any place, as Arrow takes it."""
        return self._system.open_input_file(self.path)

    def stream(self) -> Any:
        """The file for reading from the beginning, unpacked by its name, as Arrow takes it."""
        return self._system.open_input_stream(self.path, compression="detect")

    def open(self, mode: str = "rb") -> Any:
        """The file as Python takes it, as it is stored."""
        del mode
        return io.BufferedReader(self._system.open_input_stream(self.path, compression=None))

    @property
    def _system(self) -> Any:
        return _resolved(self.uri)[0]


def matching(pattern: str) -> list[Remote]:
    """The files that a URI with `*`, `?`, `[…]` or `**` names, sorted."""
    parts = bare(pattern).split("/")
    plain = next(place for place, part in enumerate(parts) if glob.has_magic(part))
    folder = Remote.of("/".join(parts[:plain]) + pattern[len(bare(pattern)) :])
    wanted = re.compile("/".join(map(_part, parts[plain:])).replace("(?:.*/)?/", "(?:.*/)?"))
    inside = len(folder.path.rstrip("/")) + 1
    return [file for file in folder.files() if wanted.fullmatch(file.path[inside:])]


def _part(part: str) -> str:
    if part == "**":
        return "(?:.*/)?"
    # One folder's names only: what `fnmatch` takes for anything has no slash in it.
    return fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z").replace(".*", "[^/]*")


def unreachable(file: Remote, error: Exception) -> SourceError:
    """The error for a file system that doesn't answer."""
    told = str(error).splitlines()
    return SourceError(
        f"'{file}' can't be reached: {told[0] if told else type(error).__name__}",
        remedy="Check the URI, the network and the credentials in the environment.",
        path=str(file),
    )


@cache
def _resolved(uri: str) -> tuple[Any, str]:
    from pyarrow import fs

    try:
        found: tuple[Any, str] = fs.FileSystem.from_uri(uri)
    except (ValueError, OSError) as error:
        return _by_fsspec(uri, error)
    return found


def _by_fsspec(uri: str, error: Exception) -> tuple[Any, str]:
    from pyarrow import fs

    try:
        found: tuple[Any, str] = fs.FileSystem.from_uri(f"fsspec+{uri}")
    except (ValueError, OSError, ImportError) as other:
        scheme = uri.partition("://")[0]
        raise SourceError(
            f"No file system reads URIs that begin with '{scheme}://'.",
            remedy="Arrow reads s3, gs, abfs, hdfs and file; others need fsspec and its package "
            "for them.",
            path=bare(uri).rpartition("@")[2],
        ) from (other if "Unrecognized" in str(error) else error)
    return found
