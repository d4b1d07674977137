"""A `.keras` file as Keras writes it, brought to the form that `audit` looks at."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import Any, Final

from samescale.errors import ModelError

_CONFIG: Final = "config.json"
_MOST: Final = 2**30
_FAULTS: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, ValueError, RecursionError, RuntimeError,
    KeyError, NotImplementedError, EOFError, OSError,
)  # fmt: skip


def untrained(content: bytes) -> bytes:
    """The file without how it was to be trained, and not packed: nothing of that is rebuilt.

    Raises:
        ModelError: If it is no such file, or unpacks to more than 1 GiB.
    """
    try:
        members = _members(content)
        config = json.loads(members[_CONFIG])
        _drop(config)
    except _FAULTS as error:
        raise ModelError(
            f"This isn't a sound .keras file: {type(error).__name__}: {error}.",
            remedy="Save it again: model.save('model.keras').",
        ) from error
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in {**members, _CONFIG: json.dumps(config).encode()}.items():
            archive.writestr(name, data)
    return made.getvalue()


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        if sum(info.file_size for info in infos) > _MOST:
            raise ValueError(f"it unpacks to more than {_MOST} bytes")
        if len({info.filename for info in infos}) < len(infos):
            raise ValueError("a member's name stands twice")
        return {info.filename: archive.read(info) for info in infos}


def _drop(config: Any) -> None:
    """Take out every `compile_config`, without recursion: the file says how deep it is."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            part.pop("compile_config", None)
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
