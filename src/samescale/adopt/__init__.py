"""What others fitted, as fitted values: one file or folder for each kind of it.

A kind's module has `accepts(value)` and `adopt(value, *, columns, target) -> Adopted`.
"""

from __future__ import annotations

import os
import pkgutil
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, final

from samescale.adopt import _several, _stored
from samescale.adopt._fitted import Adopted
from samescale.adopt._record import Record
from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.fitted import Fitted

__all__ = ["Adopted", "adopt", "adopted", "load", "names"]

_OF_IMAGES: Final = frozenset({"size", "resized", "data_format", "output_format"})


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
    given: object,
    *,
    columns: Sequence[str] | None = None,
    target: str | tuple[str, object] | None = None,
    key: str | None = None,
    **options: Any,
) -> Fitted | Adopted:
    """What another library has fitted, as a fitted value: nothing is learned anew.

    Known are:

    - of scikit-learn: scalers, imputers, encoders, bins, power and quantile transforms, functions
      of NumPy, products, and what is made of them: `Pipeline`, `ColumnTransformer`,
      `FeatureUnion`, `TransformedTargetRegressor`, the best estimator of a search;
    - a Keras model with preprocessing layers directly behind its inputs, or such a layer;
    - how images are prepared: torchvision's transforms and presets, an image processor of
      Transformers, or what its `preprocessor_config.json` says;
    - statistics by name: `{"mean": […], "std": […], "columns": […]}`, or with `min` and `max`;
    - the path of a file of skops, joblib, pickle, NumPy or JSON that holds one of these (not a
      Keras model). It is read as plain data: nothing in it is run, imported or called.

    Statistics are taken as they are, and computed with in float64 until the last step, which gives
    a float32. So a feature is the float32 nearest to what the object gives, or its neighbour; codes
    and one-hot features are equal (`docs/how-to/adopt.md` says how exactly, for each kind).

    A value that the object would raise for has no feature: the input contract refuses a missing
    one, and a category that an encoder wasn't fitted on. The profile of training is what the
    statistics tell of it, and no more.

    Args:
        given: A fitted transformer, a pipeline that ends in a model, or one of the above.
        columns: The names of its columns, in its order; by default those that it was fitted with,
            or `x0`, `x1`, …
        target: What the model behind it predicts: a name, or a pair of the name and what transforms
            it (a fitted scaler, a `LabelEncoder`, a list of classes). What an object holds of it is
            taken by itself: the transformer of a `TransformedTargetRegressor`, the classes of a
            classifier.
        key: Which one, where several objects were saved together: the name in their dict, or the
            place, as "0". Needed where more than one could be meant.
        options: For images alone: `size` (height and width as they come), `resized` (they come
            resized and cropped already), `data_format` and `output_format` (`"channels_last"` or
            `"channels_first"`, as they come and in the feature).

    Returns:
        A `Fitted`; of an object that ends in a model an `Adopted`, of a `Fitted` and that model. A
        classifier of scikit-learn is given back as one of class codes, as a bundle takes it. The
        model in a file stays a record, and isn't rebuilt: `samescale adopt` does that for skops'.

    Raises:
        SpecError: If the object isn't fitted, isn't known, or has an option that can't be exact;
            names the object, the option and the remedy.
        SourceError: If a file can't be read, is damaged or too much, or names anything but plain
            data; names it.

    Examples:
        >>> from sklearn.preprocessing import StandardScaler
        >>> scaler = StandardScaler().fit([[20.0], [40.0], [60.0]])
        >>> fitted = adopt(scaler, columns=["age"])
        >>> fitted.transform({"age": [40.0, 60.0]})["age"]
        array([0.       , 1.2247449], dtype=float32)
    """
    of = "what was given"
    if isinstance(given, str | os.PathLike):
        given, of = _stored.read(given), f"'{given}'"
    found = adopted(given, columns=columns, target=target, key=key, of=of, **options)
    return found.fitted if found.model is None else found


def adopted(
    given: object,
    *,
    columns: Sequence[str] | None = None,
    target: object = None,
    key: str | None = None,
    of: str = "what was given",
    **options: Any,
) -> Adopted:
    """As `adopt`, always with the place of a model, and without reading files.

    Args:
        given: As `adopt` takes it, no path.
        columns: As `adopt` takes them.
        target: As `adopt` takes it.
        key: As `adopt` takes it.
        of: Where it comes from, for messages.
        options: As `adopt` takes them.

    Raises:
        SpecError: As `adopt`.
    """
    if key is None and (kind := kind_of(given)) is not None:
        _check(options, kind)
        transformed = target if kind == "sklearn" else _transformed(target)
        found: Adopted = load(kind).adopt(given, columns=columns, target=transformed, **options)
        return found
    picked = _several.pick(given, key, of, adopted)
    if picked.key is None:
        raise _unknown(given)
    return adopted(picked.value, columns=columns, target=target, **options)


def kind_of(given: object) -> str | None:
    """The kind that takes it; one that is called but doesn't adopt takes nothing."""
    kinds = ((name, getattr(load(name), "accepts", None)) for name in names())
    return next((name for name, accepts in kinds if accepts is not None and accepts(given)), None)


def _transformed(target: object) -> object:
    """The target, read where an object of scikit-learn's transforms it."""
    if not (isinstance(target, tuple) and len(target) == 2):  # noqa: PLR2004 - a name, and how
        return target
    name, transformer = target
    if not isinstance(name, str) or not load("sklearn").accepts(transformer):
        return target
    return import_module(f"{__name__}.sklearn.targets").of(name, transformer)


def _check(options: Mapping[str, Any], kind: str) -> None:
    unknown = [name for name in options if name not in _OF_IMAGES]
    if unknown:
        raise TypeError(f"adopt() got an unexpected keyword argument '{unknown[0]}'")
    if options and kind != "images":
        raise SpecError(
            f"{next(iter(options))} is an option of images, and this is of the kind '{kind}'.",
            remedy="Leave it out.",
            value=next(iter(options)),
        )


def _unknown(given: object) -> SpecError:
    what = type(given)
    told = f"{given.root}'s {given.name}" if isinstance(given, Record) else None
    return SpecError(
        f"A {told or f'{what.__module__}.{what.__qualname__}'} can't be adopted.",
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
