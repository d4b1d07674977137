"""Power transforms with their learned powers, in float64."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from samescale.adopt._record import record
from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.blocks import Block, check, singles
from samescale.adopt.sklearn.scalers import affine
from samescale.ir import nodes as n
from samescale.ir.build import clip, const, mul

if TYPE_CHECKING:
    from samescale.adopt._record import Record
    from samescale.adopt.sklearn.contract import Contract
    from samescale.ir.nodes import Node

# A smaller power is none, for SciPy and here: the answer is the logarithm to the last digit.
_NONE = float(np.spacing(1.0))


def power(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`PowerTransformer`."""
    lambdas = state.floats(given, "lambdas_")
    check(blocks, len(lambdas), given.name)
    method = state.option(given, "method", "yeo-johnson")
    forward, back = _METHODS[method]
    made = []
    for block, exponent in zip(singles(blocks), lambdas.tolist(), strict=True):
        numbers = contract.number(block, given.name)
        made.append(
            numbers.computed(partial(forward, power=exponent), partial(back, power=exponent))
        )
    if not state.option(given, "standardize", default=True):
        return made
    scaler = record(state.fitted(given, "_scaler"))
    means, scales = state.floats(scaler, "mean_"), state.floats(scaler, "scale_")
    return [affine(*parts) for parts in zip(made, means, scales, strict=True)]


def _raised(logarithm: Node, power: float) -> Node:
    """`(exp(logarithm) ** power - 1) / power`."""
    if abs(power) < _NONE:
        return logarithm
    return mul(n.Expm1(mul(logarithm, power)), 1.0 / power)


def _lowered(y: Node, power: float) -> Node:
    """The logarithm of what was raised."""
    return y if abs(power) < _NONE else mul(n.Log1p(mul(y, power)), 1.0 / power)


def _box_cox(x: Node, power: float) -> Node:
    # Scikit-learn raises for what isn't above 0; here it gets no number.
    above = n.Less(const(0.0, "float64"), x)
    return n.Where(above, _raised(n.Log(x), power), const(np.nan, "float64"))


def _box_cox_back(y: Node, power: float) -> Node:
    return n.Exp(_lowered(y, power))


def _yeo_johnson(x: Node, power: float) -> Node:
    above = _raised(n.Log1p(clip(x, 0.0, np.inf)), power)
    below = _raised(n.Log1p(clip(mul(x, -1.0), 0.0, np.inf)), 2.0 - power)
    return n.Where(n.Less(x, const(0.0, "float64")), mul(below, -1.0), above)


def _yeo_johnson_back(y: Node, power: float) -> Node:
    above = n.Expm1(_lowered(clip(y, 0.0, np.inf), power))
    below = n.Expm1(_lowered(clip(mul(y, -1.0), 0.0, np.inf), 2.0 - power))
    return n.Where(n.Less(y, const(0.0, "float64")), mul(below, -1.0), above)


_METHODS = {
    "box-cox": (_box_cox, _box_cox_back),
    "yeo-johnson": (_yeo_johnson, _yeo_johnson_back),
}
