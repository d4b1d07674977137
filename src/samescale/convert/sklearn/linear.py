"""Linear models: a product, a sum and a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.convert._links import both, normalized, sigmoid
from samescale.convert.sklearn.links import inverse
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from samescale.convert._graph import Builder
    from samescale.convert.sklearn.matrix import Matrix
    from samescale.ir.types import Array


def affine(build: Builder, given: str, kernel: Array, offset: Array) -> str:
    """`given @ kernel + offset`, float64."""
    product = build.constant(np.ascontiguousarray(kernel, np.float64), "kernel")
    added = build.constant(np.ascontiguousarray(offset, np.float64), "offset")
    return build.node("Gemm", [given, product, added])


def scores(build: Builder, model: Any, matrix: Matrix) -> str:
    """What its `coef_` and `intercept_` give, `[rows, outputs]`."""
    kernel = np.asarray(model.coef_, np.float64).reshape(-1, matrix.width)
    offset = np.broadcast_to(np.asarray(model.intercept_, np.float64).ravel(), len(kernel))
    return affine(build, matrix.wide, kernel.T, offset)


def generalized(build: Builder, model: Any, matrix: Matrix) -> str:
    """A generalized linear model: its scores through its link."""
    return inverse(build, scores(build, model, matrix), model._base_loss.link)  # noqa: SLF001 - fitted there


def softmax(build: Builder, model: Any, matrix: Matrix) -> str:
    """Chances of two classes by the logistic function, of more by softmax."""
    raw = scores(build, model, matrix)
    if len(model.classes_) <= 2:  # noqa: PLR2004 - two classes have one score
        return both(build, sigmoid(build, raw))
    return build.node("Softmax", [raw], axis=1)


def logistic(build: Builder, model: Any, matrix: Matrix) -> str:
    """Chances of a logistic regression."""
    return softmax(build, model, matrix)


def stochastic(build: Builder, model: Any, matrix: Matrix) -> str:
    """Chances of an `SGDClassifier`: each class against the rest.

    Raises:
        UnsupportedError: If its loss gives none.
    """
    raw = scores(build, model, matrix)
    if model.loss == "log_loss":
        chances = sigmoid(build, raw)
    elif model.loss == "modified_huber":
        one, two = (build.constant(np.float64(number)) for number in (1, 2))
        ends = build.node("Clip", [raw, build.constant(np.float64(-1)), one])
        chances = build.node("Div", [build.node("Add", [ends, one]), two])
    else:
        raise UnsupportedError(
            f"SGDClassifier(loss={model.loss!r}) gives no chances.",
            remedy="Train it with loss='log_loss'.",
            value=model.loss,
        )
    classes = len(model.classes_)
    two_classes = classes == 2  # noqa: PLR2004
    return both(build, chances) if two_classes else normalized(build, chances, classes)
