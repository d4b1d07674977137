"""scikit-learn's estimators as ONNX graphs in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn import (
    decomposition,
    discriminant_analysis,
    dummy,
    ensemble,
    feature_selection,
    impute,
    linear_model,
    neural_network,
    pipeline,
    preprocessing,
    svm,
    tree,
)
from sklearn.utils import get_tags

from samescale.convert._graph import Builder, Value
from samescale.convert._links import in_order
from samescale.convert.sklearn import (
    boosting,
    combined,
    constant,
    forests,
    linear,
    neural,
    steps,
)
from samescale.convert.sklearn.matrix import DOUBLE, Matrix, refusing
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import onnx

_SCORES: Final = (
    *("ARDRegression", "BayesianRidge", "ElasticNet", "ElasticNetCV", "HuberRegressor", "Lars"),
    *("LarsCV", "Lasso", "LassoCV", "LassoLars", "LassoLarsCV", "LassoLarsIC", "LinearRegression"),
    *("MultiTaskElasticNet", "MultiTaskElasticNetCV", "MultiTaskLasso", "MultiTaskLassoCV"),
    *("OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV", "QuantileRegressor", "Ridge"),
    *("RidgeCV", "SGDRegressor", "TheilSenRegressor"),
)
_WRITERS: Final[Mapping[type, Callable[[Builder, Any, Matrix], str]]] = {
    **{getattr(linear_model, name): linear.scores for name in _SCORES},
    svm.LinearSVR: linear.scores,
    linear_model.GammaRegressor: linear.generalized,
    linear_model.PoissonRegressor: linear.generalized,
    linear_model.TweedieRegressor: linear.generalized,
    linear_model.LogisticRegression: linear.logistic,
    linear_model.LogisticRegressionCV: linear.logistic,
    linear_model.SGDClassifier: linear.stochastic,
    discriminant_analysis.LinearDiscriminantAnalysis: linear.softmax,
    neural_network.MLPRegressor: neural.perceptron,
    neural_network.MLPClassifier: neural.perceptron,
    tree.DecisionTreeRegressor: forests.tree,
    tree.DecisionTreeClassifier: forests.tree,
    tree.ExtraTreeRegressor: forests.tree,
    tree.ExtraTreeClassifier: forests.tree,
    ensemble.RandomForestRegressor: forests.forest,
    ensemble.RandomForestClassifier: forests.forest,
    ensemble.ExtraTreesRegressor: forests.forest,
    ensemble.ExtraTreesClassifier: forests.forest,
    ensemble.GradientBoostingRegressor: boosting.gradient,
    ensemble.GradientBoostingClassifier: boosting.gradient,
    ensemble.HistGradientBoostingRegressor: boosting.histogram,
    ensemble.HistGradientBoostingClassifier: boosting.histogram,
    dummy.DummyRegressor: constant.dummy,
    dummy.DummyClassifier: constant.dummy,
}
_COMBINED: Final[Mapping[type, Callable[[Builder, Any, Matrix, combined.Ask], str]]] = {
    ensemble.VotingRegressor: combined.vote,
    ensemble.VotingClassifier: combined.vote,
    ensemble.StackingRegressor: combined.stack,
    ensemble.StackingClassifier: combined.stack,
}
_STEPS: Final[Mapping[type, Callable[[Builder, Any, Matrix], Matrix]]] = {
    preprocessing.StandardScaler: steps.standard,
    preprocessing.RobustScaler: steps.robust,
    preprocessing.MaxAbsScaler: steps.max_abs,
    preprocessing.MinMaxScaler: steps.min_max,
    preprocessing.PolynomialFeatures: steps.powers,
    preprocessing.FunctionTransformer: steps.unchanged,
    decomposition.PCA: steps.components,
    decomposition.TruncatedSVD: steps.decomposed,
    impute.SimpleImputer: steps.imputed,
    **{
        getattr(feature_selection, name): steps.selected
        for name in (
            *("GenericUnivariateSelect", "RFE", "RFECV", "SelectFdr", "SelectFpr"),
            *("SelectFromModel", "SelectFwe", "SelectKBest", "SelectPercentile"),
            *("SequentialFeatureSelector", "VarianceThreshold"),
        )
    },
}
# These look at no value, or take every one.
_TAKE_ALL: Final = (
    *(dummy.DummyRegressor, dummy.DummyClassifier),
    *(ensemble.HistGradientBoostingRegressor, ensemble.HistGradientBoostingClassifier),
)


def to_onnx(model: Any, width: int, classes: int | None = None) -> onnx.ModelProto:
    """A fitted estimator as a network.

    It takes `features`, float32 `[rows, width]`, computes in float64 and gives `answers` as
    `SklearnRuntime.predict` does. A row that scikit-learn refuses, for a NaN or an infinity, is
    answered NaN.

    Args:
        model: The estimator.
        width: How many features it takes.
        classes: How many classes the target has; `None` for a number. The estimator's own
            `classes_` are their codes; a class that it didn't meet gets no chance.

    Raises:
        UnsupportedError: If it, or a part of it, can't be written; names it.
    """
    build = Builder([Value("features", "float32", ("rows", width))])
    wide = build.node("Cast", ["features"], to=DOUBLE)
    found = _ask(build, model, Matrix(wide, width, "features"))
    if classes is not None:
        found = in_order(build, found, model.classes_, classes)
        return build.model([(found, Value("answers", "float64", ("rows", classes)))])
    example = np.asarray(model.predict(np.zeros((1, width))))
    if example.ndim > 1:
        return build.model([(found, Value("answers", "float64", ("rows", example.shape[1])))])
    flat = build.node("Squeeze", [found, build.constant(np.array([1], np.int64))])
    return build.model([(flat, Value("answers", "float64", ("rows",)))])


def _ask(build: Builder, model: Any, matrix: Matrix) -> str:
    cls = type(model)
    if cls is pipeline.Pipeline:
        return _piped(build, model, matrix)
    if cls in _COMBINED:
        return _COMBINED[cls](build, model, matrix, _ask)
    if cls not in _WRITERS:
        raise _unsupported(cls)
    found = _WRITERS[cls](build, model, matrix)
    if cls in _TAKE_ALL:
        return found
    return refusing(build, found, matrix, missing=_takes_missing(model))


def _piped(build: Builder, model: Any, matrix: Matrix) -> str:
    found = combined.pipeline(build, model, matrix, _ask, _step)
    parts = [part for _, part in model.steps if not isinstance(part, str | None)]
    # A step may drop the column of an odd value, or what comes last may take every value.
    hidden = any(_STEPS.get(type(part)) is steps.selected for part in parts)
    if len(parts) > 1 and (hidden or type(parts[-1]) in _TAKE_ALL):
        return refusing(build, found, matrix, missing=_takes_missing(parts[0]))
    return found


def _takes_missing(model: Any) -> bool:
    return bool(get_tags(model).input_tags.allow_nan)


def _step(build: Builder, step: Any, matrix: Matrix) -> Matrix:
    if type(step) not in _STEPS:
        raise _unsupported(type(step))
    return _STEPS[type(step)](build, step, matrix)


def _unsupported(cls: type) -> UnsupportedError:
    return UnsupportedError(
        f"{cls.__name__} isn't written as ONNX.",
        remedy="scikit-learn serves the model.",
        type=cls.__name__,
    )
