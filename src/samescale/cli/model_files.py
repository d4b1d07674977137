"""A trained model from a file of its own framework, opened without running what the file brings.

The first bytes tell whose it is, not the ending.
"""

from __future__ import annotations

import io
import zipfile
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from samescale.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS: Final = "a .keras file, an .onnx file, XGBoost's JSON, LightGBM's text, or skops' file"
_PICKLES: Final = (b"\x80", b"\x1f\x8b", b"\x78", b"BZh", b"\xfd7zXZ", b"]\0", b"c", b"(")


def read(content: bytes, name: str) -> Any:
    """The model of a file.

    Args:
        content: The file.
        name: The file's name, for messages.

    Raises:
        ModelError: If it is a pickle, or of no known kind, or isn't sound; names the remedy.
        MissingExtraError: If its framework isn't installed.
    """
    kind = kind_of(content, name)
    return _OPENED.get(kind, _as_it_is)(kind, content)


def kind_of(content: bytes, name: str) -> str:
    """The kind of model that a file holds.

    Raises:
        ModelError: If it is a pickle, or of no known kind.
    """
    if content.startswith(b"PK\x03\x04"):
        return _zip_kind(content, name)
    if content.startswith(b"tree\n"):
        return "lightgbm"
    if content.lstrip()[:1] == b"{" and b'"learner"' in content:
        return "xgboost"
    if content.startswith(b"{") and b"learner" in content[:100]:
        raise ModelError(
            f"'{name}' is XGBoost's UBJSON, which isn't read here.",
            remedy="Save it as text: booster.save_model('model.json').",
        )
    if content.startswith(b"CBM1"):
        raise ModelError(
            f"'{name}' is CatBoost's own format, which isn't read here.",
            remedy="In Python, load it and bundle it: ss.Bundle(fitted, model).save(path).",
        )
    if content[:1] == b"\x08":  # the version of its format comes first
        return "onnx"
    if content.startswith(_PICKLES):
        raise ModelError(
            f"'{name}' is a pickle, and loading one runs whatever it holds.",
            remedy="Where the model was trained, save it without code: skops.io.dump(model, path) "
            "for scikit-learn, model.save('model.keras') for Keras, save_model('model.json') for "
            "XGBoost.",
        )
    raise ModelError(f"'{name}' holds no model that is known here.", remedy=f"Give {_KINDS}.")


def _zip_kind(content: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise ModelError(f"'{name}' is a damaged zip file.", remedy="Fetch it again.") from error
    if {"config.json", "metadata.json"} <= names:
        return "keras"
    if "schema.json" in names:
        return "sklearn"
    if any(one.endswith("data.pkl") or "/archive_format" in one for one in names):
        raise ModelError(
            f"'{name}' is torch's own file, which isn't read here.",
            remedy="In Python, load it and bundle it: ss.Bundle(fitted, model).save(path).",
        )
    raise ModelError(f"'{name}' is a zip file and holds no model.", remedy=f"Give {_KINDS}.")


def _as_it_is(kind: str, content: bytes) -> Any:
    from samescale import models

    opened = models.load(kind)
    return opened.restore({import_module(f"samescale.models.{kind}").MEMBER: content})


def _keras(kind: str, content: bytes) -> Any:
    from samescale import models

    opened = models.load(kind)
    given = _untrained(content)
    return opened.restore({import_module("samescale.models.keras.store").MEMBER: given})


def _untrained(content: bytes) -> bytes:
    """A `.keras` without how it was to be trained: nothing of that is needed, or rebuilt."""
    import json

    from samescale.adopt import _zipped

    members = _zipped.members(content)
    try:
        config = json.loads(members["config.json"])
        _drop(config)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"The config.json of the Keras file is no JSON: {error}.", remedy="Save it again."
        ) from error
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in {**members, "config.json": json.dumps(config).encode()}.items():
            archive.writestr(name, data)
    return made.getvalue()


def _drop(part: Any) -> None:
    if isinstance(part, dict):
        part.pop("compile_config", None)
    if isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            _drop(inner)


def _canonical(function: str) -> Callable[[str, bytes], Any]:
    """A kind that restores one form of its files only; what `stored` says brings them to it."""

    def opened(kind: str, content: bytes) -> Any:
        from samescale import models

        models.load(kind)
        stored = import_module(f"samescale.models.{kind}.stored")
        try:
            made = getattr(stored, function)(content)
        except (ValueError, KeyError, zipfile.BadZipFile, NotImplementedError) as error:
            raise ModelError(
                f"The {kind} file isn't sound: {error}.", remedy="Save the model again."
            ) from error
        return _as_it_is(kind, getattr(made, "text", made))

    return opened


_OPENED: Final[dict[str, Callable[[str, bytes], Any]]] = {
    "keras": _keras,
    "lightgbm": _canonical("read"),
    "sklearn": _canonical("_canonical"),
    "xgboost": _canonical("canonical"),
}
