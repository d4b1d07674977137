"""What the attacks start from: two good bundles, and the means to put bytes together by hand."""

from __future__ import annotations

import dataclasses as dc
import hashlib
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from samescale.bundle import format as layout
from samescale.bundle.archive import pack, unpack
from samescale.bundle.manifest import Manifest

GOLDEN = Path(__file__).parents[1] / "golden" / "bundles"


@dc.dataclass(frozen=True)
class Good:
    """A good bundle and another one, to be made bad.

    Attributes:
        data: The bytes of a bundle.
        other: The bytes of a bundle of another training.
    """

    data: bytes
    other: bytes

    def members(self, data: bytes | None = None) -> dict[str, bytes]:
        """Every member by name."""
        return {name: bytes(view) for name, view in unpack(data or self.data).items()}

    def manifest(self) -> dict[str, Any]:
        """The manifest as plain data."""
        return json.loads(self.members()["manifest.json"])

    def packed(self, members: dict[str, bytes]) -> bytes:
        """A file in which nothing is wrong with the layout."""
        return b"".join(pack(members))

    def sealed(self, changed: dict[str, bytes | None], **fields: Any) -> bytes:
        """A file whose every digest is right: changed members, and changed fields of the manifest.

        A member that is `None` is left out.
        """
        members = {**self.members(), **changed}
        manifest = {**json.loads(members.pop("manifest.json")), **fields}
        kept = {name: data for name, data in members.items() if data is not None}
        listed = Manifest.from_bytes(self.members()["manifest.json"]).over(kept).members
        manifest = {"members": dict(listed), **manifest} | (
            {} if "members" in fields else {"members": dict(listed)}
        )
        return self.packed({**kept, "manifest.json": json.dumps(manifest).encode()})

    def json(self, name: str) -> Any:
        """A JSON member as plain data."""
        return json.loads(self.members()[name])

    def zipped(self, members: dict[str, bytes], **options: Any) -> bytes:
        """The members in a zip such as Python makes it."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", **options) as archive:
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name), data, archive.compression)
            archive.comment = layout.comment(digest(members["manifest.json"]))
        return out.getvalue()

    def skops(self) -> dict[str, bytes]:
        """The files of the stored estimator."""
        with zipfile.ZipFile(io.BytesIO(self.members()["model/estimator.skops"])) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def with_skops(self, files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
        """The bundle with other files in its stored estimator, every digest right."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in sorted(files):
                info = zipfile.ZipInfo(name)
                info.create_system = 3
                archive.writestr(info, files[name], compression)
        return self.sealed({"model/estimator.skops": out.getvalue()})

    def raw(self, entries: list[tuple[str, bytes]]) -> bytes:
        """The canonical layout over any names in any order, doubled ones too."""
        out, directory = b"", b""
        for name, data in entries:
            entry = layout.Entry(name, len(data), zlib.crc32(data), len(out))
            out += layout.local_header(entry) + data
            directory += layout.directory_record(entry)
        note = layout.comment(digest(dict(entries)["manifest.json"]))
        return out + directory + layout.end_record(len(entries), len(directory), len(out), note)


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def safetensors(header: dict[str, Any], body: bytes = b"") -> bytes:
    """A safetensors file with any header."""
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.fixture(scope="session")
def good() -> Good:
    """The golden bundles."""
    return Good(
        (GOLDEN / "format1-regression.samescale").read_bytes(),
        (GOLDEN / "format1-classification.samescale").read_bytes(),
    )
