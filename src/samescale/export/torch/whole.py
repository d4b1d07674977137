"""Raw columns to answers in the target's own units, as one torch module."""

from __future__ import annotations

from typing import Final, final

import torch as torch_
from torch import nn

PREDICTION: Final = "prediction"
"""What the target's inverse takes."""


# It is torch's by derivation, as all that torch.export takes.
@final
class Whole(nn.Module):  # type: ignore[misc]  # torch isn't followed
    """Raw columns to answers in the target's own units.

    Args:
        raw: Preprocessing and network.
        outputs: What to call what it gives: the number, or probabilities and the class.
        back: The target's inverse, if it has one.
        values: The classes as numbers, or their codes; `None` for a number.
    """

    def __init__(
        self,
        raw: nn.Module,
        outputs: tuple[str, ...],
        back: nn.Module | None,
        values: torch_.Tensor | None,
    ) -> None:
        super().__init__()
        self.raw = raw
        self.back = back
        self.outputs = outputs
        self.register_buffer("values", values)

    def forward(self, inputs: dict[str, torch_.Tensor]) -> dict[str, torch_.Tensor]:
        """The answers, by output."""
        x = self.raw(inputs)
        x = x if x.dtype == torch_.float64 else x.to(torch_.float32)
        if self.values is not None:
            if x.ndim == 1 or x.shape[1:] == (1,):
                one = x.reshape(-1, 1)
                x = torch_.cat([1 - one, one], dim=1)
            probabilities, label = self.outputs
            return {probabilities: x, label: self.values[x.argmax(dim=1)]}
        (name,) = self.outputs
        x = x.reshape(-1) if x.shape[1:] == (1,) else x
        if self.back is None:
            return {name: x}
        (number,) = self.back({PREDICTION: x.to(torch_.float64)}).values()
        return {name: number.to(torch_.float64)}
