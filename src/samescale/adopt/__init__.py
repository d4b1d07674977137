"""What others fitted, as fitted values: one file or folder for each kind of it.

A kind's module has `accepts(value)` and `adopt(value, *, columns, target) -> Adopted`.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, final

from samescale.adopt._fitted import Adopted
from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.fitted import Fitted

__all__ = ["Adopted", "adopt", "load", "names"]


def names() -> list[str]:
    """The kinds of what is adopted.

    Examples:
        >>> "sklearn" in names()
        True
    """
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in found if not name.startswith("_"))


def load(name: str) -> Any:
    """The module of a kind.

    Raises:
        SpecError: If there is none of that name.
    """
    if name not in names():
        raise SpecError(
            f"Nothing of the kind {name!r} is adopted.", remedy=f"Known are {', '.join(names())}."
        )
    return import_module(f"{__name__}.{name}")


def adopt(
    fitted_object: object,
    *,
    columns: Sequence[str] | None = None,
    target: str | tuple[str, object] | None = None,
) -> Fitted | Adopted:
    """What another library has fitted, as a fitted value: nothing is learned anew.

    Known of scikit-learn: scalers, imputers, encoders, bins, power and quantile transforms,
    functions of NumPy, products, and what is made of them: `Pipeline`, `ColumnTransformer`,
    `FeatureUnion`, `TransformedTargetRegressor`, the best estimator of a search. Statistics are
    taken as they are, and computed with in float64 until the last step, which gives a float32. So
    a feature is the float32 nearest to what the object gives, or its neighbour; codes and one-hot
    features are equal (`docs/how-to/adopt.md` says how exactly).

    A value that the object would raise for has no feature: a missing one is refused by the input
    contract, a category that it wasn't fitted on becomes NaN, so that no row of it is answered.
    The profile of training is what the statistics tell of it, and no more.

    Args:
        fitted_object: A fitted transformer, or a pipeline that ends in a model.
        columns: The names of its columns, in its order; by default those that it was fitted with,
            or `x0`, `x1`, …
        target: What the model behind it predicts: a name, or a pair of the name and what transforms
            it (a fitted scaler, a `LabelEncoder`). What an object holds of it is taken by itself:
            the transformer of a `TransformedTargetRegressor`, the classes of a classifier.

    Returns:
        A `Fitted`; of an object that ends in a model an `Adopted`, of a `Fitted` and that model. A
        classifier of scikit-learn is given back as one of class codes, as a bundle takes it.

    Raises:
        SpecError: If the object isn't fitted, isn't known, or has an option that can't be exact;
            names the object, the option and the remedy.

    Examples:
        >>> from sklearn.preprocessing import StandardScaler
        >>> scaler = StandardScaler().fit([[20.0], [40.0], [60.0]])
        >>> fitted = adopt(scaler, columns=["age"])
        >>> fitted.transform({"age": [40.0, 60.0]})["age"]
        array([0.       , 1.2247449], dtype=float32)
    """
    for name in names():
        kind = load(name)
        accepts = getattr(kind, "accepts", None)
        if accepts is not None and accepts(fitted_object):
            found: Adopted = kind.adopt(fitted_object, columns=columns, target=target)
            return found.fitted if found.model is None else found
    what = type(fitted_object)
    raise SpecError(
        f"A {what.__module__}.{what.__qualname__} can't be adopted.",
        remedy=f"Known are fitted objects of {', '.join(names())}.",
        value=what.__qualname__,
    )


@final
class _Called(ModuleType):
    """This package, which is called as its one function."""

    def __call__(self, *given: Any, **options: Any) -> Fitted | Adopted:
        return adopt(*given, **options)


# `ss.adopt` is the function; whoever imports a module of this package makes it the package, as
# Python puts a package's name into its parent. Both are called alike.
sys.modules[__name__].__class__ = _Called
