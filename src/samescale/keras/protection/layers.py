"""The preprocessing layers of a model: sealed, and looked at for what is silently wrong."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, final

import keras

from samescale.errors import ModelError
from samescale.keras._known import concrete
from samescale.keras._seal import refuse_if_sealed, seal

if TYPE_CHECKING:
    from collections.abc import Iterator

_NORMALIZATION = keras.layers.Normalization
_OF_KERAS = (
    _NORMALIZATION,
    keras.layers.Discretization,
    keras.layers.StringLookup,
    keras.layers.IntegerLookup,
    keras.layers.TextVectorization,
)


def learning(model: Any) -> Iterator[Any]:
    """The layers that learn by `adapt`, nested ones too."""
    for layer in model._flatten_layers(include_self=False):  # noqa: SLF001 - Keras' walk of nested layers
        if isinstance(layer, _OF_KERAS) or hasattr(layer, "sealed"):
            yield layer


def seal_all(model: Any) -> None:
    """Have every one of them refuse `adapt`, once it was adapted."""
    for layer in learning(model):
        if unadapted(layer):
            continue
        if hasattr(layer, "sealed"):
            seal(layer)
        elif not isinstance(layer.adapt, _Refusing):
            layer.adapt = _Refusing(layer)


@final
class _Refusing:
    """`adapt` of a layer of Keras' own that is protected."""

    def __init__(self, layer: Any) -> None:
        self.sealed = True
        self.name = layer.name
        self.before = layer.adapt

    def __call__(self, data: Any, *args: Any, readapt: bool = False, **kwargs: Any) -> Any:
        refuse_if_sealed(self, readapt=readapt)
        return self.before(data, *args, **kwargs)


def unadapted(layer: Any) -> bool:
    """Whether a layer would run, or refuse to, without having learned anything."""
    if hasattr(layer, "adapted"):
        return not layer.adapted
    if not isinstance(layer, _NORMALIZATION) or layer.input_mean is not None:
        return False
    if not layer.built:
        return True
    mean, variance = concrete(layer.adapt_mean), concrete(layer.adapt_variance)
    # Keras never counts: what has its initial values was not adapted.
    return (
        mean is not None and variance is not None and not mean.any() and bool((variance == 1).all())
    )


def refuse_unadapted(model: Any) -> None:
    """Raise if a layer of the model has learned nothing.

    Raises:
        ModelError: Naming the first.
    """
    for layer in learning(model):
        if unadapted(layer):
            raise ModelError(
                f"The layer '{layer.name}' of '{model.name}' was not adapted: it has learned "
                "nothing from data.",
                remedy=f"Call model.get_layer('{layer.name}').adapt(training_data) first.",
                layer=layer.name,
            )


def warn_of(model: Any) -> None:
    """Warn of a layer that was not adapted, and of two that normalise one after the other."""
    for layer in learning(model):
        if unadapted(layer):
            warnings.warn(
                f"The layer '{layer.name}' was not adapted: it has learned nothing from data. "
                "Call its adapt before fit.",
                stacklevel=3,
            )
    for first, second in _in_a_row(model):
        warnings.warn(
            f"The layer '{second.name}' normalises what '{first.name}' has normalised. Leave one "
            "of the two out, unless the second was adapted to what the first gives.",
            stacklevel=3,
        )


def _in_a_row(model: Any) -> Iterator[tuple[Any, Any]]:
    seen = set()
    for pair in (*_by_nodes(model), *_by_place(model)):
        if tuple(map(id, pair)) not in seen:
            seen.add(tuple(map(id, pair)))
            yield pair


def _by_nodes(model: Any) -> Iterator[tuple[Any, Any]]:
    for layer in model._flatten_layers(include_self=False):  # noqa: SLF001 - as above
        if not isinstance(layer, _NORMALIZATION):
            continue
        for node in layer._inbound_nodes:  # noqa: SLF001 - Keras' graph of a functional model
            for parent in node.parent_nodes:
                if isinstance(parent.operation, _NORMALIZATION):
                    yield parent.operation, layer


def _by_place(model: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(model, keras.Sequential):
        for first, second in zip(model.layers, model.layers[1:], strict=False):
            if isinstance(first, _NORMALIZATION) and isinstance(second, _NORMALIZATION):
                yield first, second
