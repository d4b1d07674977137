"""A stored object of scikit-learn's, whatever wrote it: the first bytes tell, not the ending."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from samescale.adopt import _joblib, _npy, _skops, _zipped
from samescale.adopt._pickle.limits import MAX_FILE
from samescale.adopt._pickle.refusal import too_much
from samescale.errors import SourceError

if TYPE_CHECKING:
    import os

_FOREIGN: Final = {
    b"\x89HDF": "an HDF5 file, as Keras' weights are",
    b"PAR1": "a Parquet file",
}


def read(path: str | os.PathLike[str]) -> Any:
    """What a file of skops, joblib, pickle, NumPy or JSON holds, as plain data.

    Nothing in it is run, imported or called. A file is at most 256 MiB, packed and unpacked.

    Args:
        path: The file. Its ending doesn't matter.

    Returns:
        A `Record` for an object of scikit-learn; a dict, a list or a tuple of them where several
        were saved together; for a `.npz` its arrays by name, for a `.npy` the array, for JSON what
        it says.

    Raises:
        SourceError: If it can't be read, is damaged, too much, of an unknown format, or names
            anything but plain data; names it.
    """
    return parse(load(path), str(path))


def load(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file.

    Raises:
        SourceError: If it can't be read, or is beyond 256 MiB.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        raise SourceError(
            f"'{path}' can't be read: {error.strerror or error}.", remedy="Check the path."
        ) from error
    if len(content) > MAX_FILE:
        raise too_much(f"more than {MAX_FILE} bytes")
    return content


def parse(content: bytes, name: str) -> Any:
    """What the bytes of a file hold; as `read`.

    Args:
        content: The bytes.
        name: Of the file, for messages.

    Raises:
        SourceError: As `read`.
    """
    foreign = next((what for head, what in _FOREIGN.items() if content.startswith(head)), None)
    if foreign or not content.strip():
        raise SourceError(
            f"'{name}' is {foreign or 'empty'}, not a stored scaler or encoder.",
            remedy="Give a file of skops, joblib, pickle, JSON, .npz or .npy.",
        )
    if content.startswith(_npy.MAGIC):
        return _npy.read(content)
    if content.startswith(_zipped.MAGIC):
        return _members(_zipped.members(content), name)
    if content.lstrip()[:1] in {b"{", b"["} and (found := _json(content)) is not None:
        return found
    return _joblib.read(content)


def _json(content: bytes) -> Any:
    """JSON, if it is; a pickle may begin alike."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _members(members: dict[str, bytes], name: str) -> Any:
    if _skops.SCHEMA in members:
        return _skops.tree(members)
    if members and all(member.startswith(_npy.MAGIC) for member in members.values()):
        return {key.removesuffix(".npy"): _npy.read(member) for key, member in members.items()}
    if {"config.json", "metadata.json"} <= members.keys():
        raise SourceError(
            f"'{name}' is a Keras model, not a stored scaler or encoder.",
            remedy="Adopt it as ss.adopt(keras.saving.load_model(path)), or give it to "
            "'samescale adopt' as --model.",
        )
    held = ", ".join(sorted(members)[:5])
    raise SourceError(
        f"'{name}' is a zip file of {ascii(held)[1:-1] or 'nothing'}, and neither skops' nor "
        "NumPy's.",
        remedy="Give the scaler's file here, and a model's where a model is asked for.",
    )
