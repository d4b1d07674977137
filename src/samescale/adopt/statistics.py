"""Statistics that somebody wrote down: JSON or NumPy, by name."""

from __future__ import annotations

from collections import abc
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.adopt import _target
from samescale.adopt._fitted import Adopted, Feature, assemble
from samescale.errors import SpecError
from samescale.profile import ColumnProfile
from samescale.schema import Column
from samescale.transforms.normalization import Normalization
from samescale.transforms.rescaling import Rescaling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array
    from samescale.transforms.base import Transform

__all__ = ["accepts", "adopt"]

# What each statistic is called by those who write it down.
_NAMES: Final = {
    "mean": frozenset({"mean", "means", "mu", "center", "mean_"}),
    "std": frozenset(
        {"std", "stds", "sd", "stddev", "sigma", "scale", "deviation", "std_", "scale_"}
    ),
    "variance": frozenset({"var", "vars", "variance", "var_"}),
    "min": frozenset({"min", "mins", "minimum", "data_min", "data_min_"}),
    "max": frozenset({"max", "maxs", "maximum", "data_max", "data_max_"}),
    "columns": frozenset({"columns", "features", "feature_names", "names", "feature_names_in_"}),
}
# Said beside, and of no effect on what is computed.
_BESIDE: Final = frozenset({"count", "n", "ddof", "n_samples", "n_samples_seen", "n_samples_seen_"})
_MEANINGS: Final = {name: meaning for meaning, names in _NAMES.items() for name in names}
_NUMBERS: Final = ("mean", "std", "variance", "min", "max")
_SQUARED: Final = 1e-6  # how far a deviation's square may be from the variance given beside it


def accepts(value: object) -> bool:
    """Whether it is a mapping of statistics, or an array."""
    if isinstance(value, np.ndarray):
        return True
    if not isinstance(value, abc.Mapping) or not value:
        return False
    said = set(map(str, value))
    return bool(said & _MEANINGS.keys() - _NAMES["columns"]) or _is_by_column(value)


def adopt(given: object, *, columns: Sequence[str] | None = None, target: object = None) -> Adopted:
    """The preprocessing of statistics: `(x - mean) / std`, or `(x - min) / (max - min)`.

    Args:
        given: `{"mean": […], "std": […], "columns": […]}`, a number for each column; or by column,
            `{"age": {"mean": 40, "std": 12}, …}`; with `var` for `std`, or with `min` and `max`.
        columns: The columns' names, where it doesn't say them; `x0`, `x1`, … if nobody does.
        target: What the model behind it predicts, as `samescale.adopt` takes it.

    Raises:
        SpecError: If it can mean two things, lengths differ, a number isn't finite, or what is
            divided by isn't above 0; asks what is meant.

    Examples:
        >>> fitted = adopt({"mean": [40.0], "std": [10.0], "columns": ["age"]}).fitted
        >>> fitted.transform({"age": [40.0, 55.0]})["age"]
        array([0. , 1.5], dtype=float32)
    """
    said = _said(given)
    names = _names(said, columns)
    kind = _kind(said)
    values = {key: _numbers(key, said[key], names) for key in kind}
    chains = [
        _chain({key: float(array[place]) for key, array in values.items()}, name)
        for place, name in enumerate(names)
    ]
    made = {name: _profile(values, place) for place, name in enumerate(names)}
    features = (Feature(name, (one,), ({},)) for name, one in zip(names, chains, strict=True))
    fitted = assemble(
        features,
        lambda name: Column(name, "float64"),
        made.__getitem__,
        _target.pair(target),
        f"statistics: {', '.join(kind)}",
    )
    return Adopted(fitted, None)


def _said(given: Any) -> dict[str, Any]:
    """What is said, under our names."""
    if isinstance(given, np.ndarray):
        raise SpecError(
            f"An array of shape {given.shape} doesn't say which of its numbers are means.",
            remedy="Which row is which, and is the spread a deviation or a variance? Name them: "
            'np.savez(path, mean=…, std=…), or JSON {"mean": […], "std": […]}.',
        )
    if _is_by_column(given):
        given = _turned(given)
    unknown = [key for key in given if key not in _MEANINGS and key not in _BESIDE]
    if unknown:
        raise SpecError(
            f"The statistics hold '{unknown[0]!s:.60}', which isn't known.",
            remedy="What is it? Known are mean with std or var, or min with max, and columns.",
            value=unknown[0],
        )
    found: dict[str, Any] = {}
    for key, value in given.items():
        meaning = _MEANINGS.get(key)
        if meaning in found:
            raise SpecError(
                f"The statistics say their {meaning} twice, once as '{key}'.",
                remedy="Which one was applied? Leave the other out.",
                value=key,
            )
        if meaning is not None:
            found[meaning] = value
    return found


def _is_by_column(value: Mapping[Any, Any]) -> bool:
    inner = list(value.values())
    return all(
        isinstance(one, abc.Mapping) and one and {*one} <= {*_MEANINGS, *_BESIDE} for one in inner
    )


def _turned(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    first = next(iter(given.values()))
    odd = next((name for name, one in given.items() if {*one} != {*first}), None)
    if odd is not None:
        raise SpecError(
            f"Column '{odd}' has the statistics {sorted(given[odd])}, and the first has "
            f"{sorted(first)}.",
            remedy="Give each column the same ones.",
            column=odd,
        )
    return {"columns": [*given], **{key: [one[key] for one in given.values()] for key in first}}


def _kind(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Which statistics are applied.

    Raises:
        SpecError: If they are too few, or of two kinds; asks which.
    """
    there = tuple(key for key in _NUMBERS if key in said)
    match there:
        case ("mean", "std") | ("mean", "variance") | ("min", "max"):
            return there
        case ("mean", "std", "variance"):
            _check_square(said)
            return ("mean", "std")
        case ("mean",):
            question = "What is divided by? Give std, or var if it is a variance."
        case ("std",) | ("variance",) | ("std", "variance"):
            question = "What is subtracted? Give mean; zeros if nothing is."
        case _:
            question = (
                "Is it (x - mean) / std or (x - min) / (max - min)? Leave out what wasn't applied."
            )
    raise SpecError(
        f"The statistics are {', '.join(there) or 'none'}, which can mean several things.",
        remedy=question,
        value=there,
    )


def _check_square(said: Mapping[str, Any]) -> None:
    deviation, variance = (np.asarray(said[key], dtype=float) for key in ("std", "variance"))
    same = deviation.shape == variance.shape and np.allclose(
        deviation**2, variance, rtol=_SQUARED, atol=0
    )
    if not same:
        raise SpecError(
            "The statistics hold a deviation and a variance that isn't its square.",
            remedy="Which one was divided by? They may be of n and of n - 1 (ddof): leave the "
            "other out.",
        )


def _names(said: Mapping[str, Any], columns: Sequence[str] | None) -> list[str]:
    width = max((np.size(said[key]) for key in _NUMBERS if key in said), default=0)
    own = None if "columns" not in said else [str(name) for name in np.ravel(said["columns"])]
    if own is not None and columns is not None and list(columns) != own:
        raise SpecError(
            f"The statistics are of {own!r:.100}, not of {list(columns)!r:.100}.",
            remedy="Leave columns out: the order is that of the statistics.",
        )
    names = own or ([f"x{i}" for i in range(width)] if columns is None else list(columns))
    if len(names) != width or len(set(names)) != len(names) or not names:
        raise SpecError(
            f"There are {len(names)} columns, {names!r:.100}, for statistics of {width}.",
            remedy="Give each column a number, and each a name of its own.",
        )
    return names


def _numbers(key: str, value: Any, names: Sequence[str]) -> Array:
    try:
        array = np.asarray(value, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError) as error:
        raise SpecError(
            f"The {key} is no list of numbers: {value!r:.80}.", remedy="Give a number a column."
        ) from error
    if array.size != len(names):
        raise SpecError(
            f"The {key} has {array.size} numbers, for {len(names)} columns.",
            remedy="Give one for each column.",
            value=array.size,
        )
    bad = ~np.isfinite(array)
    if bad.any():
        name = names[int(np.argmax(bad))]
        raise SpecError(
            f"The {key} of column '{name}' is {array[bad][0]}.",
            remedy="Compute it without missing values.",
            column=name,
        )
    return array


def _chain(of: Mapping[str, float], name: str) -> Transform:
    if "min" in of:
        width = of["max"] - of["min"]
        _check_spread(width, name, "goes from its min to its max by")
        return Rescaling(1.0 / width, -of["min"] / width)
    key = "std" if "std" in of else "variance"
    _check_spread(of[key], name, f"has a {key} of")
    variance = of[key] ** 2 if key == "std" else of[key]
    return Normalization(mean=of["mean"], variance=variance)


def _check_spread(value: float, name: str, has: str) -> None:
    if not value > 0:
        raise SpecError(
            f"Column '{name}' {has} {value:g}, and nothing divides by that.",
            remedy="What was done with it? If it was constant, scikit-learn divides by 1: write 1.",
            column=name,
            value=value,
        )


def _profile(values: Mapping[str, Array], place: int) -> ColumnProfile:
    """What the statistics tell of the training values."""
    of = {key: float(array[place]) for key, array in values.items()}
    deviation = of.get("std", of["variance"] ** 0.5 if "variance" in of else None)
    return ColumnProfile(
        0,
        0,
        minimum=of.get("min"),
        maximum=of.get("max"),
        mean=of.get("mean"),
        deviation=deviation,
    )
