"""The outputs of a model, each matched with the target that it answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import keras
import numpy as np

from samescale.errors import ModelError
from samescale.models import _several
from samescale.models._several import Head

if TYPE_CHECKING:
    from samescale.fitted import Fitted
    from samescale.ir.types import Array

_SUM_MAY_BE_OFF = 0.02  # of probabilities in bfloat16
_ENDS: Final = (
    "keras.layers.Dense(1).",
    "keras.layers.Dense({count}, activation='softmax').",
)


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
    return tuple(
        _several.head(target, places[target.name], _shape(model, places[target.name]), _ENDS)
        for target in fitted.targets
    )


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
