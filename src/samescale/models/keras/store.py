"""A Keras model as bytes, and back without running any code that the bytes bring."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import keras

from samescale.errors import ModelError
from samescale.models.keras.audit import audit, brief
from samescale.models.keras.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMBER = "model/model.keras"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WEIGHTS = "model.weights.h5"
_DATED = "metadata.json"
_CONFIG = "config.json"


def save(model: keras.Model) -> dict[str, bytes]:
    """The model as a stored, undated `.keras`, without its optimizer: the same model, same bytes.

    Raises:
        ModelError: If it holds a Lambda or a class of the user's own, which no one else can load
            without running their code.
    """
    if not model.built:
        raise ModelError(
            f"The model '{model.name}' isn't built: it has no weights yet.",
            remedy="Call it on a batch, or give it an Input.",
        )
    made = _stored(_saved(model))
    audit(made)
    return {MEMBER: made}


def load(members: Mapping[str, bytes]) -> keras.Model:
    """The model of what `save` gave, audited first, with `safe_mode`.

    Raises:
        ModelError: If it isn't such a model, asks for code, or declares more than it brings.
    """
    if set(members) != {MEMBER}:
        raise ModelError(
            f"A Keras model is one member, '{MEMBER}'; found: {', '.join(sorted(members)) or '-'}.",
            remedy="Write the bundle again with samescale.",
        )
    content = members[MEMBER]
    audit(content)
    with tempfile.TemporaryDirectory() as folder, quiet():
        path = Path(folder, "model.keras")
        path.write_bytes(content)
        return _loaded(path)


def _loaded(path: Path) -> keras.Model:
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever its layers raise
        raise ModelError(
            f"The stored Keras model doesn't load: {brief(error)}",
            remedy="Write the bundle again, with the version of Keras that reads it.",
        ) from error


def _saved(model: keras.Model) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder, quiet():
        path = Path(folder, "model.keras")
        try:
            model.save(path)
        except (ValueError, TypeError, NotImplementedError) as error:
            raise ModelError(
                f"The model '{model.name}' can't be saved by Keras: {brief(error)}",
                remedy="Build it of Keras layers, or give its layers a get_config.",
            ) from error
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def _stored(members: dict[str, bytes]) -> bytes:
    config = json.loads(members[_CONFIG])
    _settled(config, {})
    metadata = {**json.loads(members[_DATED]), "date_saved": "1980-01-01@00:00:00"}
    members = {
        **members,
        _CONFIG: json.dumps(config).encode(),
        _DATED: json.dumps(metadata).encode(),
        _WEIGHTS: _without_optimizer(members[_WEIGHTS]),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), members[name])
    return made.getvalue()


def _settled(part: Any, seen: dict[int, int]) -> None:
    """Drop how a model was to be trained, a nested one's too, and where in memory objects were."""
    if isinstance(part, dict):
        part.pop("compile_config", None)
        shared = part.pop("shared_object_id", None)
        if shared is not None and part.get("class_name") != "DTypePolicy":
            part["shared_object_id"] = seen.setdefault(shared, len(seen))
        for inner in part.values():
            _settled(inner, seen)
    elif isinstance(part, list):
        for inner in part:
            _settled(inner, seen)


def _without_optimizer(weights: bytes) -> bytes:
    """The weights alone: an optimizer's moments are of no use here, and twice their size."""
    made = io.BytesIO()
    with h5py.File(io.BytesIO(weights), "r") as before, h5py.File(made, "w") as after:
        _copied(before, after)
    return made.getvalue()


def _copied(before: h5py.Group, after: h5py.Group) -> None:
    for name, value in before.attrs.items():
        after.attrs[name] = value
    for name in sorted(before):
        item = before[name]
        if isinstance(item, h5py.Group):
            if name != "optimizer":
                _copied(item, after.create_group(name))
        else:
            after.create_dataset(name, data=item[()])
