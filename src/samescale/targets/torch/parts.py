"""`build`: a graph and a network as one `nn.Module`."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Literal, TypeAlias, final

import numpy as np
import torch

from samescale.errors import ModelError
from samescale.ir import serial
from samescale.targets import _device
from samescale.targets.torch.module import Preprocessing, RawModule
from samescale.targets.torch.place import sides

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import nn

    from samescale.ir import nodes as n
    from samescale.ir.types import Array
    from samescale.targets._device import Compute, Crossing, Sides
    from samescale.targets.base import Run

Output: TypeAlias = Literal["matrix", "columns"]


@final
@dc.dataclass(frozen=True, slots=True)
class TorchParts:
    """A graph and a network, as a torch module and what runs before it.

    Attributes:
        sides: The host's graph, and how its values cross.
        module: Takes a dict of tensors by the names of `inputs`.
    """

    sides: Sides
    module: RawModule

    @property
    def host(self) -> n.Graph:
        """What NumPy computes before the module; no outputs if there is nothing."""
        return self.sides.host

    @property
    def inputs(self) -> tuple[Crossing, ...]:
        """What the module takes: names, dtypes, shapes, raw or not."""
        return tuple(crossing for _, crossing in self.sides.inputs)

    def cross(
        self,
        columns: Mapping[str, Array],
        run: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None,
    ) -> dict[str, torch.Tensor]:
        """The module's inputs for raw columns; see `Sides.cross`."""
        return tensors(self.sides.cross(columns, run))

    def describe(self) -> str:
        """The module's inputs in words, one a line, for who calls it without samescale."""
        return _device.described(self.inputs)


def build(
    graph: n.Graph, network: nn.Module | None = None, *, output: Output = "matrix"
) -> TorchParts:
    """`graph`, with `network` on top of it, as a torch module.

    Args:
        graph: From the raw columns to one output a column, well formed.
        network: What takes the features. Its weights are used, not copied.
        output: What the network takes, or the module gives without one: "matrix", all features
            joined as float32 `[rows, width]` (a single column as it is, an image for example), or
            "columns", a dict of each column's (int64 codes as they are, plain ones `[rows, 1]`).

    Returns:
        The module and what must run before it. Exported by `torch.export.export(…, strict=False)`
        and compiled by `torch.compile`. It isn't for `torch.jit.script`, which torch gave up.

    Raises:
        ModelError: If the network has preprocessing inside.

    Example:
        >>> from samescale.ir import nodes as n
        >>> from samescale.ir.build import mul, sub
        >>> from samescale.ir.types import TensorType
        >>> ages = n.Graph((("age", mul(sub(n.Input("age", TensorType("float32")), 40.0), 0.1)),))
        >>> parts = build(ages)
        >>> parts.describe()
        'age: float32[None, 1] from age, raw'
        >>> parts.module({"age": torch.tensor([60.0])}).tolist()
        [[2.0]]
    """
    inside = () if network is None else network.modules()
    if any(isinstance(part, Preprocessing) for part in inside):
        raise ModelError(
            f"The network {type(network).__name__} takes raw columns already: to_torch made it, "
            "and its input would be scaled twice.",
            remedy="Use it as it is, or give to_torch the network alone.",
        )
    cut = cut_for(graph, output)
    made = Preprocessing(cut, serial.digest(graph), by_column=output == "columns")
    return TorchParts(cut, RawModule(made, network))


def cut_for(graph: n.Graph, output: Output) -> Sides:
    """The sides of `graph` for a module that gives features by column, or joined."""
    return _device.cut_for(graph, sides, by_column=output == "columns")


def tensors(arrays: Mapping[str, Array]) -> dict[str, torch.Tensor]:
    """Arrays as tensors; copied only where they are read-only, which torch doesn't know."""
    return {
        name: torch.from_numpy(np.require(array, requirements=["C", "W"]))
        for name, array in arrays.items()
    }


def joined(graph: n.Graph) -> Run:
    """A function of raw columns that gives what the graph's reference gives."""
    return _device.joined(graph, sides, _compute)


def _compute(cut: Sides, device: n.Graph) -> Compute:
    own = dc.replace(cut, device=device)
    module = Preprocessing(own, serial.digest(device), by_column=True)

    def compute(sent: Mapping[str, Array]) -> dict[str, Array]:
        with torch.inference_mode():
            return {name: x.numpy() for name, x in module(tensors(sent)).items()}

    return compute
