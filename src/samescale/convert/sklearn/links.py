"""From a raw score to a number or to chances, as `sklearn._loss.link` defines them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.convert._links import sigmoid
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from samescale.convert._graph import Builder


def inverse(build: Builder, raw: str, link: Any) -> str:
    """What the link's inverse makes of a raw score.

    Raises:
        UnsupportedError: If it's another link.
    """
    match type(link).__name__:
        case "IdentityLink":
            return raw
        case "LogLink":
            return build.node("Exp", [raw])
        case "LogitLink":
            return sigmoid(build, raw)
        case "HalfLogitLink":
            twice = build.node("Mul", [raw, build.constant(np.float64(2))])
            return sigmoid(build, twice)
        case "MultinomialLogit":
            return build.node("Softmax", [raw], axis=1)
        case name:
            raise UnsupportedError(
                f"The link {name} isn't written as ONNX.", remedy="scikit-learn serves the model."
            )
