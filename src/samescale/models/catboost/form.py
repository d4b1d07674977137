"""What a CatBoost model says of itself."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.errors import ModelError
from samescale.models._boosted import Form, fault, parsed
from samescale.models.catboost.links import BINARY, EXPONENT, MULTI, PLAIN
from samescale.models.catboost.stored import Feature, Stored, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE: Final = "CatBoost file"
_UNNAMED: Final = re.compile(r"[0-9]+")


def of(model: Any) -> Form:
    """The form of a trained model.

    Raises:
        ModelError: If it isn't trained, or `read` refuses it.
    """
    names = tuple(str(name) for name in model.feature_names_ or ())
    unnamed = all(_UNNAMED.fullmatch(name) for name in names)
    return form(read(model), type(model).__name__, None if unnamed else names)


def form(found: Stored, name: str, names: tuple[str, ...] | None = None) -> Form:
    """The form of a stored model, that calls itself `name`."""
    return Form(
        name=name,
        width=len(found.features),
        names=names,
        answers=len(found.bias),
        chances=found.loss in (*BINARY, *MULTI),
        objective=found.loss,
        classes=found.classes,
    )


def read(model: Any) -> Stored:
    """A model as it's stored. After an early stop it holds the trees up to the best round.

    Raises:
        ModelError: If it isn't trained, asks for more than numbers, has trees of another shape
            or a loss that isn't known; or was restored from a bundle, which tells no loss.
    """
    if not model.is_fitted() or not model.tree_count_:
        raise ModelError(
            f"{type(model).__name__} isn't trained.",
            remedy="Call fit(fitted.matrix(table), fitted.labels(table)) first.",
        )
    kept = getattr(model, "samescale_", None)
    if isinstance(kept, Stored):
        return kept
    given = _written(model)
    _check(type(model).__name__, given)
    loss = _loss(type(model).__name__, given)
    scale, bias = model.get_scale_and_bias()
    starts = np.atleast_1d(np.asarray(bias, np.float64))
    features = tuple(
        Feature(tuple(map(float, one["borders"])), one["nan_value_treatment"])
        for one in given["features_info"]["float_features"]
    )
    trees = _trees(given["oblivious_trees"], features, model.get_leaf_values(), len(starts))
    return Stored(loss, _classes(model, loss), features, trees, float(scale), (*starts.tolist(),))


def received(content: bytes) -> Stored:
    """What a JSON file of CatBoost's says, as it's stored.

    Raises:
        ModelError: As `read`, or if it isn't such a file.
    """
    given = parsed(content, _FILE)
    try:
        return _received(given)
    except ModelError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise fault(_FILE, f"{type(error).__name__}: {error}") from error


def _received(given: Mapping[str, Any]) -> Stored:
    _check("The model", given)
    loss = _loss("The model", given)
    scale, starts = given["scale_and_bias"]
    features = tuple(
        Feature(tuple(map(float, one["borders"] or ())), one["nan_value_treatment"])
        for one in given["features_info"]["float_features"]
    )
    trees = given["oblivious_trees"]
    leaves = np.array([leaf for one in trees for leaf in one["leaf_values"]], np.float64)
    classes = _told_classes(given) if loss in (*BINARY, *MULTI) else ()
    made = _trees(trees, features, leaves, len(starts))
    return Stored(loss, classes, features, made, float(scale), (*map(float, starts),))


def _told_classes(given: Mapping[str, Any]) -> tuple[Any, ...]:
    told = given["model_info"]["class_params"]["class_names"]
    whole = all(type(one) is int or (type(one) is float and one.is_integer()) for one in told)
    if not whole:
        raise ModelError(
            f"The model was trained on the classes {told[:5]!r:.80}, not on class codes.",
            remedy="Load it in Python, and train it on fitted.labels(table).",
        )
    return tuple(map(int, told))


def _written(model: Any) -> dict[str, Any]:
    """The JSON that CatBoost writes, which it does to files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def _check(name: str, given: Mapping[str, Any]) -> None:
    others = sorted(set(given["features_info"]) - {"float_features"})
    if any(given["features_info"][other] for other in others):
        raise ModelError(
            f"{name} takes {others[0].replace('_', ' ')}.",
            remedy="Train it on fitted.matrix(table), without cat_features or text_features.",
        )
    if "oblivious_trees" not in given:
        raise ModelError(
            f"{name}'s trees aren't symmetric.",
            remedy="Train it with grow_policy='SymmetricTree', which is the default.",
        )


def _loss(name: str, given: Mapping[str, Any]) -> str:
    loss = str(given["model_info"]["params"]["loss_function"]["type"])
    if loss not in (*BINARY, *MULTI, *EXPONENT, *PLAIN):
        raise ModelError(
            f"{name} was trained for the loss '{loss}', which isn't stored.",
            remedy=f"These are: {', '.join((*BINARY, *MULTI, *EXPONENT, *PLAIN))}.",
            value=loss,
        )
    return loss


def _classes(model: Any, loss: str) -> tuple[Any, ...]:
    if loss not in (*BINARY, *MULTI):
        return ()
    return tuple(np.asarray(model.classes_).tolist())


def _trees(
    given: list[Any], features: tuple[Feature, ...], leaves: Any, answers: int
) -> tuple[Tree, ...]:
    places = [{np.float32(b): i for i, b in enumerate(one.borders)} for one in features]
    trees, at = [], 0
    for one in given:
        asked = [(x["float_feature_index"], np.float32(x["border"])) for x in one["splits"] or []]
        splits = tuple((int(place), places[place][border]) for place, border in asked)
        size = 2 ** len(splits) * answers
        # CatBoost writes leaves with fewer digits than they have; these are the numbers.
        trees.append(Tree(splits, np.asarray(leaves[at : at + size]).reshape(-1, answers)))
        at += size
    return tuple(trees)
