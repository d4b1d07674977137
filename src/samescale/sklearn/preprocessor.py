"""The transformer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import (
    _check_feature_names_in,
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from samescale.errors import SpecError
from samescale.sklearn import _back, _table
from samescale.spec import Spec
from samescale.transforms import load as transform

if TYPE_CHECKING:
    from typing import Self

    from sklearn.utils import Tags

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.transforms.base import Transform

_WEIGHTS = "sample weight"
_FILLS = frozenset({"Impute", "MissingIndicator"})


# scikit-learn's contract: `__init__` keeps its arguments as they are, and `fit` sets what ends in
# an underscore. Whoever wants a value that can't be fitted again takes `fitted_`.
class Preprocessor(TransformerMixin, BaseEstimator):  # type: ignore[misc] # no types in scikit-learn
    """A spec, fitted by scikit-learn's conventions.

    In a `Pipeline` under `GridSearchCV` or `cross_val_score`, statistics are learned of each
    training fold, and never of the rows that are predicted. What was learned is in `fitted_`, from
    where it goes into a bundle: `ss.Bundle(pipeline[0].fitted_, pipeline[1])`.

    Args:
        spec: What to do. Transforms by column name (`{"age": ss.Normalization()}`), or a `Spec`
            without a target; columns that it doesn't name are left out. One transform, or a list
            of them, goes for every column; `None` is `Normalization()` for each. The columns of an
            array are called `x0`, `x1`, …

    Attributes:
        fitted_: The `Fitted`: spec, learned numbers and graph, frozen.
        n_features_in_: How many columns `fit` saw.
        feature_names_in_: Their names, if it saw a data frame.

    Examples:
        >>> import numpy as np
        >>> import samescale as ss
        >>> from samescale.sklearn import Preprocessor
        >>> from sklearn.linear_model import LinearRegression
        >>> from sklearn.pipeline import make_pipeline
        >>> x = np.array([[1.0, 1.0], [10.0, 3.0], [100.0, 2.0]])
        >>> steps = Preprocessor({"x0": [ss.Log1p(), ss.Normalization()], "x1": ss.Normalization()})
        >>> model = make_pipeline(steps, LinearRegression()).fit(x, [1.0, 2.0, 3.0])
        >>> model.predict(x).round(3).tolist()
        [1.0, 2.0, 3.0]
    """

    def __init__(
        self, spec: Spec | Mapping[str, Any] | Transform | list[Transform] | None = None
    ) -> None:
        self.spec = spec

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Learn the statistics of `X`, exactly, and forget those of any earlier call.

        Args:
            X: Rows × columns: an array of numbers, or a data frame.
            y: Not used.
            sample_weight: A weight a row, of shape (rows,): 2 counts as the row twice, 0 as none.

        Raises:
            ValueError: If `X` is no table, or holds what the spec doesn't take.
            SpecError: If the spec has a target, or names a column that `X` hasn't.
        """
        del y
        table, names = self._table(X, reset=True)
        spec = _spec(self.spec, names)
        if sample_weight is not None:
            columns = _table.columns(table)
            name = _table.free(_WEIGHTS, columns)
            weights = {name: _check_sample_weight(sample_weight, X)}
            self.fitted_ = spec.adapt({**columns, **weights}, weights=name)
        else:
            self.fitted_ = spec.adapt(table)
        return self

    def transform(self, X: Any) -> Array:  # noqa: N803
        """The features of rows.

        Args:
            X: Rows × columns, those that `fit` saw.

        Returns:
            Rows × features: float32 values, in float32 where `X` is float32 and else widened to
            float64, as scikit-learn's transformers keep the dtype.

        Raises:
            NotFittedError: Before `fit`.
            SchemaError: If a row breaks what `fit` learned of a column (a text for a number, say).
        """
        check_is_fitted(self)
        table, _ = self._table(X, reset=False)
        fitted: Fitted = self.fitted_
        return fitted.matrix(table).astype(_table.dtype_of(X), copy=False)

    def inverse_transform(self, X: Any) -> Array:  # noqa: N803
        """The columns that gave features, rows × columns of the spec, float64.

        Args:
            X: Rows × features, as `transform` gives them.

        Raises:
            NotFittedError: Before `fit`.
            NotInvertibleError: If a transform can't be undone; names it.
        """
        check_is_fitted(self)
        features = _table.matrix(X, self)
        if features.shape[1] != len(self.fitted_.feature_names):
            raise ValueError(
                f"X has {features.shape[1]} features, and {type(self).__name__} gives "
                f"{len(self.fitted_.feature_names)}."
            )
        return np.stack(list(_back.columns(self.fitted_, features).values()), axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """A name for each feature: `age`, `age missing`, `city=Oslo`.

        Args:
            input_features: The columns' names; those that `fit` saw, if left out.

        Raises:
            NotFittedError: Before `fit`.
            ValueError: If they aren't those that `fit` saw.
        """
        check_is_fitted(self)
        given = _check_feature_names_in(self, input_features).tolist()
        own = dict(zip(self._names(), given, strict=True))
        return np.asarray([_renamed(name, own) for name in self.fitted_.feature_names], object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = _takes_gaps(self.spec)
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @property
    def _n_features_out(self) -> int:
        return len(self.fitted_.feature_names)

    def _names(self) -> list[str]:
        seen = getattr(self, "feature_names_in_", None)
        return [f"x{place}" for place in range(self.n_features_in_)] if seen is None else [*seen]

    def _table(self, x: Any, *, reset: bool) -> tuple[Any, list[str]]:
        """`x` as the door takes it, and the names of its columns."""
        by_name = isinstance(self.spec, Spec | Mapping)
        if by_name and _table.is_frame(x):
            validate_data(self, x, reset=reset, skip_check_array=True)
            return x, self._names()
        finite = "allow-nan" if _takes_gaps(self.spec) else True
        checked = validate_data(self, x, reset=reset, dtype="numeric", ensure_all_finite=finite)
        return _table.named(checked, self._names()), self._names()


def _spec(given: Any, names: list[str]) -> Spec:
    match given:
        case Spec(targets=()):
            return given
        case Spec():
            raise SpecError(
                "The spec has a target.",
                remedy="Give a Spec without one: scikit-learn hands the target to the model.",
            )
        case Mapping():
            return Spec(given)
        case None:
            return Spec({name: transform("Normalization")() for name in names})
        case _:
            return Spec(dict.fromkeys(names, given))


def _takes_gaps(given: Any) -> bool:
    """Whether a spec says what becomes of missing values. One by name is asked column by column."""
    if given is None or isinstance(given, Spec | Mapping):
        return given is not None
    chain = given if isinstance(given, list | tuple) else [given]
    return any(type(step).__name__ in _FILLS for step in chain)


def _renamed(feature: str, names: Mapping[str, str]) -> str:
    """A feature's name with the column's own name in it changed."""
    found = [
        name for name in names if f"{feature} ".startswith((f"{name} ", f"{name}=", f"{name}["))
    ]
    longest = max(found, key=len, default="")
    return f"{names[longest]}{feature[len(longest) :]}" if longest else feature
