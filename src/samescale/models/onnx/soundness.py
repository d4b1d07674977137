"""Whether what an ONNX model answers is the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.errors import ModelError
from samescale.models._probe import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.models.onnx.runtime import NetworkRuntime

_SUM_MAY_BE_OFF: Final = 0.02  # of probabilities in bfloat16
_APART: Final = 1e-4  # what rounding may do to a row in another batch


def check_answers(runtime: NetworkRuntime, fitted: Fitted) -> None:
    """Ask the model for probe rows, and see that it answers each of them by itself.

    Raises:
        ModelError: If it can't, or its answers are of another shape than the target's, none is
            finite, they aren't probabilities of classes, or a row's depends on those beside it.
    """
    columns = rows(fitted.graph, fitted.profile)
    usual = np.isfinite(fitted.matrix_of(columns)).all(axis=1)
    if not usual.any():
        return
    columns = {name: x[usual] for name, x in columns.items()}
    found = _asked(runtime, columns)
    _check_shape(found, len(next(iter(columns.values()))), fitted)
    good = np.isfinite(found.reshape(len(found), -1)).all(axis=1)
    if not good.any():
        raise ModelError(
            "The ONNX model gives no finite answer to any probe row: are its weights NaN?",
            remedy="Train it again, with a smaller learning rate.",
        )
    columns = {name: x[good] for name, x in columns.items()}
    _check_rows(runtime, columns, found[good])
    if fitted.classes is not None:
        _check_probabilities(found[good].astype(np.float64))


def _check_shape(found: Array, rows_: int, fitted: Fitted) -> None:
    wanted = () if fitted.classes is None else (len(fitted.classes),)
    if fitted.target is not None and found.shape != (rows_, *wanted):
        raise ModelError(
            f"The ONNX model gives {list(found.shape)} for {rows_} rows, and the target "
            f"'{fitted.target.name}' is {list(wanted) or 'a number'} a row.",
            remedy="Export it with the target alone as its output.",
        )


def _check_rows(runtime: NetworkRuntime, columns: Mapping[str, Array], found: Array) -> None:
    half = max(1, len(found) // 2)
    again = _asked(runtime, {name: x[:half][::-1] for name, x in columns.items()})[::-1]
    if not np.allclose(again, found[:half], rtol=_APART, atol=_APART):
        raise ModelError(
            "The ONNX model's answer to a row depends on the rows beside it.",
            remedy="Export it in evaluation mode, without statistics over a batch.",
        )


def _asked(runtime: NetworkRuntime, columns: Mapping[str, Array]) -> Array:
    try:
        return runtime.predict(columns)
    except ModelError:
        raise
    except Exception as error:  # ONNX Runtime's own, of many kinds
        raise ModelError(
            f"ONNX Runtime can't run the model on the features: {str(error)[:300]}",
            remedy="Export it for fitted.matrix(table), with any number of rows.",
        ) from error


def _check_probabilities(found: Array) -> None:
    inside = (found >= 0).all() and (found <= 1 + _SUM_MAY_BE_OFF).all()
    if not inside or (np.abs(found.sum(axis=-1) - 1) > _SUM_MAY_BE_OFF).any():
        raise ModelError(
            "The ONNX model's answers aren't probabilities: are they logits?",
            remedy="Export it with a Softmax (or a Sigmoid for one number) at its end.",
        )
