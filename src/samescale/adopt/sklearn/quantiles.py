"""Quantile transforms with their learned quantiles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.blocks import Block, shared
from samescale.ir import nodes as n
from samescale.ir.build import const, sub
from samescale.transforms.quantile_transform import QuantileTransform

if TYPE_CHECKING:
    from samescale.adopt._record import Record
    from samescale.adopt.sklearn.contract import Contract
    from samescale.ir.nodes import Node
    from samescale.ir.types import Array

# Scikit-learn's: a value this close to an end is that end, in the column's own units.
_CLOSE = 1e-7
_FEWEST = 2
_TOLD = 11


def quantiles(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`QuantileTransformer`."""
    table = state.floats(given, "quantiles_")
    distribution = state.option(given, "output_distribution", "uniform")
    if len(table) < _FEWEST or not np.isfinite(table).all():
        state.refuse(given, "n_quantiles", len(table), "There are no two ends that are numbers.")
    made = []
    for block in blocks:
        if block.hot:
            state.refuse(
                given,
                "input",
                block.label,
                "Of one-hot features in a sparse matrix scikit-learn leaves the zeros as they are.",
            )
    for block, own in shared(blocks, table.T, given.name, rank=2):
        numbers = contract.number(block, given.name)
        columns = np.atleast_2d(own)
        if not block.shape:
            contract.known(numbers, **_told(own))
        if distribution == "normal":
            low, high = (_spread(columns[:, end], block) for end in (0, -1))
            numbers = numbers.computed(partial(_ended, low=low, high=high), lambda y: y)
        transform = QuantileTransform(len(table), distribution)
        made.append(numbers.then(transform, {"quantiles": {"values": columns.tolist()}}))
    return made


def _told(own: Array) -> dict[str, tuple[float, ...]]:
    """Some of the quantiles, as a profile has them; its ends may be those of a subsample."""
    places = np.unique(np.linspace(0, len(own) - 1, _TOLD).round().astype(int))
    shares = places / (len(own) - 1)
    return {"quantiles": tuple(own[places].tolist()), "probabilities": tuple(shares.tolist())}


def _spread(ends: Array, block: Block) -> Array:
    return ends if block.shape else ends[0]


def _ended(x: Node, low: Array, high: Array) -> Node:
    """`x`, an end where it is closer to it than scikit-learn tells apart."""
    ends = const(low, "float64"), const(high, "float64")
    above = n.Less(ends[1], sub(x, -_CLOSE))
    below = n.Less(sub(x, _CLOSE), ends[0])
    # Where all quantiles are one number, what is further above it than that keeps being above.
    top = n.Where(n.Less(x, ends[1]), ends[1], x)
    return n.Where(below, ends[0], n.Where(above, top, x))
