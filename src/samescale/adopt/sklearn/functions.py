"""Functions that are known by their name: a function is named in a file, never called."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from samescale.adopt._record import Named, named
from samescale.adopt.sklearn import state
from samescale.errors import SpecError
from samescale.ir import nodes as n
from samescale.ir.build import const, mul

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.adopt._record import Record
    from samescale.adopt.sklearn.blocks import Block
    from samescale.adopt.sklearn.contract import Contract
    from samescale.ir.nodes import Node

    Formula: TypeAlias = Callable[[Node], Node]


def function(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`FunctionTransformer` of a function of NumPy."""
    forward, back = (_named(given, name) for name in ("func", "inverse_func"))
    for name in ("kw_args", "inv_kw_args"):
        if given.state.get(name):
            state.refuse(given, name, given.state[name], "Arguments of a function aren't known.")
    if forward is None:
        return blocks
    undo = None if back is None else _formula(given, "inverse_func", back)
    make = _formula(given, "func", forward)
    made = [contract.number(block, given.name) for block in blocks]
    if state.option(given, "validate", default=False):
        for block in made:
            contract.complete(block)
    return [block.computed(make, undo) for block in made]


def _named(given: Record, name: str) -> Named | None:
    try:
        return named(given.state.get(name))
    except SpecError as error:
        raise state.refused(given, name, given.state.get(name), error.message) from error


def _formula(given: Record, name: str, wanted: Named) -> Formula:
    root = wanted.module.partition(".")[0]
    found = _KNOWN.get(wanted.name) if root == "numpy" else None
    if found is None:
        state.refuse(
            given,
            name,
            str(wanted),
            f"Known are {', '.join(f'np.{one}' for one in sorted(_KNOWN))}.",
        )
    return found


def _absolute(x: Node) -> Node:
    return n.Where(n.Less(x, const(0.0, "float64")), mul(x, -1.0), x)


def _root(x: Node) -> Node:
    # The power of -inf is inf; its root is none.
    negative = n.Less(x, const(0.0, "float64"))
    return n.Power(n.Where(negative, const(np.nan, "float64"), x), 0.5)


_KNOWN: dict[str, Formula] = {
    "abs": _absolute,
    "absolute": _absolute,
    "fabs": _absolute,
    "exp": n.Exp,
    "expm1": n.Expm1,
    "floor": n.Floor,
    "log": n.Log,
    "log1p": n.Log1p,
    "log2": lambda x: mul(n.Log(x), 1.0 / math.log(2.0)),
    "log10": lambda x: mul(n.Log(x), 1.0 / math.log(10.0)),
    "negative": lambda x: mul(x, -1.0),
    "reciprocal": lambda x: n.Power(x, -1.0),
    "sqrt": _root,
    "square": lambda x: n.Mul(x, x),
}
