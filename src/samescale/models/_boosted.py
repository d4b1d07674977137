"""What the kinds of boosted trees share: checks, safe reading, data of a training."""

from __future__ import annotations

import dataclasses as dc
import json
import math
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from samescale.errors import DataError, ModelError
from samescale.models import _twice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.sources.base import Source

MOST_BYTES: Final = 2**31
_TRAIN: Final = "Train it on fitted.matrix(table) and fitted.labels(table)."


@final
@dc.dataclass(frozen=True, slots=True)
class Form:
    """What a boosted model says of itself.

    Attributes:
        name: Its class.
        width: How many features it takes.
        names: What it calls them, if somebody named them.
        answers: How many numbers it gives for a row.
        chances: Whether they are probabilities of classes, by its objective.
        objective: What it was trained for, as its library calls it.
        classes: The class codes in the order of its probabilities.
    """

    name: str
    width: int
    names: tuple[str, ...] | None
    answers: int
    chances: bool
    objective: str
    classes: tuple[Any, ...] = ()


def check(form: Form, fitted: Fitted) -> None:
    """See that a model of `form` fits the preprocessing.

    Raises:
        ModelError: If it is of another width or other names, or predicts another kind of target.
    """
    if form.width != len(fitted.feature_names):
        raise ModelError(
            f"{form.name} was trained on {form.width} features; this preprocessing gives "
            f"{len(fitted.feature_names)}.",
            remedy="Train it on fitted.matrix(table) of this very fitted.",
            value=form.width,
        )
    _check_names(form, fitted)
    if fitted.classes is None:
        _check_number(form, fitted)
    else:
        _check_classes(form, len(fitted.classes))


def in_order(found: Array, classes: Sequence[int], count: int) -> Array:
    """A library's probabilities as `[rows, count]`: a class that it didn't meet has none.

    Args:
        found: `[rows, classes]`, or `[rows]`: the chances of the second of two.
        classes: The code of each column of `found`.
        count: How many classes the target has.
    """
    both = np.stack([1 - found, found], axis=1) if found.ndim == 1 else found
    if list(classes) == list(range(count)):
        return both
    result = np.zeros((len(both), count), both.dtype)
    result[:, list(classes)] = both
    return result


def table(fitted: Fitted, source: Source) -> tuple[Array, Array]:
    """Features and labels of a whole source: float32 rows × features, and one label a row.

    Raises:
        ModelError: If the spec has no target, or it is a class and there is only one.
    """
    if fitted.target is None:
        raise ModelError(
            "There is nothing to learn: the spec has no target.",
            remedy="Declare one: ss.Spec(…, target=ss.Target(…)).",
        )
    if fitted.classes is not None and len(fitted.classes) < 2:  # noqa: PLR2004 - one is no choice
        raise ModelError(
            f"The target '{fitted.target.name}' has one class: {list(fitted.classes)}.",
            remedy="Adapt on data that holds more classes.",
        )
    pieces = [
        (fitted.matrix(chunk.columns), fitted.labels(chunk.columns))
        for chunk in source.chunks((*fitted.schema.names, fitted.target.name))
    ]
    if not pieces:
        label = np.float32 if fitted.classes is None else np.int64
        return np.zeros((0, len(fitted.feature_names)), np.float32), np.zeros(0, label)
    matrix, labels = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return matrix, labels


def training_table(fitted: Fitted, source: Source) -> tuple[Array, Array]:
    """`table`, with at least a row.

    Raises:
        DataError: If there is none.
    """
    matrix, labels = table(fitted, source)
    if not len(labels):
        raise DataError("There are no rows to train on.", remedy="Give a table with rows.")
    return matrix, labels


def parsed(data: bytes, what: str) -> Any:
    """The value of JSON that nobody vouches for: no key twice, no infinity, no NaN.

    Raises:
        ModelError: If it is anything else.
    """
    if len(data) > MOST_BYTES:
        raise fault(what, f"{len(data)} bytes are more than {MOST_BYTES}")
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_constant,
            parse_float=_finite,
        )
    except RecursionError:
        raise fault(what, "it is nested too deeply") from None
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are both
        raise fault(what, str(error)) from None


def reached(left: Array, right: Array, what: str) -> Array:
    """The nodes of a tree that its root leads to, in ascending order; every one of them once.

    Args:
        left: Each node's left child; -1 in a leaf.
        right: Each node's right child; -1 in a leaf.
        what: The tree, for the message.

    Raises:
        ModelError: If a child lies outside, a node has one child, or two nodes have the same.
    """
    count, leaf = len(left), left < 0
    inner = ~leaf
    if not count or np.any(leaf != (right < 0)) or np.any(left[leaf] != -1):
        raise fault(what, "a node has one child")
    children = np.concatenate([left[inner], right[inner]])
    if np.any(children < 1) or np.any(children >= count):
        raise fault(what, "a child lies outside of it")
    if len(np.unique(children)) < len(children):
        raise fault(what, "two nodes have the same child")
    seen = np.zeros(count, bool)
    level = np.zeros(1, np.int64)
    while len(level):  # no node has two parents and the root has none, so this ends
        seen[level] = True
        level = level[inner[level]]
        level = np.concatenate([left[level], right[level]])
    return np.flatnonzero(seen)


def fault(what: str, why: str) -> ModelError:
    """The error of a stored model that isn't what samescale wrote."""
    return ModelError(
        f"The model's {what} isn't sound: {why}.",
        remedy="The file was made by hand or damaged; get it again from its source.",
    )


def _check_names(form: Form, fitted: Fitted) -> None:
    if form.names is None:
        return
    if set(form.names) == set(fitted.schema.names):
        # Where every column is one feature, features and raw columns have the same names.
        changed = next((name for name in form.names if _twice.changes(fitted, name)), None)
        if changed is not None:
            raise ModelError(
                f"{form.name} was trained on a frame with the raw columns' names, and '{changed}' "
                "is given to it transformed: nothing tells whether it was so then.",
                remedy="Train it on fitted.matrix(table), as it comes: an array without names.",
                column=changed,
            )
    if form.names != fitted.feature_names:
        wrong = next((n for n in form.names if n not in fitted.feature_names), form.names[0])
        raise ModelError(
            f"{form.name} was trained on a frame with the feature '{wrong}', which isn't where "
            "this preprocessing has it.",
            remedy="Train it on fitted.matrix(table).",
            value=wrong,
        )


def _check_number(form: Form, fitted: Fitted) -> None:
    if fitted.target is None:
        return
    if form.chances:
        raise ModelError(
            f"{form.name} predicts classes ({form.objective}), and the target "
            f"'{fitted.target.name}' is a number.",
            remedy="Begin the target's chain with a lookup, or train a regressor.",
        )
    if form.answers > 1:
        raise ModelError(
            f"{form.name} gives {form.answers} answers for a row, and '{fitted.target.name}' is "
            "one.",
            remedy="Train it on fitted.labels(table).",
            value=form.answers,
        )


def _check_classes(form: Form, count: int) -> None:
    if not form.chances:
        raise ModelError(
            f"{form.name} gives no probabilities ({form.objective}), and the target is a class.",
            remedy="Train it for a logistic or a multiclass objective that gives probabilities.",
        )
    whole = all(isinstance(code, int) and 0 <= code < count for code in form.classes)
    if not whole or len(set(form.classes)) < len(form.classes):
        raise ModelError(
            f"{form.name} was trained on the classes {list(form.classes)[:5]}, not on class codes "
            f"0 to {count - 1}.",
            remedy=_TRAIN,
        )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _constant(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} overflows")
    return number
