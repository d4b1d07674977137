"""Members to the bytes of a file and back; the reading side takes only what the writing side gives.

The reader doesn't search a directory, as zip readers do: it walks from the first byte to the last
and compares what stands there with the only bytes that may. So there is no room for a second
directory, for hidden bytes, or for two readers that see two different files.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, TypeAlias

from samescale.bundle import format as layout
from samescale.bundle.format import MANIFEST, Entry
from samescale.errors import BundleError, FormatError, IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Bytes: TypeAlias = "bytes | memoryview"
Members: TypeAlias = "dict[str, memoryview]"

_AGAIN = "Copy or download the file again from where it was saved."


def pack(members: Mapping[str, Bytes]) -> Iterator[Bytes]:
    """The pieces of the file that holds `members`, one of which is the manifest.

    Args:
        members: The bytes of every member by name, in any order.

    Yields:
        Pieces to be written one after another.

    Raises:
        BundleError: If a name or a size has no place in the format.

    Example:
        >>> data = b"".join(pack({"manifest.json": b"{}", "a.json": b"1"}))
        >>> sorted(unpack(data)), len(data)
        (['a.json', 'manifest.json'], 298)
    """
    entries: list[Entry] = []
    offset = 0
    _check_members(members)
    for name in sorted(members):
        data = members[name]
        entry = Entry(name, len(data), zlib.crc32(data), offset)
        header = layout.local_header(entry)
        yield header
        yield data
        entries.append(entry)
        offset += len(header) + len(data)
    yield _closing(entries, members[MANIFEST], offset)


def unpack(data: bytes) -> Members:
    """The members of a file, as views of `data`.

    Args:
        data: The whole file.

    Returns:
        The bytes of every member, by name, in the order of the names.

    Raises:
        FormatError: If it isn't a bundle, is cut short, is of an unknown format, or if any byte
            that isn't a member's differs from what the format asks for.
        IntegrityError: If a byte of a member differs from what was written.
    """
    _check_beginning(data)
    view = memoryview(data)
    entries: list[Entry] = []
    members: Members = {}
    offset = 0
    while data[offset : offset + 4] == layout.LOCAL:
        entry, offset = _member(data, offset, entries)
        entries.append(entry)
        members[entry.name] = view[offset - entry.size : offset]
    _check_closing(data, offset, entries, members)
    return members


def _check_members(members: Mapping[str, Bytes]) -> None:
    if MANIFEST not in members or len(members) > layout.MAX_MEMBERS:
        raise BundleError(
            f"A bundle has '{MANIFEST}' and at most {layout.MAX_MEMBERS} members; these are "
            f"{len(members)}."
        )
    for name in members:
        if fault := layout.name_fault(name):
            raise BundleError(f"The member name {name!r} {fault}.", member=name)
    if sum(map(len, members.values())) > layout.MAX_FILE - 2**20:
        raise BundleError(
            "The bundle would be larger than 4 GiB, which its format doesn't hold.",
            remedy="Store the model in a smaller dtype.",
        )


def _closing(entries: Sequence[Entry], manifest: Bytes, offset: int) -> bytes:
    directory = b"".join(map(layout.directory_record, entries))
    comment = layout.comment(hashlib.sha256(manifest).hexdigest())
    return directory + layout.end_record(len(entries), len(directory), offset, comment)


def _check_beginning(data: bytes) -> None:
    if data[:4] != layout.LOCAL:
        raise FormatError(
            f"This is not a bundle: it begins with {bytes(data[:4])!r} at offset 0.",
            remedy="Give a file that samescale saved.",
            offset=0,
        )
    number = layout.declared_format(data)
    if number not in {None, layout.FORMAT}:
        raise FormatError(
            f"The file says that it is of format {number}; this samescale reads format "
            f"{layout.FORMAT}.",
            remedy="Install a newer samescale, or get the file again.",
            format=number,
        )


def _member(data: bytes, offset: int, before: Sequence[Entry]) -> tuple[Entry, int]:
    start = offset + layout.LOCAL_SIZE
    if len(data) < start:
        raise _cut_short(f"the header of member {len(before) + 1}", offset, len(data))
    crc, size, length = layout.local_fields(data[offset:start])
    entry = Entry(_name(data[start : start + length], offset, before), size, crc, offset)
    begin = start + length
    if data[offset:begin] != layout.local_header(entry):
        raise _not_canonical(f"the header of member '{entry.name}'", offset)
    if len(data) < begin + size:
        raise _cut_short(f"member '{entry.name}' ({size} bytes)", begin, len(data))
    if zlib.crc32(memoryview(data)[begin : begin + size]) != crc:
        raise IntegrityError(
            f"Member '{entry.name}' (offset {begin}, {size} bytes) differs from what was written.",
            remedy=_AGAIN,
            member=entry.name,
            offset=begin,
        )
    return entry, begin + size


def _name(raw: bytes, offset: int, before: Sequence[Entry]) -> str:
    name = raw.decode("latin-1")
    if fault := layout.name_fault(name):
        raise FormatError(f"The member name {name!r} at offset {offset} {fault}.", offset=offset)
    if len(before) >= layout.MAX_MEMBERS:
        raise FormatError(f"There are more than {layout.MAX_MEMBERS} members.", offset=offset)
    if before and name <= before[-1].name:
        raise FormatError(
            f"Member '{name}' at offset {offset} comes after '{before[-1].name}': a name stands "
            "twice, or the names aren't in order.",
            member=name,
            offset=offset,
        )
    return name


def _check_closing(data: bytes, offset: int, entries: Sequence[Entry], members: Members) -> None:
    if data[offset : offset + 4] != layout.DIRECTORY and len(data) >= offset + 4:
        raise _not_canonical("what begins there, neither a member nor the directory,", offset)
    if MANIFEST not in members:
        raise _cut_short(f"'{MANIFEST}'", offset, len(data))
    expected = _closing(entries, members[MANIFEST], offset)
    found = data[offset : offset + len(expected) + 1]
    if found == expected:
        return
    place = next(
        (i for i, pair in enumerate(zip(found, expected, strict=False)) if len(set(pair)) > 1), None
    )
    if place is not None:
        raise _not_canonical(_where(place, entries), offset + place)
    if len(found) < len(expected):
        raise _cut_short(_where(len(found), entries), offset, len(data))
    raise FormatError(
        f"There are bytes after the end of the bundle, from offset {offset + len(expected)}.",
        remedy=_AGAIN,
        offset=offset + len(expected),
    )


def _where(place: int, entries: Sequence[Entry]) -> str:
    for entry in entries:
        place -= len(layout.directory_record(entry))
        if place < 0:
            return f"the directory's record of member '{entry.name}'"
    comment = place - (len(layout.end_record(0, 0, 0, b"")))
    return "the end record" if comment < 0 else f"the closing comment, which covers '{MANIFEST}',"


def _not_canonical(what: str, offset: int) -> FormatError:
    return FormatError(
        f"At offset {offset}, {what} isn't what the format asks for.",
        remedy=f"The file was changed or wasn't written by samescale. {_AGAIN}",
        offset=offset,
    )


def _cut_short(what: str, offset: int, size: int) -> FormatError:
    return FormatError(
        f"The file is cut short: {what} should stand at offset {offset}, and the file ends at "
        f"{size}.",
        remedy=_AGAIN,
        offset=offset,
    )
