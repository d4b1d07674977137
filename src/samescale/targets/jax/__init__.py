"""The JAX target: a graph as a pure function, in 32 bits, the same bits compiled or not.

What XLA can't give to the bit runs on the host (`_narrow.py` says which, and why). Subnormal
floats (below 1.2e-38) are zero to XLA on CPU, which no function can change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.ir import nodes as n
from samescale.targets._narrow import sides as sides
from samescale.targets.base import Host, Ulp
from samescale.targets.jax.parts import JaxParts as JaxParts
from samescale.targets.jax.parts import build as build
from samescale.targets.jax.parts import cut_for as cut_for
from samescale.targets.jax.parts import joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.targets.base import Parity, Run

FLUSHES_SUBNORMALS: bool = True

# Measured over 4.5 million normal float32, jitted on a CPU.
PARITY: Mapping[type[n.Node], Parity] = {
    n.Exp: Ulp(6),  # near overflow
    n.Expm1: Ulp(7),  # near overflow
    n.Log: Ulp(3),
    n.Log1p: Ulp(3),
    n.Power: Host(),
    n.HashBucket: Host(),
    n.Strip: Host(),
    n.Lower: Host(),
    n.Erase: Host(),
    n.Split: Host(),
    n.Bag: Host(),
}


def compile(graph: n.Graph) -> Run:  # noqa: A001 - what every target calls it
    """The function of `graph`: host part by NumPy, the rest jitted, joined.

    Example:
        >>> import numpy as np
        >>> from samescale.ir.types import TensorType
        >>> size = n.Input("size", TensorType("string"))
        >>> run = compile(n.Graph((("size", n.Lookup(size, ("S", "L"), (1, 2), 0, 0)),)))
        >>> run({"size": np.array(["L", None, "XXL"], object)})
        {'size': array([2, 0, 0])}
    """
    return joined(graph)
