"""A file of `skops.io.dump`, brought to the form that is stored."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

from samescale.errors import ModelError
from samescale.models.sklearn.stored import canonical

_MOST: Final = 2**30  # of a file that may be packed
# What reading a zip file, JSON and headers of arrays raises, where they are made up.
_FAULTS: Final = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, EOFError, OSError,
    RecursionError, RuntimeError, NotImplementedError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def received(data: bytes) -> bytes:
    """The canonical form of a file that skops wrote.

    Raises:
        ModelError: If it isn't one, or unpacks to more than a model needs.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
        if sum(info.file_size for info in infos) > _MOST:
            raise ModelError(
                f"The model's skops file unpacks to more than {_MOST} bytes.",
                remedy="Load it in Python, if you trust whoever made it, and bundle it.",
            )
        return canonical(data)
    except _FAULTS as error:
        raise ModelError(
            f"The model isn't a sound skops file: {type(error).__name__}: {error}.",
            remedy="Save it again with skops.io.dump(model, path).",
        ) from error
