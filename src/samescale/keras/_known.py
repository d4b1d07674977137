"""What a layer knows beside its weights, and what it watches of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Array


@final
class Known:
    """What the layer knows beside its weights: Keras tracks no attribute of an object of ours."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self.weights = weights
        self.parts: Any = None
        self.fixed: dict[str, Array] = {}
        self.adapted = bool(weights)


def counted(known: Known, count: Array) -> None:
    """Hear how many rows the statistics are of."""
    known.adapted = bool(count > 0)


@final
class Given:
    """An initializer that gives an array."""

    def __init__(self, value: Array) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        del shape
        return keras.ops.convert_to_tensor(self.value, dtype=dtype)


@final
class _Watch:
    """`variable.assign`, which tells `told` the numbers.

    On JAX, `fit` and `predict` take the values out of all variables before they trace the model:
    nobody can ask a weight then. Whatever sets weights comes by here.
    """

    def __init__(self, variable: Any, told: Callable[[Array], None]) -> None:
        self.assigned = variable.assign
        self.told = told

    def __call__(self, value: Any) -> Any:
        given = self.assigned(value)
        numbers = concrete(value)
        if numbers is not None:
            self.told(numbers)
        return given


def watch(variable: Any, told: Callable[[Array], None]) -> None:
    """Have `told` hear what a weight is set to, whoever sets it; a symbol isn't told.

    Args:
        variable: The weight.
        told: What hears it; of a partial, the arguments are copied with the layer.
    """
    variable.assign = _Watch(variable, told)


def concrete(value: Any) -> Array | None:
    """The numbers of a weight, a tensor or an array outside of what is being traced.

    Returns:
        `None` if there are none: it is a symbol, or a weight whose value was taken out.
    """
    if isinstance(value, np.ndarray):
        return value
    inner = value._value if isinstance(value, keras.Variable) else value  # noqa: SLF001 - `value` is a symbol while tracing
    try:
        return None if inner is None else _read(inner)
    except Exception:  # noqa: BLE001 - every backend has its own for a symbol, or what was given away
        return None


def _read(inner: Any) -> Array:
    if keras.backend.backend() != "tensorflow":
        return np.asarray(keras.ops.convert_to_numpy(inner))
    import tensorflow as tf

    with tf.init_scope():
        return np.asarray(inner.numpy() if hasattr(inner, "numpy") else inner)
