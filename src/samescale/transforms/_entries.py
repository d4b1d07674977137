"""A transform of each kept entry on its own, where no constant of a node can tell them apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from samescale.ir import nodes
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.nodes import Node


def each_entry(x: Node, axes: tuple[int, ...], make: Callable[[Node, int], Node]) -> Node:
    """What `make` gives for each kept entry of `x`, put together in the shape of `x`.

    Args:
        x: The node.
        axes: The axes of a row that are kept, ascending.
        make: Given the values of a kept entry and its place in C order, a node of their shape.
    """
    shape = type_of(x).shape
    size = math.prod(shape)
    kept = math.prod(shape[axis] for axis in axes)
    if kept == 1:
        return make(x, 0)
    places = np.moveaxis(np.arange(size).reshape(shape), axes, range(len(axes))).reshape(kept, -1)
    flat = nodes.Reshape(x, (size,))
    parts = (
        make(nodes.Take(flat, tuple(group)), entry) for entry, group in enumerate(places.tolist())
    )
    order = tuple(np.argsort(places.ravel()).tolist())
    return nodes.Reshape(nodes.Take(nodes.Concat(tuple(parts)), order), shape)
