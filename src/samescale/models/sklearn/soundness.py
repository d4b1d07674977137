"""Whether the parts that index memory by their own contents point inside it.

scikit-learn's trees are arrays of records that name their children and the feature they ask, and
its compiled code follows them without looking. A stored tree is therefore walked once before it is
used: every child comes after its parent, every feature is one of the matrix.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.fitted import Fitted

# These pass their matrix on to their trees unchecked, so the trees must be of its width.
_UNCHECKED = ("Forest", "ExtraTrees", "GradientBoosting", "RandomTreesEmbedding")


def check(model: Any, width: int) -> None:
    """See that no tree in `model` reads outside its arrays.

    Args:
        model: The estimator, rebuilt from a file.
        width: How many features its matrix has.

    Raises:
        ModelError: Naming the part that is malformed.
    """
    for part, features in _parts(model, width):
        name = type(part).__name__
        sound = _CHECKS.get(name)
        if sound and not sound(part, features):
            raise ModelError(
                f"A {name} in the model points outside its own arrays.",
                remedy="The file was made by hand or damaged; get it again from its source.",
                type=name,
            )


def task(fitted: Fitted) -> str:
    """`classification` if a target is a class, else `regression`."""
    known = any(target.classes is not None for target in fitted.targets)
    return "classification" if known else "regression"


def check_mixed(model: Any, fitted: Fitted) -> None:
    """See that the targets are all numbers or all classes: an estimator answers for one of both.

    Raises:
        ModelError: Naming one of each.
    """
    by_task = {target.task: target.name for target in fitted.targets}
    if len(by_task) > 1:
        raise ModelError(
            f"{type(model).__name__} answers for numbers or for classes, and of the targets "
            f"'{by_task['regression']}' is a number and '{by_task['classification']}' a class.",
            remedy="Train a network with an output for each, or a model for each of both.",
        )


def check_lists(model: Any, fitted: Fitted) -> None:
    """See that the estimator gives a list of probabilities, an array for each target.

    Raises:
        ModelError: If it gives anything else, as a chain or a network of yes and no does.
    """
    with warnings.catch_warnings():  # of names that a frame had
        warnings.simplefilter("ignore")
        given = model.predict_proba(np.zeros((1, int(model.n_features_in_))))
    count, known = len(fitted.targets), getattr(model, "classes_", None)
    sound = isinstance(given, list) and isinstance(known, list)
    if not sound or not len(given) == len(known or ()) == count:
        raise ModelError(
            f"{type(model).__name__} doesn't give probabilities for each of the {count} targets.",
            remedy="Wrap a classifier: sklearn.multioutput.MultiOutputClassifier(…).fit(matrix, "
            "np.column_stack([*fitted.labels(table).values()])).",
        )


def estimators(model: Any) -> Iterator[Any]:
    """Every estimator inside `model`, itself included."""
    return (part for part, _ in _parts(model, 0) if hasattr(part, "get_params"))


def _parts(model: Any, width: int) -> Iterator[tuple[Any, int]]:
    """Every object inside, each once, with how many features it is asked about."""
    seen: dict[int, Any] = {}
    stack: list[tuple[Any, int, bool]] = [(model, width, False)]
    while stack:
        part, features, fixed = stack.pop()
        if id(part) in seen or isinstance(part, str | bytes | int | float | type(None)):
            continue
        seen[id(part)] = part
        if type(part).__module__.startswith("sklearn."):
            own = getattr(part, "__dict__", {}).get("n_features_in_", features)
            features = features if fixed or not isinstance(own, int | np.integer) else int(own)
            fixed = fixed or any(mark in type(part).__name__ for mark in _UNCHECKED)
            yield part, features
        stack.extend((child, features, fixed) for child in _children(part))


def _children(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, list | tuple | set):
        return list(part)
    if isinstance(part, np.ndarray):
        return part.ravel().tolist() if part.dtype == object else []
    if type(part).__module__.startswith("sklearn."):
        return list(getattr(part, "__dict__", {}).values())
    return []


def _tree(part: Any, features: int) -> bool:
    left, right, asked = part.children_left, part.children_right, part.feature
    place = np.arange(part.node_count)
    inner = left != -1
    return (
        part.node_count > 0
        and bool(np.all(_after(left, place)[inner] & _after(right, place)[inner]))
        and bool(np.all((asked[inner] >= 0) & (asked[inner] < min(features, part.n_features))))
        and bool(np.all(right[~inner] == -1))
    )


def _predictor(part: Any, features: int) -> bool:
    nodes = part.nodes
    place = np.arange(len(nodes))
    inner = nodes["is_leaf"] == 0
    by_category = inner & (nodes["is_categorical"] != 0)
    sets = min(len(part.binned_left_cat_bitsets), len(part.raw_left_cat_bitsets))
    left, right, asked = (nodes[name].astype(np.int64) for name in ("left", "right", "feature_idx"))
    return (
        len(nodes) > 0
        and bool(np.all((_after(left, place) & _after(right, place))[inner]))
        and bool(np.all((asked[inner] >= 0) & (asked[inner] < features)))
        and bool(np.all(nodes["bitset_idx"][by_category] < sets))
    )


def _after(child: Any, place: Any) -> Any:
    return (child > place) & (child < len(place))


def _kd_tree(part: Any, features: int) -> bool:
    data, index, nodes, bounds = (np.asarray(array) for array in part.get_arrays())
    rows = len(data)
    return (
        data.shape[1] <= features
        and len(index) == rows
        and bool(np.all((index >= 0) & (index < rows)))
        and bool(np.all((nodes["idx_start"] >= 0) & (nodes["idx_end"] <= rows)))
        and bool(np.all(nodes["idx_start"] <= nodes["idx_end"]))
        and bounds.shape[1:] == (len(nodes), data.shape[1])
        and bool(np.all(nodes["is_leaf"][len(nodes) // 2 :] != 0))
    )


_CHECKS = {"Tree": _tree, "TreePredictor": _predictor, "KDTree": _kd_tree, "KDTree64": _kd_tree}
