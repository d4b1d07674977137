"""Where TensorFlow is asked for: on its backend, and in `tf.data` pipelines on any other.

Keras' own layers run there, which are right in TensorFlow's graphs: one of them, with the
vocabulary that ours holds. TensorFlow is reached through Keras' late import of it, so that nothing
here needs it.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import keras
from keras.src.utils.backend_utils import in_tf_graph
from keras.src.utils.module_utils import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable

_ENCODES = {"multi_hot", "count", "tf_idf"}
_MATRIX = 2


@final
@dc.dataclass(frozen=True, slots=True)
class Kept:
    """Keras' layer behind one of ours, made when it is asked for; Keras doesn't track it here."""

    values: dict[str, Any] = dc.field(default_factory=dict)

    def inner(self, make: Callable[[], Any]) -> Any:
        """The layer, made once."""
        if "inner" not in self.values:
            self.values["inner"] = outside(make)
        return self.values["inner"]


def is_installed() -> bool:
    """Whether there is a TensorFlow."""
    return bool(tf.available)


def is_asked(inputs: Any) -> bool:
    """Whether TensorFlow must answer."""
    if keras.backend.backend() == "tensorflow" or in_tf_graph():
        return True
    given = inputs if isinstance(inputs, list | tuple) else (inputs,)
    return any(is_tensor(one) for one in given)


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor of TensorFlow, ragged or sparse ones too."""
    return any(kind.__module__.startswith("tensorflow") for kind in type(value).__mro__)


def is_plain_integers(value: Any) -> bool:
    """Whether a value is a dense integer tensor in a graph, where XLA may compile."""
    if not is_tensor(value) or tf.executing_eagerly() or not isinstance(value, tf.Tensor):
        return False
    return bool(value.dtype.is_integer) and value.shape.rank is not None


def compiles(inputs: Any) -> bool:
    """Whether these inputs are in a graph of TensorFlow that XLA may compile."""
    return keras.backend.backend() == "tensorflow" and is_plain_integers(inputs)


def let_compile(layer: Any, dtype: str) -> None:
    """Let a model compile that puts integers into a layer; text it can't compile."""
    layer.supports_jit = not layer.sparse and "int" in dtype


def outside(make: Callable[[], Any]) -> Any:
    """What `make` makes, outside of any graph that is being traced."""
    with tf.init_scope():
        return make()


def expose(layer: Any, inner: Any) -> None:
    """On TensorFlow's backend: put the table where an export finds it, at the layer itself."""
    if keras.backend.backend() == "tensorflow":
        held = getattr(inner, "_lookup_layer", inner)
        layer._table = getattr(held, "lookup_table", None)  # noqa: SLF001 - ours, set in __init__


def by_last_axis(inner: Any, inputs: Any, mode: str, depth: int) -> Any:
    """Keras' layer on inputs of any rank; above 2 its own counts go along the wrong axis."""
    if mode not in _ENCODES:
        return inner.call(inputs)
    inputs = inputs if is_tensor(inputs) else tf.convert_to_tensor(inputs)
    rank = inputs.shape.rank
    if rank is None or rank <= _MATRIX or not isinstance(inputs, tf.Tensor):
        return inner.call(inputs)
    flat = inner.call(tf.reshape(inputs, (-1, tf.shape(inputs)[-1])))
    shape = tf.concat([tf.shape(inputs)[:-1], [depth]], 0)
    found = tf.reshape(flat, shape)
    found.set_shape((*inputs.shape[:-1], depth))
    return found
