"""An ONNX network behind its preprocessing, in ONNX Runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
import onnxruntime

from samescale import targets
from samescale.errors import ModelError
from samescale.models.base import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.fitted import Fitted
    from samescale.ir.nodes import Graph
    from samescale.ir.types import Array

_MOST_ROWS: Final = 4096


@final
class NetworkRuntime(Runtime):
    """Answers raw columns: features by NumPy, the network by ONNX Runtime, on one thread.

    Args:
        session: The network's session.
        sends: From admitted raw columns to what the network takes.
    """

    def __init__(
        self, session: Any, sends: Callable[[Mapping[str, Array]], Mapping[str, Array]]
    ) -> None:
        self._session = session
        self._sends = sends

    @property
    def label(self) -> str:
        """The version of ONNX Runtime."""
        return f"ONNX Runtime {onnxruntime.__version__}"

    def predict(self, columns: Mapping[str, Array]) -> Array:
        """The network's answers; see `Runtime.predict`."""
        sent = self._sends(columns)
        rows = len(next(iter(sent.values())))
        parts = [
            self._ask({name: x[start : start + _MOST_ROWS] for name, x in sent.items()})
            for start in range(0, max(1, rows), _MOST_ROWS)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _ask(self, sent: Mapping[str, Array]) -> Array:
        rows = len(next(iter(sent.values())))
        if not rows:  # some operators take no empty tensors: one row goes in, none comes out
            sent = {name: np.zeros((1, *x.shape[1:]), x.dtype) for name, x in sent.items()}
        answers: Array = self._session.run(None, dict(sent))[0]
        if len(answers) != max(1, rows):
            raise ModelError(
                f"The ONNX model gives {len(answers)} answers for {rows} rows.",
                remedy="Export it with the target alone as its output, rows first.",
            )
        return answers[:rows]


def sends(fitted: Fitted, graph: Graph | None) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
    """From admitted raw columns to the features that a network takes, by its inputs' names.

    Args:
        fitted: The preprocessing.
        graph: The features that are taken one by one; `None` for their matrix.
    """
    if graph is None:
        return lambda columns: {"features": fitted.matrix_of(columns)}
    return targets.load("numpy").compile(graph)
