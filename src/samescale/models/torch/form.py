"""How a network takes its features, and how they come to it."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, final

import numpy as np

from samescale import targets
from samescale.ir import nodes as n
from samescale.ir.simplify import widths
from samescale.ir.verify import type_of
from samescale.models.torch.program import Plan, Taken
from samescale.targets._device import column, sent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Array

Kind: TypeAlias = Literal["matrix", "feature", "columns"]
Sent: TypeAlias = "Array | dict[str, Array]"

MATRIX: Final = "features"


@final
@dc.dataclass(frozen=True, slots=True)
class Form:
    """How a network takes its features.

    Attributes:
        kind: `matrix`: joined, float32 `[rows, width]`. `feature`: the only one, as it is.
            `columns`: a dict by feature, plain ones `[rows, 1]`.
        graph: What gives them: one output a feature that is taken.
    """

    kind: Kind
    graph: n.Graph

    @property
    def inputs(self) -> tuple[Taken, ...]:
        """What the network takes, in order."""
        if self.kind == "matrix":
            return (Taken(MATRIX, "float32", (sum(widths(self.graph).values()),)),)
        found = ((name, type_of(node)) for name, node in self.graph.outputs)
        return tuple(Taken(name, of.dtype, of.shape) for name, of in found)

    @property
    def by_name(self) -> bool:
        """Whether the network takes a dict."""
        return self.kind == "columns"

    def sends(self, fitted: Fitted) -> Callable[[Mapping[str, Array]], Sent]:
        """From admitted raw columns to what the network takes."""
        if self.kind == "matrix":
            return fitted.matrix_of
        run = targets.load("numpy").compile(self.graph)
        if self.kind == "columns":
            return run
        name = self.graph.outputs[0][0]
        return lambda columns: run(columns)[name]


def form(fitted: Fitted, kind: Kind) -> Form:
    """The form of that kind for a fitted's features."""
    if kind == "matrix":
        return Form(kind, fitted.graph)
    outputs = ((name, column(sent(node, alone=True))) for name, node in fitted.graph.outputs)
    return Form(kind, n.Graph(tuple(outputs)))


def forms(fitted: Fitted) -> tuple[Form, ...]:
    """The forms in which a network may take the features, the likeliest first."""
    alone = len(fitted.graph.outputs) == 1
    kinds: tuple[Kind, ...] = ("feature", "matrix", "columns") if alone else ("matrix", "columns")
    return tuple(form(fitted, kind) for kind in kinds)


def form_of(plan: Plan, fitted: Fitted) -> Form | None:
    """The form in which a stored network takes the features; `None` if it takes others."""
    for found in forms(fitted):
        if found.by_name == plan.by_name and set(plan.inputs) == set(found.inputs):
            return found
    return None


def rows_of(sent_: Sent) -> int:
    """How many rows were sent."""
    return len(next(iter(sent_.values())) if isinstance(sent_, dict) else sent_)


def mapped(change: Callable[[Array], Any], sent_: Sent) -> Any:
    """What was sent, each array changed."""
    if isinstance(sent_, dict):
        return {name: change(x) for name, x in sent_.items()}
    return change(sent_)


def finite(sent_: Sent) -> Array:
    """Which rows hold finite numbers only."""
    arrays = list(sent_.values()) if isinstance(sent_, dict) else [sent_]
    kept = [np.isfinite(x.reshape(len(x), -1)).all(axis=1) for x in arrays]
    found: Array = np.logical_and.reduce(kept)
    return found
