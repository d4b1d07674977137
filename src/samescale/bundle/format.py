"""The byte layout of format 1: every byte of the container follows from the members.

A bundle is a zip (PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16) whose members are
stored, not compressed. Zip leaves its writer many choices; here each of them is made, so that a
reader can compare a file with the one file that its members can have. `docs/format.md` is the
norm.
"""

from __future__ import annotations

import re
import struct
from typing import Final, NamedTuple, final

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"

LOCAL: Final = b"PK\x03\x04"
DIRECTORY: Final = b"PK\x01\x02"
END: Final = b"PK\x05\x06"
LOCAL_SIZE: Final = 30

MAX_MEMBERS: Final = 256
MAX_NAME: Final = 128
MAX_FILE: Final = 2**32 - 1  # zip's own fields end here; zip64 isn't part of the format
MAX_JSON: Final = 2**28
MAX_DEPTH: Final = 32

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.\-]*)*")
_COMMENT = re.compile(rb"samescale/([0-9]{1,9}) sha256=[0-9a-f]{64}")
_COMMENT_ROOM = 96

_VERSION_NEEDED = 10  # 1.0: stored members need no more
_MADE_BY = 3 << 8 | 20  # Unix, 2.0
_REGULAR_FILE = 0o100644 << 16
_TIME, _DATE = 0, 1 << 5 | 1  # 1980-01-01 00:00, the first that zip can say

_LOCAL = struct.Struct("<4s5H3I2H")
_DIRECTORY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


@final
class Entry(NamedTuple):
    """One member: its name, its size in bytes, the CRC-32 of its bytes, and where it begins.

    A named tuple, for a reader makes thousands of them when a damaged file is looked through.
    """

    name: str
    size: int
    crc: int
    offset: int


def name_fault(name: str) -> str | None:
    """Why a member can't be called `name`; `None` if it can.

    Example:
        >>> name_fault("model/weights.safetensors")
        >>> name_fault("../secrets")
        "has a part that isn't letters, digits, '_', '.' and '-', or begins with '.' or '-'"
    """
    if len(name) > MAX_NAME:
        return f"is longer than {MAX_NAME} characters"
    if not _NAME.fullmatch(name):
        return "has a part that isn't letters, digits, '_', '.' and '-', or begins with '.' or '-'"
    return None


def local_header(entry: Entry) -> bytes:
    """What stands before a member's bytes."""
    name = entry.name.encode("ascii")
    return (
        _LOCAL.pack(
            LOCAL,
            *(_VERSION_NEEDED, 0, 0, _TIME, _DATE),
            *(entry.crc, entry.size, entry.size),
            *(len(name), 0),
        )
        + name
    )


def local_fields(header: bytes) -> tuple[int, int, int]:
    """CRC, size and the length of the name that the 30 bytes of a local header declare."""
    fields = _LOCAL.unpack(header)
    return fields[6], fields[8], fields[9]


def directory_record(entry: Entry) -> bytes:
    """A member's record in the central directory."""
    name = entry.name.encode("ascii")
    return (
        _DIRECTORY.pack(
            DIRECTORY,
            *(_MADE_BY, _VERSION_NEEDED, 0, 0, _TIME, _DATE),
            *(entry.crc, entry.size, entry.size),
            *(len(name), 0, 0, 0, 0),
            *(_REGULAR_FILE, entry.offset),
        )
        + name
    )


def end_record(entries: int, size: int, offset: int, comment: bytes) -> bytes:
    """What closes the file: how many records, their size, where they begin, and the comment."""
    return _END.pack(END, 0, 0, entries, entries, size, offset, len(comment)) + comment


def comment(manifest_sha256: str) -> bytes:
    """The archive comment: the format's number, and the digest that covers the manifest."""
    return f"samescale/{FORMAT} sha256={manifest_sha256}".encode("ascii")


def declared_format(data: bytes | memoryview) -> int | None:
    """The format number in the comment that a file ends with; `None` if there is no such comment.

    Example:
        >>> declared_format(comment("0" * 64))
        1
    """
    found = list(_COMMENT.finditer(bytes(data[-_COMMENT_ROOM:])))
    return int(found[-1][1]) if found else None
