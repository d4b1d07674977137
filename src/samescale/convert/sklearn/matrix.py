"""What an estimator is given, and the rows that it would refuse."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, final

import numpy as np
from onnx import TensorProto

if TYPE_CHECKING:
    from samescale.convert._graph import Builder

DOUBLE: Final = TensorProto.DOUBLE


@final
@dc.dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix in the graph.

    Attributes:
        wide: Its name, float64 `[rows, width]`.
        width: How many columns it has.
        narrow: The name of the same values in float32; `None` if they wouldn't be the same.
    """

    wide: str
    width: int
    narrow: str | None = None

    def rounded(self, build: Builder) -> str:
        """The name of the matrix in float32, rounded as scikit-learn's trees round theirs."""
        return self.narrow or build.node("Cast", [self.wide], to=TensorProto.FLOAT)


def refusing(build: Builder, made: str, matrix: Matrix, *, missing: bool) -> str:
    """`made`, and NaN for a row that has an infinity, or a NaN where it may have none.

    scikit-learn raises there. A tree, a clip or a sigmoid would answer, as if nothing was wrong.

    Args:
        build: The graph.
        made: float64 `[rows, any]`.
        matrix: What the estimator is given.
        missing: Whether it may have NaN.
    """
    given = matrix.wide
    if missing:
        zero = build.constant(np.float64(0))
        given = build.node("Where", [build.node("IsNaN", [given]), zero, given])
    # Zero times a finite number is zero, times anything else NaN.
    zeros = build.constant(np.zeros((matrix.width, 1)), "zeros")
    return build.node("Add", [made, build.node("MatMul", [given, zeros])])
