"""Multi-layer perceptrons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from samescale.convert._links import both, sigmoid
from samescale.convert.sklearn.linear import affine
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from samescale.convert._graph import Builder
    from samescale.convert.sklearn.matrix import Matrix

_OPS: Final = {"tanh": "Tanh", "relu": "Relu", "exp": "Exp"}


def perceptron(build: Builder, model: Any, matrix: Matrix) -> str:
    """The answers of an `MLPRegressor`, the chances of an `MLPClassifier`."""
    found = matrix.wide
    last = len(model.coefs_) - 1
    for layer, (kernel, offset) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        found = affine(build, found, kernel, offset)
        kind = model.activation if layer < last else model.out_activation_
        found = _activated(build, found, kind)
    classes = getattr(model, "classes_", None)
    if classes is not None and model.n_outputs_ == 1:
        return both(build, found)
    return found


def _activated(build: Builder, given: str, kind: str) -> str:
    if kind == "identity":
        return given
    if kind == "logistic":
        return sigmoid(build, given)
    if kind == "softmax":
        return build.node("Softmax", [given], axis=1)
    if kind not in _OPS:
        raise UnsupportedError(
            f"The activation {kind!r} isn't written as ONNX.",
            remedy="scikit-learn serves the model.",
            value=kind,
        )
    return build.node(_OPS[kind], [given])
