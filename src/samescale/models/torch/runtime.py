"""A torch network behind its preprocessing: always in `eval()` and without gradients."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, final

import numpy as np
import torch

from samescale.models.base import Runtime
from samescale.models.torch.form import Sent, mapped, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.ir.types import Array
    from samescale.models.torch.program import Program

_LEAST: Final = 8  # a matrix product of fewer rows is another routine, with other sums
_MOST_ROWS: Final = 4096
_MOST_BYTES: Final = 64 << 20


@final
class TorchRuntime(Runtime):
    """Answers raw columns.

    Rows are asked in blocks whose size is a power of two, at least 8, filled with the last row: so
    a row meets the same few routines however it was batched.

    Args:
        program: The loaded network; nothing else may use it.
        sends: From admitted raw columns to the features.
        sigmoid: Whether its one number is the second class's probability.
    """

    def __init__(
        self,
        program: Program,
        sends: Callable[[Mapping[str, Array]], Sent],
        *,
        sigmoid: bool = False,
    ) -> None:
        self._program = program.eval()
        self._sends = sends
        self._sigmoid = sigmoid

    @property
    def label(self) -> str:
        """The version of torch, and how many operations there are."""
        return f"torch {torch.__version__}, {len(self._program.plan.calls)} operations"

    def predict(self, columns: Mapping[str, Array]) -> Array:
        """The network's answers; see `Runtime.predict`."""
        sent = self._sends(columns)
        rows = rows_of(sent)
        most = _most_rows(sent)
        starts = range(0, max(1, rows), most)
        parts = [ask(self._program, mapped(_cut(i, i + most), sent)) for i in starts]
        return self._shaped(parts[0] if len(parts) == 1 else np.concatenate(parts))

    def _shaped(self, answers: Array) -> Array:
        if self._sigmoid:
            one = answers.reshape(len(answers), 1)
            return np.concatenate([1 - one, one], axis=1)
        return answers[:, 0] if answers.shape[1:] == (1,) else answers


def ask(program: Program, sent: Sent) -> Array:
    """A program's answers for one block of rows: float32, or float64 of a double network."""
    rows = rows_of(sent)
    size = max(_LEAST, 1 << max(0, rows - 1).bit_length())
    with torch.inference_mode():
        found = program(mapped(_filled(size), sent))
        found = found if found.dtype == torch.float64 else found.float()
        answers: Array = found[:rows].numpy()
    return answers


def _most_rows(sent: Sent) -> int:
    arrays = list(sent.values()) if isinstance(sent, dict) else [sent]
    row_bytes = sum(math.prod(x.shape[1:]) * x.itemsize for x in arrays)
    fit = max(_LEAST, _MOST_BYTES // max(1, row_bytes))
    return min(_MOST_ROWS, 1 << (fit.bit_length() - 1))


def _cut(start: int, stop: int) -> Callable[[Array], Array]:
    return lambda x: x[start:stop]


def _filled(size: int) -> Callable[[Array], torch.Tensor]:
    """The rows, and the last of them again and again: one that the network has to take anyway."""

    def fill(x: Array) -> torch.Tensor:
        missing = size - len(x)
        if missing:
            last = x[-1:] if len(x) else np.zeros((1, *x.shape[1:]), x.dtype)
            x = np.concatenate([x, np.repeat(last, missing, axis=0)])
        return torch.from_numpy(np.require(x, requirements=["C", "W"]))

    return fill
