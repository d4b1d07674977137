"""CatBoost's symmetric trees as plain JSON.

CatBoost's own binary form is followed by its loader as it stands, and its JSON loses the last
digits of leaves on the way in. So what makes a model is kept here in a form of samescale's own,
checked when it is read, and CatBoost is given what was understood: JSON for the trees, and the
leaves as numbers.
"""

from __future__ import annotations

import dataclasses as dc
import json
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from samescale.errors import ModelError
from samescale.models._boosted import fault, parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array

_WHAT: Final = "CatBoost file"
_MISSING: Final = ("AsIs", "AsFalse", "AsTrue")
_MOST_DEPTH: Final = 16


@final
@dc.dataclass(frozen=True, slots=True)
class Feature:
    """What is asked of a feature.

    Attributes:
        borders: float32 values, ascending: a split asks whether the feature is above one.
        missing: What NaN answers: `AsTrue`, or no.
    """

    borders: tuple[float, ...]
    missing: str


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A symmetric tree: all nodes of a level ask the same.

    Attributes:
        splits: For each level the feature, and which of its borders.
        leaves: float64 `[2 ** levels, answers]`; a yes on level `i` adds `2 ** i` to the place.
    """

    splits: tuple[tuple[int, int], ...]
    leaves: Array


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """A model, understood.

    Attributes:
        loss: What it was trained for, as CatBoost calls it.
        classes: The class codes in the order of its scores; empty for a number.
        features: One for each feature.
        trees: The trees.
        scale: Multiplies their sum.
        bias: Is added, one number an answer.
    """

    loss: str
    classes: tuple[int, ...]
    features: tuple[Feature, ...]
    trees: tuple[Tree, ...]
    scale: float
    bias: tuple[float, ...]

    @property
    def data(self) -> bytes:
        """The form that is stored."""
        made = {
            "loss": self.loss,
            "classes": list(self.classes),
            "scale": self.scale,
            "bias": list(self.bias),
            "features": [
                {"borders": [_short(x) for x in one.borders], "missing": one.missing}
                for one in self.features
            ],
            "trees": [
                {"splits": [list(x) for x in one.splits], "leaves": one.leaves.ravel().tolist()}
                for one in self.trees
            ],
        }
        return json.dumps(made, separators=(",", ":"), allow_nan=False).encode("ascii")

    @property
    def leaves(self) -> Array:
        """All leaves, as CatBoost takes them."""
        return np.concatenate([tree.leaves.ravel() for tree in self.trees])

    def catboost(self) -> bytes:
        """CatBoost's own JSON of it."""
        starts = np.cumsum([0, *(len(one.borders) for one in self.features)])
        trees = [
            {
                "leaf_values": tree.leaves.ravel().tolist(),
                "splits": [self._split(place, border, starts) for place, border in tree.splits],
            }
            for tree in self.trees
        ]
        features = [
            {
                "borders": [_short(x) for x in one.borders],
                "feature_id": "",
                "feature_index": place,
                "flat_feature_index": place,
                "has_nans": one.missing != "AsIs",
                "nan_value_treatment": one.missing,
            }
            for place, one in enumerate(self.features)
        ]
        made = {
            "features_info": {"float_features": features},
            "oblivious_trees": trees,
            "scale_and_bias": [self.scale, list(self.bias)],
        }
        return json.dumps(made, allow_nan=False).encode("ascii")

    def _split(self, place: int, border: int, starts: Array) -> dict[str, Any]:
        return {
            "border": _short(self.features[place].borders[border]),
            "float_feature_index": place,
            "split_index": int(starts[place]) + border,
            "split_type": "FloatFeature",
        }


def read(data: bytes) -> Stored:
    """A stored model, every part of it sound.

    Raises:
        ModelError: If it isn't; says where.
    """
    try:
        return _read(parsed(data, _WHAT))
    except ModelError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise fault(_WHAT, f"{type(error).__name__}: {error}") from error


def _read(given: Any) -> Stored:
    keys = {"loss", "classes", "scale", "bias", "features", "trees"}
    if not isinstance(given, dict) or set(given) != keys or type(given["loss"]) is not str:
        raise fault(_WHAT, f"it hasn't just {', '.join(sorted(keys))}")
    features = tuple(_feature(one) for one in given["features"])
    bias = tuple(_numbers(given["bias"]).tolist())
    trees = tuple(_tree(one, features, len(bias), n) for n, one in enumerate(given["trees"]))
    if not trees or not bias or not features:
        raise fault(_WHAT, "there are no trees, no answers or no features")
    classes = given["classes"]
    if not isinstance(classes, list) or any(type(code) is not int for code in classes):
        raise fault(_WHAT, "its classes aren't codes")
    scale = float(_numbers([given["scale"]])[0])
    return Stored(given["loss"], tuple(classes), features, trees, scale, bias)


def _feature(given: Any) -> Feature:
    with np.errstate(over="ignore"):
        borders = _numbers(given["borders"]).astype(np.float32)
    if not np.isfinite(borders).all() or np.any(np.diff(borders) <= 0):
        raise fault(_WHAT, "a feature's borders don't ascend")
    if given["missing"] not in _MISSING:
        raise fault(_WHAT, f"NaN is {str(given['missing'])[:20]!r}")
    return Feature(tuple(borders.tolist()), given["missing"])


def _tree(given: Any, features: Sequence[Feature], answers: int, number: int) -> Tree:
    what = f"CatBoost tree {number}"
    splits = tuple((place, border) for place, border in given["splits"])
    if len(splits) > _MOST_DEPTH:
        raise fault(what, f"it has {len(splits)} levels")
    for place, border in splits:
        if type(place) is not int or type(border) is not int:
            raise fault(what, "a split isn't two whole numbers")
        if not (0 <= place < len(features) and 0 <= border < len(features[place].borders)):
            raise fault(what, "it asks for a border that there isn't")
    leaves = _numbers(given["leaves"])
    if len(leaves) != 2 ** len(splits) * answers:
        raise fault(what, f"{len(leaves)} leaves stand behind {len(splits)} levels")
    return Tree(splits, leaves.reshape(-1, answers))


def _numbers(given: Any) -> Array:
    if not isinstance(given, list) or any(type(x) not in (int, float) for x in given):
        raise fault(_WHAT, "a list holds something else than numbers")
    return np.array(given, np.float64)


def _short(number: float) -> float:
    """A float32 with the digits that it has."""
    return float(str(np.float32(number)))
