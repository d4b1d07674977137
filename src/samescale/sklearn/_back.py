"""From features back to columns, where every transform of a spec can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale import plan
from samescale.errors import NotInvertibleError
from samescale.ir.affine import fuse_affine
from samescale.ir.nodes import Graph, Input
from samescale.ir.simplify import widths
from samescale.ir.types import TensorType
from samescale.targets import load

if TYPE_CHECKING:
    from samescale.fitted import Fitted
    from samescale.ir.types import Array


def columns(fitted: Fitted, features: Array) -> dict[str, Array]:
    """The columns that gave these features, up to the rounding of float32.

    Args:
        fitted: What gave them.
        features: Rows × features.

    Raises:
        NotInvertibleError: If a transform can't be undone, or several features are one column's.
    """
    found = widths(fitted.graph)
    graph = _graph(fitted, found)
    places = np.cumsum([0, *found.values()])
    given = {
        name: np.ascontiguousarray(features[:, start], np.float64)
        for name, start in zip(found, places[:-1].tolist(), strict=True)
    }
    run: Any = load("numpy").compile(graph)
    answers: dict[str, Array] = run(given)
    return answers


def _graph(fitted: Fitted, found: dict[str, int]) -> Graph:
    outputs = []
    for name, chain in fitted.spec.columns.items():
        if found[name] != 1 or name not in fitted.schema.names:
            raise NotInvertibleError(
                f"Feature '{name}' can't be made column '{name}' again: it has {found[name]} "
                "entries, or is made of other columns.",
                remedy="Invert a spec whose transforms each give one number a row.",
                column=name,
            )
        start = Input(name, TensorType("float64"))
        outputs.append((name, plan.invert(name, chain, start, fitted.learned[name])))
    return fuse_affine(Graph(tuple(outputs)))
