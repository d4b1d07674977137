"""Models as ONNX graphs, written from what they learned: one file or folder a kind."""

from __future__ import annotations

import difflib
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from samescale.errors import MissingExtraError, SpecError

if TYPE_CHECKING:
    from types import ModuleType


def names() -> tuple[str, ...]:
    """The kinds of models that can be written as ONNX, sorted; none of them is imported.

    Example:
        >>> "keras" in names()
        True
    """
    here = Path(__file__).parent
    files = {path.stem for path in here.glob("*.py")}
    folders = {path.parent.name for path in here.glob("*/__init__.py")}
    return tuple(sorted(name for name in files | folders if not name.startswith("_")))


def load(kind: str) -> ModuleType:
    """The module of `kind`, which gives `to_onnx(model, …) -> onnx.ModelProto`.

    Raises:
        SpecError: If there is no such kind.
        MissingExtraError: If the package that it needs isn't installed.

    Example:
        >>> load("keras").__name__
        'samescale.convert.keras'
    """
    if kind not in names():
        near = difflib.get_close_matches(kind, names(), n=1)
        remedy = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(names())}."
        raise SpecError(f"There is no way from '{kind}' to ONNX.", remedy=remedy, value=kind)
    try:
        return importlib.import_module(f"{__name__}.{kind}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("samescale"):
            raise
        missing = error.name or kind
        raise MissingExtraError.of(missing, "onnx" if missing == "onnx" else kind) from error
