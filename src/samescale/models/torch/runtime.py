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

    from samescale.ir.types import Answers, Array
    from samescale.models._several import Head
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
        heads: Its outputs, in the order of the targets.
    """

    def __init__(
        self,
        program: Program,
        sends: Callable[[Mapping[str, Array]], Sent],
        heads: tuple[Head, ...],
    ) -> None:
        self._program = program.eval()
        self._sends = sends
        self._heads = heads

    @property
    def label(self) -> str:
        """The version of torch, and how many operations there are."""
        return f"torch {torch.__version__}, {len(self._program.plan.calls)} operations"

    def predict(self, columns: Mapping[str, Array]) -> Answers:
        """The network's answers; see `Runtime.predict`."""
        sent = self._sends(columns)
        rows = rows_of(sent)
        most = _most_rows(sent)
        starts = range(0, max(1, rows), most)
        parts = [ask(self._program, mapped(_cut(i, i + most), sent)) for i in starts]
        joined = [
            one[0] if len(one) == 1 else np.concatenate(one) for one in zip(*parts, strict=True)
        ]
        found = {head.name: head.shaped(joined[head.place]) for head in self._heads}
        return found if len(found) > 1 else found[self._heads[0].name]


def ask(program: Program, sent: Sent) -> list[Array]:
    """Each of a program's answers for one block of rows: float32, or float64 of a double one."""
    rows = rows_of(sent)
    size = max(_LEAST, 1 << max(0, rows - 1).bit_length())
    with torch.inference_mode():
        found = program.answers(mapped(_filled(size), sent))
        floats = [x if x.dtype == torch.float64 else x.float() for x in found]
        return [x[:rows].numpy() for x in floats]


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
