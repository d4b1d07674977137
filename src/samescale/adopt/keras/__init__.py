"""Keras' preprocessing layers, alone or at the front of a model, as fitted values.

A model is split: the layers directly behind its inputs become the preprocessing, the rest is the
model. Keras is imported when one is adopted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.adopt._fitted import Adopted

__all__ = ["accepts", "adopt"]


def accepts(value: object) -> bool:
    """Whether it is a layer or a model of Keras'."""
    return any(
        base.__name__ == "Layer" and base.__module__.partition(".")[0] == "keras"
        for base in type(value).__mro__
    )


def adopt(given: object, *, columns: Sequence[str] | None = None, target: object = None) -> Adopted:
    """The preprocessing of a Keras model or layer, and the rest of the model.

    Normalization (adapted, or of constants), Rescaling, Discretization, CategoryEncoding,
    StringLookup and IntegerLookup are taken, one behind another. An input of one entry a row is a
    plain column of the input's name, one of several a column of their shape, or with `columns`
    plain columns.

    Each feature is computed as one subtraction and one multiplication by a constant, where Keras
    divides, or multiplies and adds: for one layer they are within 2 ulp (float32) of the greater of
    what is subtracted from and the result. Codes and vectors are equal.

    Args:
        given: A layer, or a built Sequential or Functional model.
        columns: For one input of several entries a row, a name for each entry.
        target: What the model predicts: a name, or a name and the classes in the model's order.

    Returns:
        The preprocessing; and the rest of the model, which takes the features. Where it has
        several inputs, or one of codes, it is a model with the preprocessing inside, as
        `fitted.to_keras` makes it. The layers are shared, not copied. Of a layer alone: no model.

    Raises:
        SpecError: If a layer isn't adapted, can't be exact (Hashing, several indices for unknown
            tokens, half precision), or there is no preprocessing; names the layer.
    """
    from samescale.adopt.keras.assembly import adopted

    return adopted(given, columns, target)
