"""A trained model from a file of its own framework, opened without running what the file brings.

The first bytes tell whose it is, not the ending.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any, Final

from samescale.errors import ModelError

_KINDS: Final = (
    "a .keras file, an .onnx file, XGBoost's JSON or UBJSON, LightGBM's text, CatBoost's JSON, or "
    "skops' file"
)
_PICKLES: Final = (b"\x80", b"\x1f\x8b", b"\x78", b"BZh", b"\xfd7zXZ", b"]\0", b"c", b"(")
# What stands in the JSON of one kind alone; in XGBoost's UBJSON names have no quotes.
_SIGNS: Final = {
    b'"oblivious_trees"': "catboost", b'"features_info"': "catboost", b"learner": "xgboost",
}  # fmt: skip
_HDF5: Final = b"\x89HDF"


def read(content: bytes, name: str) -> Any:
    """The model of a file.

    Args:
        content: The file.
        name: The file's name, for messages.

    Raises:
        ModelError: If it is a pickle, or of no known kind, or isn't sound; names the remedy.
        MissingExtraError: If its framework isn't installed.
    """
    from samescale import models

    return models.load(kind_of(content, name)).read(content)


def kind_of(content: bytes, name: str) -> str:
    """The kind of model that a file holds.

    Raises:
        ModelError: If it is a pickle, or of no known kind.
    """
    if content.startswith(b"PK\x03\x04"):
        return _zip_kind(content, name)
    if content.startswith(b"tree\n"):
        return "lightgbm"
    if content.startswith(b"CBM1"):
        return "catboost"
    if content.lstrip()[:1] == b"{":
        for sign, kind in _SIGNS.items():
            if sign in content:
                return kind
    if content[:1] == b"\x08":  # the version of its format comes first
        return "onnx"
    raise _unknown(content, name)


def _unknown(content: bytes, name: str) -> ModelError:
    if content.startswith(_PICKLES):
        return ModelError(
            f"'{name}' is a pickle, and loading one runs whatever it holds.",
            remedy="Where the model was trained, save it without code: skops.io.dump(model, path) "
            "for scikit-learn, model.save('model.keras') for Keras, save_model('model.json') for "
            "XGBoost.",
        )
    if content.startswith(_HDF5):
        return ModelError(
            f"'{name}' is HDF5: Keras' weights alone, or its format before .keras.",
            remedy="Load it where it was trained, and save it as model.save('model.keras').",
        )
    return ModelError(f"'{name}' holds no model that is known here.", remedy=f"Give {_KINDS}.")


def _zip_kind(content: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise ModelError(f"'{name}' is a damaged zip file.", remedy="Fetch it again.") from error
    if {"config.json", "metadata.json"} <= names:
        return "keras"
    if "schema.json" in names:
        return "sklearn"
    if any(one.endswith(("data.pkl", "archive_format")) for one in names):
        raise ModelError(
            f"'{name}' is torch's own file, a pickle or a program, and isn't read here.",
            remedy="In Python, load it and bundle it: ss.Bundle(fitted, model).save(path); or "
            "give it as ONNX: torch.onnx.export(model, (x,), 'model.onnx').",
        )
    raise ModelError(f"'{name}' is a zip file and holds no model.", remedy=f"Give {_KINDS}.")
