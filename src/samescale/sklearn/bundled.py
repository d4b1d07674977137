"""A bundle as a scikit-learn estimator."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.metaestimators import available_if

from samescale.errors import ModelError
from samescale.predictor import Predictor, load

if TYPE_CHECKING:
    from typing import Never

    from sklearn.utils import Tags

    from samescale.ir.types import Array


def _has_classes(self: BundleModel) -> bool:
    return self.predictor_.classes is not None


# scikit-learn's contract: an estimator keeps its arguments as they are, and is one by derivation.
@final
class BundleModel(BaseEstimator):  # type: ignore[misc] # no types in scikit-learn
    """A trained bundle, for code that calls scikit-learn's `predict` and `predict_proba`.

    It is what `samescale export --to sklearn` writes, in skops' file. The bundle's bytes are in it,
    and are verified when it is read: digests, contract, and the probe rows' answers.

    Args:
        bundle: The bytes of a bundle.

    Attributes:
        predictor_: What answers: input contract, preprocessing, model and guard.
        classes_: The classes, in the order of the probabilities, if the target is one.
        feature_names_in_: The columns, in the order of an array's.
        n_features_in_: How many there are.

    Examples:
        >>> import numpy as np
        >>> import samescale as ss
        >>> from pathlib import Path
        >>> from samescale.sklearn import BundleModel
        >>> from sklearn.linear_model import Ridge
        >>> from tempfile import TemporaryDirectory
        >>> table = {"size": np.arange(9.0), "price": np.arange(9.0) * 1000}
        >>> price = ss.Target("price", ss.Normalization())
        >>> fitted = ss.Spec({"size": ss.Normalization()}, target=price).adapt(table)
        >>> model = Ridge(alpha=0).fit(fitted.matrix(table), fitted.labels(table))
        >>> with TemporaryDirectory() as folder:
        ...     _ = ss.Bundle(fitted, model).save(f"{folder}/price.samescale")
        ...     estimator = BundleModel(Path(f"{folder}/price.samescale").read_bytes())
        >>> estimator.predict(np.array([[2.0], [3.0]])).round(2).tolist()
        [2000.0, 3000.0]
    """

    def __init__(self, bundle: bytes) -> None:
        self.bundle = bundle

    def __repr__(self, *_: Any, **__: Any) -> str:
        return f"BundleModel({self.predictor_!r})"

    def fit(self, X: Any, y: Any = None) -> Never:  # noqa: N803 - scikit-learn's name
        """Refused: what was learned stays as it is.

        Raises:
            ModelError: Always.
        """
        del X, y
        raise ModelError(
            "A bundle is trained already, and is never fitted again.",
            remedy="Train another: ss.fit, or a Pipeline with samescale.sklearn.Preprocessor.",
        )

    def predict(self, X: Any) -> Array:  # noqa: N803
        """One answer a row, in the target's own units.

        Args:
            X: Raw rows: a data frame, or an array whose columns are in the contract's order.

        Returns:
            Shape (rows,): float64, or classes.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.

        Warns:
            GuardWarning: What the guard noted.
        """
        return self.predictor_.predict(X)

    @available_if(_has_classes)  # type: ignore[untyped-decorator] # no types in scikit-learn
    def predict_proba(self, X: Any) -> Array:  # noqa: N803
        """The probability of each class, rows × classes, in the order of `classes_`.

        Args:
            X: Raw rows, as `predict` takes them.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.

        Warns:
            GuardWarning: What the guard noted.
        """
        return self.predictor_.predict_proba(X)

    @cached_property
    def predictor_(self) -> Predictor:
        """What answers, once the bundle was verified.

        Raises:
            BundleError: If the bytes aren't a bundle, or answer otherwise than they did.
        """
        if not isinstance(self.bundle, bytes):
            raise NotFittedError(f"The bundle is a {type(self.bundle).__name__}, no bytes.")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "bundle")
            path.write_bytes(self.bundle)
            return load(path)

    @property
    def classes_(self) -> Array:
        """The classes, in the order of the probabilities."""
        classes = self.predictor_.classes
        if classes is None:
            raise AttributeError("The target is a number, and has no classes.")
        return np.array(classes, object if isinstance(classes[0], str) else None)

    @property
    def feature_names_in_(self) -> Array:
        """The columns of the contract."""
        return np.array(self.predictor_.schema.names, object)

    @property
    def n_features_in_(self) -> int:
        """How many columns the contract has."""
        return len(self.predictor_.schema.names)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "regressor" if self.predictor_.classes is None else "classifier"
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags

    def __getstate__(self) -> dict[str, Any]:
        return {name: x for name, x in super().__getstate__().items() if name != "predictor_"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        _ = self.predictor_  # what was changed on its way is refused here, and not at the first row
