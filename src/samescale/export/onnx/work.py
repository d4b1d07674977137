"""ONNX: one model of raw columns, opset 18 and `ai.onnx.ml` 3, for every ONNX Runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.export import _onnx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from samescale.export._original import Original
    from samescale.export.base import Written
    from samescale.ir.types import Array


def check(source: Original, out: Path) -> None:
    """See that the model has a form as ONNX.

    Raises:
        UnsupportedError: If it has none; names what can't be written.
    """
    del out
    _ = source.network


def write(source: Original, place: Path, *, fold: bool) -> Written:
    """Write the model."""
    made = _onnx.made(source, fold=fold)
    place.write_bytes(made.model.SerializeToString(deterministic=True))
    return made.written


def ask(source: Original, place: Path, written: Written) -> Mapping[str, Array]:
    """What ONNX Runtime gives, from the file's bytes."""
    del written
    return _onnx.answers(source, place.read_bytes())
