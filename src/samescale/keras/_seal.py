"""When the statistics of a layer may still change: until something has used them.

What a network has learned, it has learned of values that these statistics scaled. Keras takes a
second `adapt` at any time, so that the network sees other values than it was trained on, and, on
JAX and TensorFlow, `predict` still answers by the old statistics while the saved file has the new.

The state is the layer's attribute `sealed`, set in `__init__`, and written to its config.
"""

from __future__ import annotations

from typing import Any

from keras.src.backend.common.global_state import get_global_attribute
from keras.src.backend.common.stateless_scope import in_stateless_scope
from keras.src.backend.common.symbolic_scope import in_symbolic_scope
from keras.src.utils.backend_utils import in_tf_graph

from samescale.errors import ModelError


def seal(layer: Any) -> None:
    """From now on, `adapt` asks for `readapt=True`."""
    layer.sealed = True


def used(layer: Any) -> None:
    """Seal a layer that is run inside a model or a `tf.data` pipeline; `__call__` says so first.

    Building a model runs it on symbols alone, and a call of the layer by itself leaves nothing
    behind that statistics could contradict: neither seals.
    """
    if layer.sealed or in_symbolic_scope():
        return
    # What is called from without has no context yet, or its own.
    context = get_global_attribute("current_call_ctx")
    outermost = None if context is None else context.entry_layer
    # JAX' fit and predict run a model as a function of its state, and call its layers alone.
    if (outermost is not None and outermost is not layer) or in_stateless_scope() or in_tf_graph():
        seal(layer)


def refuse_if_sealed(layer: Any, *, readapt: bool = False) -> None:
    """Raise if the layer is sealed, unless a new adapt is asked for by name.

    Raises:
        ModelError: If it is.
    """
    if layer.sealed and not readapt:
        raise ModelError(
            f"The layer '{layer.name}' was used by a model, so its statistics are sealed: a "
            "network that was trained with them would be given other values than it has learned.",
            remedy="Make a new layer for other data; or say layer.adapt(data, readapt=True) and "
            "train the model anew.",
            layer=layer.name,
        )


def refuse_unadapted(layer: Any, *, instead: str = "") -> None:
    """Raise because a layer that learns has learned nothing.

    Args:
        layer: The layer.
        instead: The arguments that would do instead of `adapt`, as text.

    Raises:
        ModelError: Unless only a model is being built.
    """
    if in_symbolic_scope():
        return
    given = f" give {instead} or" if instead else ""
    raise ModelError(
        f"The layer '{layer.name}' was not adapted: it has learned nothing from data.",
        remedy=f"You need to{given} call {type(layer).__name__}.adapt(training_data) before the "
        "layer, or a model that it is in, is used.",
        layer=layer.name,
    )
