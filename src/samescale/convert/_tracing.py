"""Around torch where it traces a network: quiet, and beside TensorFlow without Triton."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import warnings
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOGGERS: Final = ("torch", "torch.onnx", "torch.export", "onnxscript", "onnx_ir")


@contextlib.contextmanager
def tracing() -> Iterator[None]:
    """A block in which torch traces or exports: nothing that it prints or warns of is seen."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        without_triton(),
    ):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


@contextlib.contextmanager
def without_triton() -> Iterator[None]:
    """A block in which torch finds no Triton, where TensorFlow is loaded and Triton isn't yet."""
    # torch's tracer, and its optimizers by way of it, import Triton where they find it, for graphs
    # that they would compile. Loaded behind TensorFlow's library, Triton's ends the process (Triton
    # 3.x, TensorFlow 2.2x); and saving a Keras model loads TensorFlow, on every backend. What runs
    # here isn't compiled.
    if "tensorflow" not in sys.modules or "triton" in sys.modules:
        yield
        return
    sys.modules["triton"] = None  # type: ignore[assignment]  # how a module is said not to be there
    try:
        yield
    finally:
        if sys.modules.get("triton") is None:
            sys.modules.pop("triton", None)
