"""The torch target: a graph as an `nn.Module` with buffers, in float32 and float64.

What torch can't give to the bit runs on the host (`place.py` says which, and why).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.ir import nodes as n
from samescale.targets.base import Host, Ulp
from samescale.targets.torch.module import Preprocessing as Preprocessing
from samescale.targets.torch.module import RawModule as RawModule
from samescale.targets.torch.parts import TorchParts as TorchParts
from samescale.targets.torch.parts import build as build
from samescale.targets.torch.parts import cut_for as cut_for
from samescale.targets.torch.parts import joined
from samescale.targets.torch.parts import tensors as tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.targets.base import Parity, Run

# Measured over 4.5 million normal float32 and as many float64, and 46 exponents, on a CPU.
PARITY: Mapping[type[n.Node], Parity] = {
    n.Exp: Ulp(2),
    n.Expm1: Ulp(3),
    n.Log: Ulp(3),
    n.Log1p: Ulp(2),
    n.Power: Ulp(2),
    n.HashBucket: Host(),
    n.Strip: Host(),
    n.Lower: Host(),
    n.Erase: Host(),
    n.Split: Host(),
    n.Bag: Host(),
}


def compile(graph: n.Graph) -> Run:  # noqa: A001 - what every target calls it
    """The function of `graph`: host part by NumPy, the rest by the module, joined.

    Example:
        >>> import numpy as np
        >>> from samescale.ir.types import TensorType
        >>> size = n.Input("size", TensorType("string"))
        >>> run = compile(n.Graph((("size", n.Lookup(size, ("S", "L"), (1, 2), 0, 0)),)))
        >>> run({"size": np.array(["L", None, "XXL"], object)})
        {'size': array([2, 0, 0])}
    """
    return joined(graph)
