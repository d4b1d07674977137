"""What a stored `.keras` may hold, looked at before Keras reads it."""

from __future__ import annotations

import io
import json
import math
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn

import h5py
import keras

from samescale.errors import ModelError
from samescale.models.keras.sizes import largest

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = {"config.json", "metadata.json", "model.weights.h5"}
_DEEPEST = 200
_LONGEST = 400
_SLACK = 1 << 16  # what weights may differ from their file: seeds, and what HDF5 shares
_MOST_ENTRIES = 1 << 28  # that a layer may give for one row: a gigabyte of float32
# These carry code, or run what another file holds.
_CODE = {"Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper"}


def audit(content: bytes) -> None:
    """Refuse a `.keras` that brings code, or declares more than it brings.

    Raises:
        ModelError: Saying what, and what to do.
    """
    members = _members(content)
    config = _parsed(members["config.json"])
    for part in _objects(config, 0):
        _keras_only(part)
    brought = _weights(members["model.weights.h5"])
    # Global state of Keras is a thread's own: nothing of this rehearsal outlives it.
    with ThreadPoolExecutor(1) as thread:
        declared, layer, entries = thread.submit(_declared, config).result()
    if declared > brought + _SLACK:
        _refuse(
            f"Its layers declare {declared} bytes of weights and its file holds {brought}.",
            "Load only models that you trust, and write this one again.",
        )
    if entries > _MOST_ENTRIES:
        _refuse(
            f"Its layer '{layer}' gives {entries} numbers for one row, of at most {_MOST_ENTRIES}.",
            "Load only models that you trust; build a network of smaller layers.",
        )


def brief(error: Exception) -> str:
    """The last cause that Keras names: it quotes the whole config once for each level."""
    return str(error).rpartition("Exception encountered: ")[2][:_LONGEST]


def _refuse(reason: str, remedy: str) -> NoReturn:
    raise ModelError(f"This Keras model isn't taken. {reason}", remedy=remedy)


def _members(content: bytes) -> dict[str, bytes]:
    again = "Save it again with samescale."
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(names) != len(set(names)) or not set(names) >= _NAMES:
                _refuse(f"Its members are {', '.join(sorted(names))}.", again)
            for entry in entries:
                known = entry.filename in _NAMES or entry.filename.startswith("assets/")
                if not known or ".." in entry.filename:
                    _refuse(f"It has a member '{entry.filename}'.", again)
                if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > len(content):
                    _refuse(f"Its member '{entry.filename}' is compressed.", again)
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise ModelError(f"This isn't a .keras file: {error}", remedy=again) from error


def _parsed(config: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(config)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"The Keras model's config.json isn't JSON: {error}",
            remedy="Save it again with samescale.",
        ) from error
    if not isinstance(parsed, dict):
        _refuse("Its config.json is no object.", "Save it again with samescale.")
    return parsed


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        _refuse(f"Its config.json is nested {_DEEPEST} deep.", "Build it of fewer nested models.")
    if isinstance(value, dict):
        if "class_name" in value:
            yield value
        for inner in value.values():
            yield from _objects(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner, depth + 1)


def _keras_only(part: dict[str, Any]) -> None:
    name = str(part["class_name"])
    module = str(part.get("module", "keras") or "your code")
    if name in _CODE or name == "__lambda__":
        _refuse(
            f"It holds a {name.strip('_')}, which carries code that loading would have to run.",
            "Replace it with Keras layers or keras.ops.",
        )
    if module != "builtins" and module.partition(".")[0] != "keras":
        _refuse(
            f"It holds '{name}' ({module}), a class that plain Keras doesn't have.",
            "Build the network of Keras' own layers; code stays out of a bundle.",
        )
    registered = str(part.get("registered_name") or "")
    own = ">" in registered and not registered.startswith("keras>")
    if own or (name == "function" and not _is_keras_function(part)):
        _refuse(
            f"It uses '{registered if own else part.get('config')}', which isn't a part of Keras.",
            "Use Keras' own layers and functions; code stays out of a bundle.",
        )


def _is_keras_function(part: dict[str, Any]) -> bool:
    name = str(part.get("config"))
    places = (keras.activations, keras.initializers, keras.losses, keras.metrics, keras.ops)
    return any(hasattr(place, name) for place in places)


def _weights(content: bytes) -> int:
    """How many bytes the datasets hold; refused if any of them is anything but plain bytes."""
    again = "Save it again with samescale."
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            total = sum(_dataset(file, path) for path in _paths(file))
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"The Keras model's weights aren't HDF5: {error}", remedy=again) from error
    if total > len(content):
        _refuse(f"Its weights say that they are {total} bytes, in {len(content)}.", again)
    return total


def _paths(group: h5py.Group) -> Iterator[str]:
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            _refuse(f"Its weights link elsewhere ('{name}').", "Save it again with samescale.")
        item = group[name]
        if isinstance(item, h5py.Group):
            yield from _paths(item)
        else:
            yield str(item.name)


def _dataset(file: h5py.File, path: str) -> int:
    data = file[path]
    plain = data.chunks is None and data.compression is None and not data.is_virtual
    if not plain or data.external:
        _refuse(f"Its weights '{path}' aren't plain bytes.", "Save it again with samescale.")
    return int(math.prod(data.shape or ()) * data.dtype.itemsize)


def _declared(config: dict[str, Any]) -> tuple[int, str, int]:
    """What the layers would make, without making it.

    Returns:
        The bytes of all weights, and the layer that gives the most entries a row with their number.
    """
    try:
        with keras.StatelessScope(initialize_variables=False):
            model = keras.saving.deserialize_keras_object(config, safe_mode=True)
            most = largest(model)
        return sum(math.prod(v.shape) * _itemsize(v.dtype) for v in model.variables), *most
    except Exception as error:  # whatever a layer raises at a config that isn't its own
        raise ModelError(
            f"Keras can't build this model from its config.json: {brief(error)}",
            remedy="Load it with the version of Keras that wrote it, and save it again.",
        ) from error


def _itemsize(dtype: str) -> int:
    bits = "".join(character for character in str(dtype) if character.isdigit())
    return max(1, int(bits or 8) // 8)
