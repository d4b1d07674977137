"""Triton: a model folder for its ONNX Runtime backend, to be put in a model repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from samescale.errors import BundleError, UnsupportedError
from samescale.export import _onnx
from samescale.export.base import Given, Written
from samescale.export.triton import config, read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from samescale.export._original import Original
    from samescale.ir.types import Array

LABELS: Final = "labels.txt"
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def check(source: Original, out: Path) -> None:
    """See that Triton takes the name, and that the model has a form as ONNX.

    Raises:
        BundleError: If the name is none of a Triton model.
        UnsupportedError: If the model has no such form.
    """
    if not _NAME.fullmatch(out.name):
        raise BundleError(
            f"'{out.name}' is no name of a Triton model.",
            remedy="Use letters, digits, '_', '-' and '.': REPOSITORY/NAME.",
        )
    _ = source.network


def write(source: Original, place: Path, *, fold: bool) -> Written:
    """Write the folder."""
    made = _onnx.made(source, fold=fold)
    (place / "1").mkdir(parents=True)
    content = made.model.SerializeToString(deterministic=True)
    (place / "1" / "model.onnx").write_bytes(content)
    labels = _labels(source)
    if labels:
        (place / LABELS).write_text("\n".join([*labels, ""]), encoding="utf-8")
    text = config.text(place.name, made.model, LABELS if labels else "", _labelled(made.written))
    (place / "config.pbtxt").write_text(text, encoding="utf-8")
    return Written(made.written.inputs, made.written.outputs, (*made.written.notes, *_notes()))


def ask(source: Original, place: Path, written: Written) -> Mapping[str, Array]:
    """What ONNX Runtime gives, sent and taken by the names, dtypes and shapes of the config.

    Raises:
        UnsupportedError: If the config isn't what Triton reads, or contradicts the model.
    """
    told = read.parsed((place / "config.pbtxt").read_text(encoding="utf-8"))
    content = (place / "1" / "model.onnx").read_bytes()
    read.check(told, place, content)
    sent = _onnx.crossed(source)
    found = _onnx.answers(source, content)
    read.check_rows(told, "input", sent)
    read.check_rows(told, "output", found)
    return {x.name: found[x.name] for x in written.outputs}


def _labelled(written: Written) -> Given | None:
    return next((x for x in written.outputs if x.of == "probabilities"), None)


def _labels(source: Original) -> list[str]:
    """The classes, a line each, for Triton's classification extension."""
    labels = [str(name) for name in source.fitted.classes or ()]
    broken = next((name for name in labels if len(name.splitlines()) != 1), None)
    if broken is not None:
        raise UnsupportedError(
            f"The class {broken!r} can't be a line of Triton's labels file.",
            remedy="Export to onnx, which holds the classes themselves.",
            value=broken,
        )
    return labels


def _notes() -> tuple[str, ...]:
    return ("Put the folder in a model repository: tritonserver --model-repository REPOSITORY.",)
