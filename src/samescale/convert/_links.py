"""From raw scores to chances, in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.convert._graph import Builder
    from samescale.ir.types import Array


def sigmoid(build: Builder, raw: str) -> str:
    """`1 / (1 + exp(-raw))`, correct in its last digits wherever it is small.

    ONNX Runtime's own Sigmoid takes a small one from 1: at -30 three digits of float64 are right,
    at -40 none.
    """
    one = build.constant(np.float64(1))
    grown = build.node("Exp", [build.node("Neg", [raw])])
    return build.node("Div", [one, build.node("Add", [one, grown])])


def both(build: Builder, chance: str) -> str:
    """Of the second class' chance `[rows, 1]` both classes'."""
    one = build.constant(np.float64(1))
    return build.node("Concat", [build.node("Sub", [one, chance]), chance], axis=1)


def normalized(build: Builder, chances: str, classes: int) -> str:
    """Chances of one class against the rest, made to sum to 1; all zeros become equal chances."""
    axis = build.constant(np.array([1], np.int64))
    total = build.node("ReduceSum", [chances, axis], keepdims=1)
    none = build.node("Equal", [total, build.constant(np.float64(0))])
    shares = build.node("Div", [chances, total])
    return build.node("Where", [none, build.constant(np.float64(1 / classes)), shares])


def in_order(build: Builder, chances: str, order: Sequence[int] | Array, classes: int) -> str:
    """Chances in the order of the target's classes, with zeros for those that weren't met."""
    places = np.full(classes, len(order), np.int64)
    places[np.asarray(order, np.int64)] = np.arange(len(order))
    if places.tolist() == list(range(len(order))):
        return chances
    first = build.node("Gather", [chances, build.constant(np.array([0], np.int64))], axis=1)
    none = build.node("Mul", [first, build.constant(np.float64(0))])
    padded = build.node("Concat", [chances, none], axis=1)
    return build.node("Gather", [padded, build.constant(places, "places")], axis=1)
