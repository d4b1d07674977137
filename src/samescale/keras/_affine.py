"""(x − shift) · factor, in the widest dtype that there is, on NumPy or on a backend.

A Sub, then a Mul, gives the same bits on every backend, and those of samescale's own graph: XLA
divides by multiplying with a reciprocal, and a Mul, then an Add, becomes one rounding on some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import keras
import numpy as np
from keras.src.layers.preprocessing.data_layer import DataLayer
from keras.src.utils.backend_utils import in_tf_graph
from keras.src.utils.jax_utils import is_in_jax_tracing_scope

from samescale.keras._exact import PARTS, joined
from samescale.keras._known import concrete

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array

Parts: TypeAlias = "Any"
"""float32 of shape (6, …), a weight or an array: the parts of the shift, then of the factor."""

# What float32 doesn't hold.
WIDE: Final = frozenset({"float64", "int64", "uint64", "int32", "uint32"})


def call_anywhere(layer: Any, inputs: Any, **kwargs: Any) -> Any:
    """`layer(inputs)`, in `tf.data` on any backend too, without narrowing what is given.

    Keras casts to the dtype of the layer's output before anything is subtracted.
    """
    sample = keras.tree.flatten(inputs)[0]
    if isinstance(sample, keras.KerasTensor):
        return DataLayer.__call__(layer, inputs, **kwargs)
    if in_tf_graph() and not is_in_jax_tracing_scope(sample):
        layer.backend.set_backend("tensorflow")
        try:
            given = layer.backend.convert_to_tensor(inputs)
            return keras.layers.Layer.__call__(layer, given, **kwargs)
        finally:
            layer.backend.reset()
    return DataLayer.__call__(layer, _tensor_if_narrow(layer, inputs), **kwargs)


def _tensor_if_narrow(layer: Any, inputs: Any) -> Any:
    if keras.ops.is_tensor(inputs):
        return inputs
    array = np.asarray(inputs)
    if array.dtype.name not in WIDE:
        return keras.ops.convert_to_tensor(array)
    if not layer.built:
        with layer._open_name_scope():  # noqa: SLF001 - where Keras builds: it gives weights their path
            layer.build(array.shape)
    return array


def apply(layer: Any, inputs: Any, parts: Parts, shape: Sequence[int] | None = None) -> Any:
    """(inputs − shift) · factor, in float64 where that is there and makes a difference.

    Args:
        layer: A `DataLayer`; its compute dtype is that of the result.
        inputs: An array, or a tensor of the layer's backend of the moment.
        parts: Shift and factor.
        shape: What each of them is reshaped to; by default not at all.
    """
    target = layer.compute_dtype
    if isinstance(inputs, np.ndarray):
        values = concrete(parts)
        if values is not None:
            return layer.backend.cast(_on_host(inputs, values, shape), target)
        inputs = layer.backend.convert_to_tensor(inputs)
    backend, given = layer.backend, keras.backend.standardize_dtype(inputs.dtype)
    wide = (given in WIDE or target == "float64") and has_float64(backend)
    work = "float64" if wide else "float32"
    known = parts if isinstance(parts, np.ndarray) else layer.convert_weight(parts)
    shift, factor = (_constant(layer, known[half], work, shape) for half in _HALVES)
    moved = backend.numpy.subtract(backend.cast(inputs, work), shift)
    return backend.cast(backend.numpy.multiply(moved, factor), target)


_HALVES = (slice(None, PARTS), slice(PARTS, None))


def _on_host(inputs: Array, parts: Array, shape: Sequence[int] | None) -> Array:
    shift, factor = (joined(parts[half]) for half in _HALVES)
    if shape is not None:
        shift, factor = shift.reshape(shape), factor.reshape(shape)
    with np.errstate(over="ignore"):  # an answer beyond float32 is infinite, as on a device
        return np.asarray((inputs.astype(np.float64) - shift) * factor, np.float32)


def _constant(layer: Any, parts: Any, work: str, shape: Sequence[int] | None) -> Any:
    backend = layer.backend
    if isinstance(parts, np.ndarray):
        value = backend.convert_to_tensor(joined(parts), dtype=work)
    else:
        value = summed(backend, parts, work)
    return value if shape is None else backend.numpy.reshape(value, shape)


def summed(backend: Any, parts: Any, work: str) -> Any:
    """The numbers that a tensor of parts stands for, as float32 or as float64."""
    # By index: a tensor of tf.data can't be iterated over.
    total = backend.cast(parts[0], work)
    for place in range(1, PARTS if work == "float64" else 1):
        total = total + backend.cast(parts[place], work)
    return total


def has_float64(backend: Any) -> bool:
    """Whether a backend computes in float64 when asked to."""
    if backend.name != "jax":
        return bool(backend.name != "torch" or _on_cpu())
    import jax

    return bool(jax.config.jax_enable_x64)


def _on_cpu() -> bool:
    # Apple's devices have no float64.
    return "mps" not in str(keras.src.backend.torch.core.get_device())
