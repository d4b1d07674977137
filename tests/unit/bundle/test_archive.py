"""The archive layer: one form for given members, and no other file is taken."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from samescale.bundle import format as layout
from samescale.bundle.archive import pack, unpack
from samescale.errors import BundleError, FormatError, IntegrityError

MEMBERS = {
    "manifest.json": b'{"format": 1}',
    "arrays.safetensors": bytes(range(256)),
    "model/weights.bin": random.Random(1).randbytes(600),
    "model/empty.json": b"",
}
DATA = b"".join(pack(MEMBERS))


def test_members_come_back():
    assert {name: bytes(data) for name, data in unpack(DATA).items()} == MEMBERS


def test_order_of_members_is_of_no_consequence():
    assert b"".join(pack(dict(reversed(MEMBERS.items())))) == DATA


def test_any_zip_reader_reads_it():
    with zipfile.ZipFile(io.BytesIO(DATA)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == MEMBERS
        assert archive.comment.startswith(b"samescale/1 sha256=")


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_every_changed_byte_is_refused(flip):
    changed = bytearray(DATA)
    for place in range(len(DATA)):
        changed[place] ^= flip
        with pytest.raises((FormatError, IntegrityError)):
            unpack(bytes(changed))
        changed[place] ^= flip


def test_every_value_of_every_byte_of_headers_is_refused():
    """All 255 other values, over the first header and everything behind the members."""
    closing = DATA.index(layout.DIRECTORY)
    changed = bytearray(DATA)
    for place in (*range(48), *range(closing, len(DATA))):
        kept = changed[place]
        for value in range(256):
            if value != kept:
                changed[place] = value
                with pytest.raises((FormatError, IntegrityError)):
                    unpack(bytes(changed))
        changed[place] = kept


def test_every_truncation_is_refused():
    for length in range(len(DATA)):
        with pytest.raises(FormatError):
            unpack(DATA[:length])


def test_every_removed_and_every_doubled_byte_is_refused():
    for place in range(len(DATA)):
        for changed in (DATA[:place] + DATA[place + 1 :], DATA[: place + 1] + DATA[place:]):
            with pytest.raises((FormatError, IntegrityError)):
                unpack(changed)


@pytest.mark.parametrize("extra", [b"\0", b"PK\x05\x06", DATA])
def test_bytes_before_and_after_are_refused(extra):
    for changed in (DATA + extra, extra + DATA):
        with pytest.raises((FormatError, IntegrityError)):
            unpack(changed)


def test_a_changed_byte_names_its_member():
    place = DATA.index(MEMBERS["model/weights.bin"]) + 17
    changed = DATA[:place] + bytes([DATA[place] ^ 1]) + DATA[place + 1 :]
    with pytest.raises(IntegrityError, match=r"'model/weights\.bin' \(offset \d+, 600 bytes\)"):
        unpack(changed)


def test_a_cut_file_says_what_is_missing():
    place = DATA.index(MEMBERS["model/weights.bin"]) + 17
    with pytest.raises(FormatError, match=r"cut short: member 'model/weights\.bin'"):
        unpack(DATA[:place])


def test_a_later_format_is_named():
    later = DATA.replace(b"samescale/1 ", b"samescale/2 ")
    with pytest.raises(FormatError, match="format 2; this samescale reads format 1"):
        unpack(later)


@pytest.mark.parametrize("data", [b"", b"PK", b"GIF89a", b"\x89HDF\r\n\x1a\n" * 20])
def test_what_is_no_bundle_is_refused(data):
    with pytest.raises(FormatError):
        unpack(data)


@pytest.mark.parametrize(
    "name",
    ["../a", "/a", "a/../b", "a//b", "a/", ".a", "a/.b", "a\\b", "c:a", "ä", "", "a\0b", "x" * 129],
)
def test_names_that_lead_elsewhere_are_not_written(name):
    with pytest.raises(BundleError, match="member name"):
        b"".join(pack({"manifest.json": b"{}", name: b""}))


def test_too_many_members_are_not_written():
    with pytest.raises(BundleError, match="at most 256"):
        b"".join(pack({"manifest.json": b"", **{f"m{i}": b"" for i in range(256)}}))
