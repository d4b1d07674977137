"""What may stand in a pipeline before its last estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.convert.sklearn.linear import affine
from samescale.convert.sklearn.matrix import Matrix
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from samescale.convert._graph import Builder
    from samescale.ir.types import Array


def standard(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    """`StandardScaler`: less its mean, over its scale."""
    return _scaled(build, matrix, step.mean_ if step.with_mean else None, step.scale_)


def robust(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    """`RobustScaler`: less its centre, over its scale."""
    return _scaled(build, matrix, step.center_, step.scale_)


def max_abs(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    """`MaxAbsScaler`: over its scale."""
    found = _scaled(build, matrix, None, step.scale_)
    return _clipped(build, found, (-1.0, 1.0)) if getattr(step, "clip", False) else found


def min_max(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    """`MinMaxScaler`: times its scale, and its offset added."""
    product = build.node("Mul", [matrix.wide, _row(build, step.scale_)])
    found = Matrix(build.node("Add", [product, _row(build, step.min_)]), matrix.width)
    return _clipped(build, found, step.feature_range) if step.clip else found


def components(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    """`PCA`: the projection, less the mean's, over the deviations if it whitens."""
    kernel = np.asarray(step.components_, np.float64).T
    found = affine(build, matrix.wide, kernel, -(step.mean_.reshape(1, -1) @ kernel).ravel())
    if step.whiten:
        scale = np.sqrt(step.explained_variance_)
        scale = np.maximum(scale, np.finfo(scale.dtype).eps)
        found = build.node("Div", [found, _row(build, scale)])
    return Matrix(found, kernel.shape[1])


def decomposed(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    """`TruncatedSVD`: the projection."""
    kernel = np.asarray(step.components_, np.float64).T
    return Matrix(
        build.node("MatMul", [matrix.wide, build.constant(kernel, "kernel")]), len(step.components_)
    )


def powers(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    """`PolynomialFeatures`: products of the columns that each term names."""
    columns: list[str] = []
    made: dict[tuple[int, ...], str] = {}
    for exponents in step.powers_:
        factors = tuple(int(i) for i in np.repeat(np.arange(matrix.width), exponents))
        columns.append(_product(build, matrix, factors, made))
    return Matrix(build.node("Concat", columns, axis=1), len(columns))


def selected(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    """`SelectKBest` and the like: some of the columns."""
    kept = np.asarray(step.get_support(indices=True), np.int64)
    places = build.constant(kept, "kept")
    narrow = matrix.narrow and build.node("Gather", [matrix.narrow, places], axis=1)
    return Matrix(build.node("Gather", [matrix.wide, places], axis=1), len(kept), narrow)


def imputed(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    """`SimpleImputer`: what it learned, in the place of NaN.

    Raises:
        UnsupportedError: If it marks something else than NaN, drops columns or adds some.
    """
    learned = np.asarray(step.statistics_)
    odd = learned.dtype.kind != "f" or np.isnan(learned).any()
    if odd or step.add_indicator or not _is_nan(step.missing_values):
        raise UnsupportedError(
            "This SimpleImputer does more than put a number in the place of NaN.",
            remedy="Put ss.Impute, and ss.MissingIndicator, in the column's chain instead.",
        )
    gone = build.node("IsNaN", [matrix.wide])
    return Matrix(build.node("Where", [gone, _row(build, learned), matrix.wide]), matrix.width)


def unchanged(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    """`FunctionTransformer` without a function.

    Raises:
        UnsupportedError: If it has one.
    """
    del build
    if step.func is not None:
        raise UnsupportedError(
            f"A FunctionTransformer of {step.func!r} isn't written as ONNX.",
            remedy="Use a transform of samescale in the column's chain.",
        )
    return matrix


def _product(
    build: Builder, matrix: Matrix, factors: tuple[int, ...], made: dict[tuple[int, ...], str]
) -> str:
    if factors not in made:
        if len(factors) > 1:
            before = _product(build, matrix, factors[:-1], made)
            last = _product(build, matrix, factors[-1:], made)
            made[factors] = build.node("Mul", [before, last])
        elif factors:
            place = build.constant(np.array(factors, np.int64))
            made[factors] = build.node("Gather", [matrix.wide, place], axis=1)
        else:  # the bias: ones, of any first column
            column = _product(build, matrix, (0,), made)
            one, zero = (build.constant(np.float64(number)) for number in (1, 0))
            made[factors] = build.node("Add", [build.node("Mul", [column, zero]), one])
    return made[factors]


def _scaled(build: Builder, matrix: Matrix, centre: Array | None, scale: Array | None) -> Matrix:
    found = matrix.wide
    if centre is not None:
        found = build.node("Sub", [found, _row(build, centre)])
    if scale is not None:
        found = build.node("Div", [found, _row(build, scale)])
    return Matrix(found, matrix.width) if found != matrix.wide else matrix


def _clipped(build: Builder, matrix: Matrix, ends: tuple[float, float]) -> Matrix:
    low, high = (build.constant(np.float64(end)) for end in ends)
    clipped = build.node("Clip", [matrix.wide, low, high])
    # An infinity, which scikit-learn refuses, becomes NaN and not an end of the range.
    odd = build.node("Mul", [matrix.wide, build.constant(np.float64(0))])
    return Matrix(build.node("Add", [clipped, odd]), matrix.width)


def _row(build: Builder, values: Array) -> str:
    return build.constant(np.asarray(values, np.float64).reshape(1, -1))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and np.isnan(value)
