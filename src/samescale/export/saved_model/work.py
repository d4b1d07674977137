"""TensorFlow: a SavedModel whose signature takes raw columns by name."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from samescale.errors import MissingExtraError
from samescale.export import _alone
from samescale.export.base import Given, Sent, Written
from samescale.export.saved_model import EXPORT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.export._original import Original
    from samescale.ir.types import Array

# Keras can't change its backend once it is imported, so both halves run in processes of their own.
_TENSORFLOW: Final = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
_MAKE: Final = Path(__file__).with_name("make.py")
_CHECK: Final = Path(__file__).with_name("check.py")


def check(source: Original, out: Path) -> None:
    """See that TensorFlow is installed.

    Raises:
        MissingExtraError: If it or Keras isn't.
    """
    del source, out
    for package in ("keras", "tensorflow"):
        if find_spec(package) is None:
            raise MissingExtraError.of(package, EXPORT.extra)


def write(source: Original, place: Path, *, fold: bool) -> Written:
    """Write the model, by Keras on TensorFlow in a process of its own."""
    del fold
    bundle = place.parent / "bundle"
    bundle.write_bytes(source.data)
    _alone.run([str(_MAKE), str(bundle), str(place)], **_TENSORFLOW)
    told = json.loads((place.parent / "written.json").read_text(encoding="utf-8"))
    listed = ("shape", "columns")  # JSON has no tuples
    inputs = ({**x, **{name: tuple(x[name]) for name in listed}} for x in told["inputs"])
    return Written(
        tuple(Sent(**x) for x in inputs),
        tuple(Given(**x) for x in told["outputs"]),
        tuple(told["notes"]),
    )


def ask(source: Original, place: Path, written: Written) -> Mapping[str, Array]:
    """What the signature gives in a process that can't import samescale."""
    del source, written
    sent = _alone.unpack(place.parent, _alone.GIVEN)
    return _alone.ask(_CHECK, place, sent, **_TENSORFLOW)
