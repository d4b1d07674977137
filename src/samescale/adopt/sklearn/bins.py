"""Bins and thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.blocks import Block, check, singles
from samescale.ir import nodes as n
from samescale.ir.build import array, const
from samescale.ir.types import TensorType
from samescale.transforms.computed import INPUT, Computed

if TYPE_CHECKING:
    from samescale.adopt._record import Record
    from samescale.adopt.sklearn.contract import Contract
    from samescale.ir.nodes import Node
    from samescale.ir.types import Array


def bins(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`KBinsDiscretizer`: a value's bin is the number of inner edges that aren't above it."""
    edges = [np.asarray(one, np.float64) for one in state.fitted(given, "bin_edges_")]
    check(blocks, len(edges), given.name)
    encode = state.option(given, "encode", "onehot")
    made = []
    for block, own in zip(singles(blocks), edges, strict=True):
        numbers = contract.number(block, given.name)
        contract.complete(numbers)
        _tell(given, numbers, own, contract)
        made.append(_ordinal(numbers, own) if encode == "ordinal" else _hot(numbers, own))
    return made


def binarizer(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`Binarizer`: whether a value is above the threshold."""
    threshold = const(float(state.option(given, "threshold", 0.0)), "float64")
    made = []
    for block in blocks:
        numbers = contract.number(block, given.name)
        contract.complete(numbers)
        made.append(numbers.computed(lambda x: n.Cast(n.Less(threshold, x), "float64")))
    return made


def _tell(given: Record, block: Block, edges: Array, contract: Contract) -> None:
    # Edges that fell together were dropped: then nothing says which quantiles are left.
    whole = len(edges) - 1 == state.option(given, "n_bins", 0)
    if whole and state.option(given, "strategy", "quantile") == "quantile":
        shares = np.linspace(0.0, 1.0, len(edges))
        contract.known(block, quantiles=tuple(edges.tolist()), probabilities=tuple(shares.tolist()))


def _ordinal(block: Block, edges: Array) -> Block:
    return block.computed(lambda x: n.Cast(_bin(x, edges), "float64"))


def _hot(block: Block, edges: Array) -> Block:
    count = max(len(edges) - 1, 1)
    names = tuple(f"{block.names[0]}_{float(i)}" for i in range(count))
    x: Node = n.Input(INPUT, TensorType("float64", block.shape))
    flat = n.Reshape(x, ()) if block.shape else x
    made = Computed.of(n.OneHot(_bin(flat, edges), count, "one_hot", "float64"), names=names)
    return block.then(made, names=names, shape=(count,), hot=True)


def _bin(x: Node, edges: Array) -> Node:
    return n.Bucketize(x, array(edges[1:-1], "float64"))
