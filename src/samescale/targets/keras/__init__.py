"""The Keras target: a graph as stock Keras layers and `keras.ops`, on JAX, TensorFlow and torch.

What can't be the same bits on all of them runs on the host (`_narrow.py` says which, and why); the
rest is in the model, and in the `.keras` file that plain Keras loads. Subnormal floats (below
1.2e-38) are zero to XLA and to TensorFlow on CPU, which no model can change.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from samescale.ir import nodes as n
from samescale.targets._backend import settle
from samescale.targets.base import Host, Ulp

if "keras" not in sys.modules:
    settle()  # Keras takes TensorFlow where nothing is said, installed or not

import keras

from samescale.targets.keras.parts import FEATURES as FEATURES
from samescale.targets.keras.parts import GRAPH as GRAPH
from samescale.targets.keras.parts import KerasParts as KerasParts
from samescale.targets.keras.parts import build as build
from samescale.targets.keras.parts import cut_for as cut_for
from samescale.targets.keras.sides import Crossing as Crossing
from samescale.targets.keras.sides import Sides as Sides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.targets.base import Parity, Run

# XLA and TensorFlow run on the CPU with subnormal numbers flushed to zero.
FLUSHES_SUBNORMALS: bool = keras.backend.backend() != "torch"

# Measured over 3.5 million normal float32 on the three backends: the worst is named.
PARITY: Mapping[type[n.Node], Parity] = {
    n.Exp: Ulp(5),  # JAX, near overflow
    n.Expm1: Ulp(7),  # JAX, near overflow
    n.Log: Ulp(5),  # TensorFlow, near 1
    n.Log1p: Ulp(4),  # TensorFlow
    n.Power: Host(),
    n.HashBucket: Host(),
    n.Strip: Host(),
    n.Lower: Host(),
    n.Split: Host(),
}


def compile(graph: n.Graph) -> Run:  # noqa: A001 - what every target calls it
    """The function of `graph`: host part by NumPy, the rest by the Keras model, joined.

    Example:
        >>> import numpy as np
        >>> from samescale.ir.types import TensorType
        >>> size = n.Input("size", TensorType("string"))
        >>> run = compile(n.Graph((("size", n.Lookup(size, ("S", "L"), (1, 2), 0, 0)),)))
        >>> run({"size": np.array(["L", None, "XXL"], object)})
        {'size': array([2, 0, 0])}
    """
    from samescale.targets.keras.joined import joined

    return joined(graph)
