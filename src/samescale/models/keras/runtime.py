"""A Keras model behind its preprocessing: fast for one row and for a hundred thousand."""

from __future__ import annotations

import importlib
import math
import threading
from typing import TYPE_CHECKING, Any, TypeAlias, final

import keras
import numpy as np

from samescale.models.base import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.ir.types import Answers, Array
    from samescale.models._several import Head

Sent: TypeAlias = "dict[str, Array] | Array"

_STEP = 4
_MOST_ROWS = 4**6
_MOST_BYTES = 64 << 20


@final
class KerasRuntime(Runtime):
    """Answers raw columns.

    A compiled function is made once for each number of rows, so batches are padded to 1, 4, 16, …
    4,096 rows (fewer where rows are large) and cut there: seven functions, whatever callers send.

    Args:
        model: The loaded model; nothing else may use it.
        sends: From admitted raw columns to what the model takes.
        heads: Its outputs, in the order of the targets.
    """

    def __init__(
        self,
        model: keras.Model,
        sends: Callable[[Mapping[str, Array]], Sent],
        heads: tuple[Head, ...],
    ) -> None:
        self._call = _compiled(model)
        self._sends = sends
        self._heads = heads

    def predict(self, columns: Mapping[str, Array]) -> Answers:
        """The model's answers; see `Runtime.predict`."""
        sent = self._sends(columns)
        rows = _rows(sent)
        most = _most_rows(sent, rows) if rows else 1
        parts = [self._part(_cut(sent, i, i + most)) for i in range(0, rows, most)]
        found = {head.name: head.shaped(_joined(parts, head)) for head in self._heads}
        return found if len(found) > 1 else found[self._heads[0].name]

    def _part(self, sent: Sent) -> list[Array]:
        rows = _rows(sent)
        given = keras.tree.flatten(self._call(_padded(sent, _size(rows))))
        return [_floats(np.asarray(x)[:rows]) for x in given]


def _joined(parts: list[list[Array]], head: Head) -> Array:
    if not parts:
        return np.zeros((0, *(int(size or 1) for size in head.shape)), np.float32)
    own = [part[head.place] for part in parts]
    return own[0] if len(own) == 1 else np.concatenate(own)


def _floats(answers: Array) -> Array:
    return answers if answers.dtype == np.float64 else answers.astype(np.float32, copy=False)


def _compiled(model: keras.Model) -> Callable[[Sent], Any]:
    match keras.backend.backend():
        case "jax":
            return _compiled_by_jax(model)
        case "torch":
            return _called_by_torch(model)
    lock = threading.Lock()  # Keras builds its function, and traces, on the first calls

    def call(sent: Sent) -> Any:
        with lock:
            return model.predict_on_batch(sent)

    return call


def _called_by_torch(model: keras.Model) -> Callable[[Sent], Any]:
    torch = importlib.import_module("torch")

    def call(sent: Sent) -> Any:
        with torch.inference_mode():
            given = model(sent, training=False)
            return keras.tree.map_structure(lambda x: x.cpu().float().numpy(), given)

    return call


def _compiled_by_jax(model: keras.Model) -> Callable[[Sent], Any]:
    # Keras' own predict gives its variables' buffers away and takes them back: no two threads may
    # call it, and one row takes four times as long.
    jax = importlib.import_module("jax")
    trainable = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]

    def stateless(weights: list[Any], state: list[Any], sent: Sent) -> Any:
        answers, _ = model.stateless_call(weights, state, sent, training=False)
        return answers

    call = jax.jit(stateless)
    return lambda sent: call(trainable, others, sent)


def _arrays(sent: Sent) -> list[Array]:
    return list(sent.values()) if isinstance(sent, dict) else [sent]


def _rows(sent: Sent) -> int:
    return len(_arrays(sent)[0])


def _most_rows(sent: Sent, rows: int) -> int:
    row_bytes = sum(x.nbytes for x in _arrays(sent)) // rows
    fit = max(1, _MOST_BYTES // max(1, row_bytes))
    return int(min(_MOST_ROWS, _STEP ** int(math.log(fit, _STEP))))


def _size(rows: int) -> int:
    size = 1
    while size < rows:
        size *= _STEP
    return size


def _cut(sent: Sent, start: int, stop: int) -> Sent:
    if isinstance(sent, dict):
        return {name: x[start:stop] for name, x in sent.items()}
    return sent[start:stop]


def _padded(sent: Sent, size: int) -> Sent:
    if isinstance(sent, dict):
        return {name: _fill(x, size) for name, x in sent.items()}
    return _fill(sent, size)


def _fill(x: Array, size: int) -> Array:
    """`x` and its last row again and again: a row that the model has to take anyway."""
    missing = size - len(x)
    return np.concatenate([x, np.repeat(x[-1:], missing, axis=0)]) if missing else x
