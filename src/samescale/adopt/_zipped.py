"""The members of a zip file, with limits: of skops' files and of NumPy's `.npz`."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

from samescale.adopt._pickle.limits import MAX_FILE
from samescale.adopt._pickle.refusal import malformed, too_much

MAGIC: Final = b"PK\x03\x04"
_MAX_MEMBERS: Final = 10_000
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# What the reader raises of bytes that aren't a zip file's.
_FAULTS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    KeyError,
    IndexError,
    OverflowError,
)


def members(content: bytes) -> dict[str, bytes]:
    """Every member of a zip file, by name; nothing is written to a disk.

    Args:
        content: The file.

    Raises:
        SourceError: If it is damaged, has a name twice, is encrypted, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check(entries)
            return {entry.filename: _member(archive, entry) for entry in entries}
    except _FAULTS as error:
        raise malformed(f"it is no sound zip file ({error})") from error


def _check(entries: list[zipfile.ZipInfo]) -> None:
    names = {entry.filename for entry in entries}
    if len(entries) > _MAX_MEMBERS or sum(entry.file_size for entry in entries) > MAX_FILE:
        raise too_much(f"{len(entries)} members of more than {MAX_FILE} bytes, or too many")
    if len(names) < len(entries):
        raise malformed("a member's name stands twice")
    if any(entry.compress_type not in _METHODS or entry.flag_bits & 1 for entry in entries):
        raise malformed("a member is encrypted, or packed in an unknown way")


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as file:
        read = file.read(entry.file_size + 1)
    if len(read) != entry.file_size:
        raise malformed(f"the member '{ascii(entry.filename)[1:60]}' isn't as long as it says")
    return read
