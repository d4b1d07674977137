"""The ONNX target: a graph as an ONNX model of standard operators, alone or before a network.

Opset 18, `ai.onnx.ml` 3, IR version 8, no functions, no external data: what every ONNX Runtime
since 1.14 runs. What ONNX can't run as it is defined runs on the host (`_onnx/place.py` says which,
and why). A missing string is `MISSING_TEXT`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.ir import nodes as n
from samescale.targets._onnx import IR as IR
from samescale.targets._onnx import MISSING_TEXT as MISSING_TEXT
from samescale.targets._onnx import ML as ML
from samescale.targets._onnx import ML_OPSET as ML_OPSET
from samescale.targets._onnx import OPSET as OPSET
from samescale.targets._onnx import Crossing as Crossing
from samescale.targets._onnx import Sides as Sides
from samescale.targets._onnx import sides as sides
from samescale.targets.base import Host, Ulp
from samescale.targets.onnx.fetch import fetched as fetched
from samescale.targets.onnx.parts import OnnxParts as OnnxParts
from samescale.targets.onnx.parts import build as build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.targets.base import Parity, Run

# Measured over 4.2 million float32 and 360,000 float64, among them all exponents, against NumPy:
# the worst is named.
PARITY: Mapping[type[n.Node], Parity] = {
    n.Exp: Ulp(2),  # float32 near 0
    n.Expm1: Ulp(3),  # float64 near 4
    n.Log: Ulp(5),  # float32 near 0.8
    n.Log1p: Ulp(2),  # float32 near 0.4
    n.Power: Ulp(1),
    n.HashBucket: Host(),
    n.Strip: Host(),
    n.Lower: Host(),
    n.Erase: Host(),
    n.Split: Host(),
    n.Bag: Host(),
}


def compile(graph: n.Graph) -> Run:  # noqa: A001 - what every target calls it
    """The function of `graph`: host part by NumPy, the rest by ONNX Runtime.

    Example:
        >>> import numpy as np
        >>> from samescale.ir.types import TensorType
        >>> size = n.Input("size", TensorType("string"))
        >>> run = compile(n.Graph((("size", n.Lookup(size, ("S", "L"), (1, 2), 0, 0)),)))
        >>> run({"size": np.array(["L", None, "XXL"], object)})
        {'size': array([2, 0, 0])}
    """
    from samescale.targets.onnx.joined import joined

    return joined(graph)
