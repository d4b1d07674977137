"""Products of columns."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from samescale import plan
from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.blocks import Block, check, singles
from samescale.contract import Starts
from samescale.ir import nodes as n
from samescale.ir.build import const
from samescale.transforms.computed import Computed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.adopt._record import Record
    from samescale.adopt.sklearn.contract import Contract
    from samescale.ir.nodes import Node

_MOST = 2**16


def polynomial(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`PolynomialFeatures`: a `Mul` for each factor before the last."""
    check(blocks, state.width(given), given.name)
    flat = [contract.number(block, given.name) for block in singles(blocks)]
    for block in flat:
        contract.complete(block)
    nodes = [_node(block, contract) for block in flat]
    names, made = [], []
    for chosen in _chosen(given, len(flat)):
        made.append(n.Reshape(_product([nodes[i] for i in chosen], nodes[0]), (1,)))
        names.append(_name([flat[i].names[0] for i in chosen]))
    columns = tuple(dict.fromkeys(column for block in flat for column in block.columns))
    joined: Node = n.Concat(tuple(made))
    used = tuple(x.name for x in n.Graph((("y", joined),)).inputs)
    columns = tuple(column for column in columns if column in used)
    computed = Computed.of(joined, columns=columns, names=tuple(names))
    shape, bare = (len(names),), any(block.bare for block in flat)
    return [Block(tuple(names), columns, (computed,), ({},), shape, "number", bare=bare)]


def _chosen(given: Record, count: int) -> Iterator[tuple[int, ...]]:
    degree = state.option(given, "degree", 2)
    low, high = (0, degree) if isinstance(degree, int) else degree
    low = max(1, state.option(given, "_min_degree", low))
    high = state.option(given, "_max_degree", high)
    alone = state.option(given, "interaction_only", default=False)
    _check_factors(given, range(low, high + 1), count, alone=alone)
    pick = itertools.combinations if alone else itertools.combinations_with_replacement
    if state.option(given, "include_bias", default=True):
        yield ()
    for size in range(low, high + 1):
        yield from pick(range(count), size)


def _check_factors(given: Record, sizes: range, count: int, *, alone: bool) -> None:
    """Refuse more products than a graph may hold, before one is made."""
    factors = 0
    for size in sizes:
        of = math.comb(count, size) if alone else math.comb(count + size - 1, size)
        factors += max(1, size * of)
        if factors > _MOST:
            state.refuse(given, "degree", sizes[-1], f"It gives more than {_MOST} factors.")


def _product(factors: list[Node], any_of: Node) -> Node:
    if not factors:
        one = const(1.0, "float64")
        return n.Where(n.IsNan(any_of), one, one)
    # From the last one on, as scikit-learn builds a degree from the one below it.
    made = factors[-1]
    for factor in factors[-2::-1]:
        made = n.Mul(factor, made)
    return made


def _name(names: list[str]) -> str:
    counts = {name: names.count(name) for name in names}
    powers = (name if power == 1 else f"{name}^{power}" for name, power in counts.items())
    return " ".join(powers) or "1"


def _node(block: Block, contract: Contract) -> Node:
    """What a block computes of its columns."""
    inputs = [n.Input(name, contract.column(name).type) for name in block.columns]
    chain = Starts(inputs).chain(block.columns[0], block.chain)
    node = plan.lower(chain, block.learned)
    return n.Reshape(node, ()) if block.shape else node
