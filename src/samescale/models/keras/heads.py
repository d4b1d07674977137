"""The outputs of a model, each matched with the target that it answers for."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import keras
import numpy as np

from samescale.errors import ModelError
from samescale.models import _several

if TYPE_CHECKING:
    from samescale.fitted import Fitted
    from samescale.ir.types import Array

_SUM_MAY_BE_OFF = 0.02  # of probabilities in bfloat16


@final
@dc.dataclass(frozen=True, slots=True)
class Head:
    """One output.

    Attributes:
        name: The target's name; empty where there is none.
        place: Where it stands among the model's outputs.
        shape: What it gives for a row.
        sigmoid: Whether its one number is the second class's probability.
    """

    name: str
    place: int
    shape: tuple[int | None, ...]
    sigmoid: bool

    def shaped(self, answers: Array) -> Array:
        """Answers as `Runtime.predict` gives them: a sigmoid in two columns, a number alone."""
        if self.sigmoid:
            one = answers.reshape(len(answers), 1)
            return np.concatenate([1 - one, one], axis=1)
        return answers[:, 0] if answers.shape[1:] == (1,) else answers


def heads_of(model: keras.Model, fitted: Fitted) -> tuple[Head, ...]:
    """The outputs of a model in the order of the targets; one where there is no target.

    Outputs are matched by name (the keys of a dict, or the names of the layers that end in them),
    else by their order.

    Raises:
        ModelError: If there are more or fewer, or one doesn't give what its target is.
    """
    if not fitted.targets:
        _several.check_count(len(model.outputs), fitted)
        return (Head("", 0, _shape(model, 0), sigmoid=False),)
    places = _several.places(len(model.outputs), _names(model), fitted, strict=_is_dict(model))
    return tuple(_head(model, place, fitted.by_target[name]) for name, place in places.items())


def check_probabilities(head: Head, found: Array) -> None:
    """See that what an output gave for probe rows are probabilities.

    Args:
        head: An output that answers for a class.
        found: What it gave.

    Raises:
        ModelError: If they are logits, or all the same 1.
    """
    found = found.astype(np.float64)
    found = found[np.isfinite(found.reshape(len(found), -1)).all(axis=1)]
    if not len(found):
        return
    sums = np.ones(1) if head.sigmoid else found.sum(axis=-1)
    inside = (found >= 0).all() and (found <= 1 + _SUM_MAY_BE_OFF).all()
    if not inside or (np.abs(sums - 1) > _SUM_MAY_BE_OFF).any():
        raise ModelError(
            "The model's answers aren't probabilities: are they logits?",
            remedy="End it with activation='softmax' (or 'sigmoid' for one number).",
            target=head.name,
        )
    if head.sigmoid and (found == 1).all():
        raise ModelError(
            "The model gives exactly 1 for every row: so does a softmax of one number.",
            remedy="End it with keras.layers.Dense(1, activation='sigmoid').",
            target=head.name,
        )


def _head(model: keras.Model, place: int, fitted: Fitted) -> Head:
    shape, (target,) = _shape(model, place), fitted.targets
    count = 0 if target.classes is None else len(target.classes)
    sigmoid = count == 2 and shape in {(), (1,)}  # noqa: PLR2004 - one and the other
    if not count and shape not in {(), (1,)}:
        raise ModelError(
            f"The model gives {shape} for a row, and '{target.name}' is a number.",
            remedy="End it with keras.layers.Dense(1).",
        )
    if count and not sigmoid and shape != (count,):
        raise ModelError(
            f"The model gives {shape} for a row, and the target '{target.name}' has "
            f"{count} classes.",
            remedy=f"End it with keras.layers.Dense({count}, activation='softmax').",
        )
    return Head(target.name, place, shape, sigmoid)


def _shape(model: keras.Model, place: int) -> tuple[int | None, ...]:
    return tuple(model.outputs[place].shape[1:])


def _is_dict(model: keras.Model) -> bool:
    return isinstance(getattr(model, "_outputs_struct", None), dict)


def _names(model: keras.Model) -> list[str]:
    """The names of the outputs, in the order in which Keras flattens them."""
    if _is_dict(model):
        named = keras.tree.flatten({key: key for key in model._outputs_struct})  # noqa: SLF001 - nothing public says it
        return [str(name) for name in named]
    return [_made_by(x) for x in model.outputs]


def _made_by(x: keras.KerasTensor) -> str:
    """The name of the layer that an output ends in, inside nested models too."""
    layer, _, place = x._keras_history  # noqa: SLF001 - nothing public says it
    return _made_by(layer.outputs[place]) if isinstance(layer, keras.Model) else str(layer.name)
