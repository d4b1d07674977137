"""`protect`: one line around a Keras model that exists already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from samescale.keras.protection.keeper import NAME, Keeper, stored
from samescale.keras.protection.layers import seal_all, warn_of
from samescale.keras.protection.methods import install

if TYPE_CHECKING:
    from samescale.guard.policies import Policies


def protect(model: Any, *, policies: Policies = None, reorder: bool = False) -> Any:
    """Seal the preprocessing of a Keras model, and hold what it predicts on against its training.

    Its preprocessing layers, Keras' own and those of `samescale.keras`, nested ones too, refuse
    `adapt` from now on (`adapt(data, readapt=True)` says that it is meant). The first `fit` records
    the input contract: names and order of the columns where a frame or a dict is given, shapes,
    kinds, and for each feature how it was distributed. `predict`, `evaluate`, `predict_on_batch`
    and a call on values are then checked: names, order, shape and kind are refused with a
    SchemaError; values unlike those of training (outside their extent, missing far more or less
    often, or with a mistake that has a name: normalised already, columns or channels exchanged,
    another unit, other pixels) are told by a `GuardWarning`, or refused, by policy. At most 2,048
    rows of an array, and the first batch of a dataset, are looked at.

    A `.keras` file keeps the contract; `samescale.keras.load_model` protects what it loads.

    Args:
        model: A functional, sequential or subclassed model. It is changed, and given back.
        policies: `off`, `observe`, `warn` or `raise` for all rules on values, or by the name of a
            rule or a mistake, as `Predictor` takes them. What is to be repaired is refused: the
            values are the caller's.
        reorder: Whether columns of a frame in another order are put in that of training; refused
            by default.

    Returns:
        The same model.

    Raises:
        SpecError: For a rule, a mistake or a policy that there isn't.

    Examples:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> protect(model) is model
        True
    """
    keeper = getattr(model, NAME, None)
    if keeper is None:
        keeper = Keeper()
        setattr(model, NAME, keeper)
        install(model, keeper)
    keeper.settle(policies=policies, reorder=reorder)
    seal_all(model)
    warn_of(model)
    return model


def load_model(
    path: Any, *, policies: Policies = None, reorder: bool = False, **options: Any
) -> Any:
    """`keras.saving.load_model`, with `protect` and the contract that the file keeps.

    Args:
        path: A `.keras` file.
        policies: As in `protect`.
        reorder: As in `protect`.
        options: What Keras takes: `custom_objects`, `compile`, `safe_mode`.

    Raises:
        FormatError: If the contract in the file can't be read.
    """
    model = keras.saving.load_model(path, **options)
    contract = stored(path)
    protect(model, policies=policies, reorder=reorder)
    if contract is not None:
        getattr(model, NAME).record(contract)
    return model
