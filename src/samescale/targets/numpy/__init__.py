"""The NumPy target: a graph compiled once, quick on one row and on many, equal to the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.ir.simplify import simplify
from samescale.ir.verify import verify
from samescale.targets.numpy.execute import runner
from samescale.targets.numpy.plan import plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Graph, Node
    from samescale.targets.base import Parity, Run

PARITY: Mapping[type[Node], Parity] = {}


def compile(graph: Graph) -> Run:  # noqa: A001 - what every target calls it
    """The function of `graph`.

    Args:
        graph: A well-formed graph.

    Returns:
        A function from columns (an array for every input, rows first, of exactly the input's dtype
        and row shape) to outputs. It keeps no state between calls, so threads may share it, and
        what it gives back is the caller's own.

    Raises:
        GraphError: If the graph isn't well formed.

    Example:
        >>> import numpy as np
        >>> from samescale.ir.build import mul, sub
        >>> from samescale.ir.nodes import Graph, Input
        >>> from samescale.ir.types import TensorType
        >>> age = Input("age", TensorType("float32"))
        >>> run = compile(Graph((("age", mul(sub(age, 40.0), 0.1)),)))
        >>> run({"age": np.array([50, 35], np.float32)})
        {'age': array([ 1. , -0.5], dtype=float32)}
    """
    verify(graph)
    return runner(plan(simplify(graph)))
