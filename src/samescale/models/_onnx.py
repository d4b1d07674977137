"""Preprocessing and network as one graph in ONNX Runtime: the quickest that answers the same.

One thread a call, so that callers' threads don't wait for each other's; a row's answer doesn't
depend on its batch by a bit (measured over batches of 1 to 1,024 rows).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
import onnxruntime

from samescale import targets
from samescale.models.base import OneRow, Runtime
from samescale.targets.onnx.session import session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Array

_CHUNK: Final = 1 << 14  # rows that are packed at once
_BLOCK_BYTES: Final = 1 << 20  # of a block's widest value: what is computed stays in a cache
_LEAST: Final = 64
_TYPES: Final = {"tensor(float)": "f", "tensor(double)": "d"}


@final
class OnnxRuntime(Runtime):
    """A network behind its preprocessing, in one session.

    Args:
        fitted: The preprocessing.
        network: The network, as `samescale.convert` describes one.
    """

    def __init__(self, fitted: Fitted, network: bytes) -> None:
        onnx: Any = targets.load("onnx")
        parts = onnx.build(fitted.graph, network, form="packed", text="host")
        host = parts.host
        self._run_host = targets.load("numpy").compile(host) if host.outputs else None
        self._parts = parts
        self._made_of = fitted, network
        self._model = onnx.fetched(parts.model)
        self._session = session(self._model.SerializeToString())
        self._names = [output.name for output in self._session.get_outputs()]
        self._block = _block(self._model)

    def __reduce__(self) -> tuple[object, ...]:
        return OnnxRuntime, self._made_of  # a session can't be sent to another process

    @property
    def label(self) -> str:
        """ONNX Runtime's version, and the size of the graph."""
        nodes = len(self._model.graph.node)
        return f"ONNX Runtime {onnxruntime.__version__}, one graph of {nodes} nodes"

    def predict(self, columns: Mapping[str, Array]) -> Array:
        """The network's answers; see `Runtime.predict`."""
        rows = len(next(iter(columns.values())))
        if rows <= _CHUNK:
            return self._ask(columns, rows)
        chunks = range(0, rows, _CHUNK)
        cut = ({name: x[at : at + _CHUNK] for name, x in columns.items()} for at in chunks)
        return np.concatenate(
            [self._ask(part, min(rows - at, _CHUNK)) for at, part in zip(chunks, cut, strict=True)]
        )

    def bind(self) -> OneRow | None:
        """Buffers of one row's numbers, bound to the session once; `None` if it takes others."""
        inputs = self._session.get_inputs()
        kinds = [_TYPES.get(x.type) for x in inputs]
        if self._run_host is not None or None in kinds:
            return None
        return _bound(self._session, {x.name: x.columns for x in self._parts.inputs})

    def _ask(self, columns: Mapping[str, Array], rows: int) -> Array:
        """The answers of as many rows as are packed at once, asked in blocks."""
        sent = self._parts.cross(columns, self._run_host)
        if rows <= self._block:
            answers: Array = self._session.run(self._names, sent)[0]
            return answers
        blocks = (
            {name: x[start : start + self._block] for name, x in sent.items()}
            for start in range(0, rows, self._block)
        )
        return np.concatenate([self._session.run(self._names, block)[0] for block in blocks])


def _bound(at: Any, columns: Mapping[str, tuple[str, ...]]) -> OneRow | None:
    # Doubles first, so that both kinds are aligned.
    inputs = sorted(at.get_inputs(), key=lambda x: _TYPES[x.type])
    sizes = [len(columns[x.name]) for x in inputs]
    (output,) = at.get_outputs()
    if [_entries(x) for x in inputs] != sizes or _entries(output) is None:
        return None
    buffer = np.zeros(sum(size * _itemsize(x) for size, x in zip(sizes, inputs, strict=True)), "u1")
    binding, place = at.io_binding(), 0
    for size, x in zip(sizes, inputs, strict=True):
        dtype = np.dtype(_TYPES[x.type])
        at_ = buffer.ctypes.data + place
        binding.bind_input(x.name, "cpu", 0, dtype.type, (1, *x.shape[1:]), at_)
        place += size * dtype.itemsize
    answers = np.zeros((1, *output.shape[1:]), _TYPES[output.type])
    binding.bind_output(
        output.name, "cpu", 0, answers.dtype.type, answers.shape, answers.ctypes.data
    )
    return OneRow(
        tuple(name for x in inputs for name in columns[x.name]),
        "".join(f"{size}{_TYPES[x.type]}" for size, x in zip(sizes, inputs, strict=True)),
        memoryview(buffer.data),
        _runs(at, binding),
        answers,
    )


def _runs(at: Any, binding: Any) -> Callable[[], None]:
    run = at.run_with_iobinding
    return lambda: run(binding)


def _entries(x: Any) -> int | None:
    """How many numbers a row of a value has; `None` if the graph doesn't tell, or of no kind."""
    sizes: list[Any] = x.shape[1:]
    known = x.type in _TYPES and all(isinstance(size, int) for size in sizes)
    return int(math.prod(sizes)) if known else None


def _itemsize(x: Any) -> int:
    return np.dtype(_TYPES[x.type]).itemsize


def _block(model: Any) -> int:
    """Rows that are asked at once, by the widest value of a row, as far as the graph tells it."""
    widths = [x.dims[-1] for x in model.graph.initializer if len(x.dims) > 1]
    given = [
        math.prod(d.dim_value for d in x.type.tensor_type.shape.dim[1:]) for x in model.graph.input
    ]
    widest: int = max(_LEAST, *widths, *given)
    return max(_LEAST, _BLOCK_BYTES // (4 * widest))
