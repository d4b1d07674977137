"""XGBoost's JSON, in one form.

It is described at https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html.

XGBoost follows the children and the features of a stored tree without looking. So what is stored
is read here, each tree is walked, and XGBoost is given what was understood, written anew: a second
reading of the same bytes by another parser doesn't happen.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.models._boosted import fault, parsed, reached

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array

_WHAT: Final = "XGBoost file"
_NUMBER: Final = re.compile(r"-?[0-9.]+([eE][+-]?[0-9]+)?")
_NUMBERS: Final = re.compile(r"\[?[-+0-9.eE,]{1,4000}\]?")
_WORD: Final = re.compile(r"[a-z0-9_:.@-]{1,60}|[-+0-9.eE\[\],]{1,4000}")
_MOST_GROUPS: Final = 100_000

# Of each array of a tree: what type its entries are.
_ARRAYS: Final[Mapping[str, type[np.generic]]] = {
    "base_weights": np.float32,
    "default_left": np.int64,
    "left_children": np.int64,
    "loss_changes": np.float32,
    "parents": np.int64,
    "right_children": np.int64,
    "split_conditions": np.float32,
    "split_indices": np.int64,
    "split_type": np.int64,
    "sum_hessian": np.float32,
}
_CATEGORIES: Final = ("categories", "categories_nodes", "categories_segments", "categories_sizes")


def canonical(data: bytes) -> bytes:
    """The same model in the form that is stored.

    Raises:
        ModelError: If it isn't sound; says where.
    """
    return written(parsed(data, _WHAT))


def written(given: Any) -> bytes:
    """The stored form of what a file of XGBoost's says.

    Raises:
        ModelError: As `canonical`.
    """
    try:
        made = _model(given)
        return json.dumps(made, separators=(",", ":"), allow_nan=False).encode("ascii")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        if hasattr(error, "remedy"):
            raise
        raise fault(_WHAT, f"{type(error).__name__}: {error}") from error


def learner(data: bytes) -> dict[str, Any]:
    """The learner of a file in the form that is stored, as JSON."""
    found: dict[str, Any] = json.loads(data)["learner"]
    return found


def _model(given: Mapping[str, Any]) -> dict[str, Any]:
    version = [_whole(part, 0, 10_000) for part in given["version"]]
    inside = given["learner"]
    width = _whole(inside["learner_model_param"]["num_feature"], 1, 2**31 - 1)
    groups = _groups(inside["learner_model_param"])
    names = [str(name) for name in inside.get("feature_names", [])]
    if names and len(names) != width:
        raise fault(_WHAT, f"{len(names)} names stand for {width} features")
    return {
        "learner": {
            "attributes": {},
            "feature_names": names,
            "feature_types": [],
            "gradient_booster": _booster(inside["gradient_booster"], width, groups),
            "learner_model_param": _words(inside["learner_model_param"]),
            "objective": _objective(inside["objective"]),
        },
        "version": version,
    }


def _groups(given: Mapping[str, Any]) -> int:
    classes = _whole(given["num_class"], 0, _MOST_GROUPS)
    targets = _whole(given.get("num_target", "1"), 0, _MOST_GROUPS)
    groups = max(classes, targets, 1)
    starts = (
        json.loads(given["base_score"].replace("+", ""))
        if _NUMBERS.fullmatch(given["base_score"])
        else None
    )
    if starts is None or not (np.isscalar(starts) or len(starts) in {1, groups}):
        raise fault(_WHAT, f"its base score is {given['base_score'][:40]!r}")
    return groups


def _objective(given: Mapping[str, Any]) -> dict[str, Any]:
    name = given["name"]
    made = {
        key: _words(value) if isinstance(value, dict) else _word(value)
        for key, value in given.items()
    }
    # The same margins; its answers are probabilities and not the likeliest class.
    return made | {"name": "multi:softprob"} if name == "multi:softmax" else made


def _booster(given: Mapping[str, Any], width: int, groups: int) -> dict[str, Any]:
    if given["name"] == "gbtree":
        return {"model": _trees(given["model"], width, groups), "name": "gbtree"}
    if given["name"] != "dart":
        raise fault(_WHAT, f"its booster is {str(given['name'])[:40]!r}, not trees")
    model = _trees(given["gbtree"]["model"], width, groups)
    drops = _floats(given["weight_drop"])
    if len(drops) != len(model["trees"]):
        raise fault(_WHAT, f"{len(drops)} weights stand for {len(model['trees'])} trees")
    return {
        "gbtree": {"model": model, "name": "gbtree"},
        "name": "dart",
        "weight_drop": drops,
    }


def _trees(given: Mapping[str, Any], width: int, groups: int) -> dict[str, Any]:
    trees = [_tree(one, number, width) for number, one in enumerate(given["trees"])]
    info = [_whole(group, 0, groups - 1) for group in given["tree_info"]]
    rounds = [_whole(place, 0, len(trees)) for place in given["iteration_indptr"]]
    param = given["gbtree_model_param"]
    if not trees or len(info) != len(trees) or _whole(param["num_trees"], 1, 2**31) != len(trees):
        raise fault(_WHAT, "its trees aren't as many as it says")
    if rounds[0] != 0 or rounds[-1] != len(trees) or rounds != sorted(rounds):
        raise fault(_WHAT, "its rounds aren't made of its trees")
    parallel = _whole(param["num_parallel_tree"], 1, len(trees))
    made = {
        "gbtree_model_param": {"num_parallel_tree": str(parallel), "num_trees": str(len(trees))},
        "iteration_indptr": rounds,
        "tree_info": info,
        "trees": trees,
    }
    return (
        {"cats": {"enc": [], "feature_segments": [], "sorted_idx": []}, **made}
        if "cats" in given
        else made
    )


def _tree(given: Mapping[str, Any], number: int, width: int) -> dict[str, Any]:
    what = f"XGBoost tree {number}"
    param = given["tree_param"]
    arrays = {key: _array(given[key], kind) for key, kind in _ARRAYS.items()}
    count = _whole(param["num_nodes"], 1, 2**31 - 1)
    if {array.shape for array in arrays.values()} != {(count,)}:
        raise fault(what, f"its arrays aren't of {count} nodes")
    if int(param["num_feature"]) != width or str(param["size_leaf_vector"]) not in {"0", "1"}:
        raise fault(what, "it is of another width, or gives several answers at once")
    if any(given.get(name) for name in _CATEGORIES) or arrays["split_type"].any():
        raise fault(what, "it splits by categories")
    kept = reached(arrays["left_children"], arrays["right_children"], what)
    arrays = _kept(arrays, kept)
    _check_nodes(arrays, width, what)
    return {
        **{name: _listed(arrays[name]) for name in _ARRAYS},
        **{name: [] for name in _CATEGORIES},
        "id": number,
        "tree_param": {
            "num_deleted": "0",
            "num_feature": str(width),
            "num_nodes": str(len(kept)),
            "size_leaf_vector": str(param["size_leaf_vector"]),
        },
    }


def _check_nodes(arrays: Mapping[str, Array], width: int, what: str) -> None:
    if np.any((arrays["split_indices"] < 0) | (arrays["split_indices"] >= width)):
        raise fault(what, f"it asks for a feature beyond its {width}")
    if not all(np.isfinite(arrays[name]).all() for name in _ARRAYS):
        raise fault(what, "a number in it isn't finite")


def _kept(arrays: Mapping[str, Array], kept: Array) -> dict[str, Array]:
    """The nodes that count, numbered anew: what was pruned leaves holes."""
    places = np.full(len(arrays["parents"]) + 1, -1)  # the last is that of -1
    places[kept] = np.arange(len(kept))
    made = {name: array[kept] for name, array in arrays.items()}
    left, right = (places[made[f"{side}_children"]] for side in ("left", "right"))
    parents = np.full(len(kept), 2**31 - 1)  # that of the root
    inner = np.flatnonzero(left >= 0)
    parents[left[inner]] = parents[right[inner]] = inner
    features = np.where(left >= 0, made["split_indices"], 0)
    return made | {
        "default_left": (made["default_left"] != 0) & (left >= 0),
        "left_children": left,
        "right_children": right,
        "parents": parents,
        "split_indices": features,
    }


def _array(given: Any, kind: type[np.generic]) -> Array:
    if not isinstance(given, list) or any(type(x) not in (int, float, bool) for x in given):
        raise fault(_WHAT, "an array holds something else than numbers")
    with np.errstate(over="ignore"):  # what overflows isn't finite, and refused for that
        return np.array(given, np.float64 if kind is np.float32 else np.int64).astype(kind)


def _listed(array: Array) -> list[Any]:
    """Numbers as JSON: float32 ones with the digits that they have."""
    if array.dtype == np.float32:
        return [float(str(number)) for number in array]
    return [int(number) for number in array]


def _floats(given: Any) -> list[float]:
    return _listed(_array(given, np.float32))


def _words(given: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): _word(value) for key, value in given.items()}


def _word(given: Any) -> str:
    if not isinstance(given, str) or not _WORD.fullmatch(given):
        raise fault(_WHAT, f"{str(given)[:40]!r} is no setting")
    return given


def _whole(given: Any, low: int, high: int) -> int:
    number = int(given)
    if not low <= number <= high:
        raise fault(_WHAT, f"{number} isn't between {low} and {high}")
    return number
