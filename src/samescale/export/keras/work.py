"""Keras: a plain `.keras` file, which loads without samescale and in `safe_mode`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from samescale import targets
from samescale.export import _alone
from samescale.export.base import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.export._original import Original
    from samescale.ir.types import Array


def check(source: Original, out: Path) -> None:
    """See that the model can be loaded.

    Raises:
        ModelError: If it can't.
        MissingExtraError: If Keras isn't installed.
    """
    del out
    _ = source.model


def write(source: Original, place: Path, *, fold: bool) -> Written:
    """Write the model."""
    del fold
    made = _models().made(source, wide=False)
    made.model.save(place)
    told = _models().sent(source, made.sides)
    return Written(told["inputs"], (made.output,), (*told["notes"], *_notes(source)))


def ask(source: Original, place: Path, written: Written) -> Mapping[str, Array]:
    """What Keras gives in a process that can't import samescale."""
    (output,) = written.outputs
    given = _models().crossed(source)
    found = _alone.ask(_SCRIPT, place, given, KERAS_BACKEND=_backend())
    return {output.name: found["output"]}


_SCRIPT: Final = Path(__file__).with_name("check.py")


def _models() -> Any:
    targets.load("keras")  # which says what to install where Keras is missing
    return import_module("samescale.export._keras")


def _backend() -> str:
    backend: str = _models().keras.backend.backend()
    return backend


def _notes(source: Original) -> tuple[str, ...]:
    if source.fitted.classes is not None:
        return (f"The probabilities are those of {list(source.fitted.classes)}, in this order.",)
    return ("Its answers are float32, as all of Keras'.",)
