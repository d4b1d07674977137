"""One column changed by a function: how much likelier the rows are if it is taken back.

All columns and all functions are looked up at once; what a changed column means to the others is a
closed form: with `g = Pz` and one score moved by t, z'Pz grows by `2 t g + t² P_jj`.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.verdict import Back
    from samescale.ir.types import Array

FEW_ROWS: Final = 32
"""Of so many rows all changes of all columns are weighed; the best of them by all rows."""


@final
@dc.dataclass(frozen=True, slots=True)
class Change:
    """What may have happened to a column: `right = back(arrived * scale + shift)`.

    Attributes:
        detail: What happened, in a few words.
        prior: log of how common it is among changes.
        scale: The factor that takes it back.
        shift: What is added.
        kind: The function after that.
    """

    detail: str
    prior: float
    scale: float = 1.0
    shift: float = 0.0
    kind: Back = "affine"

    def back(self, values: Array, tolerance: Array) -> tuple[Array, Array]:
        """The right values and how exactly they are known."""
        inner = values * self.scale + self.shift
        slope = np.full_like(inner, abs(self.scale))
        if self.kind == "affine":
            # The caller's own sum was rounded where its result was.
            return inner, tolerance * slope + 2e-16 * abs(self.shift)
        with np.errstate(all="ignore"):
            function, derivative = _BACK[self.kind]
            right = function(inner)
            known = tolerance * slope * derivative(inner)
        bad = ~np.isfinite(right) & np.isfinite(values)
        return np.where(bad, np.sign(inner) * 1e300, right), np.where(np.isfinite(known), known, 0)


_BACK: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "exp": (np.exp, np.exp),
    "expm1": (np.expm1, np.exp),
    "exp10": (lambda x: np.power(10.0, x), lambda x: np.power(10.0, x) * np.log(10.0)),
    "log": (np.log, lambda x: 1 / np.abs(x)),
    "log1p": (np.log1p, lambda x: 1 / np.abs(1 + x)),
}


ROUGHLY: Final = 7.0
"""Nats against constants that are only near ours."""

TRUSTED: Final = 3.0
"""Nats that the columns' relations may add to what a column's own values say."""


def trusted(own: Array, relation: Array, rows: int) -> Array:
    """A column's own evidence and that of its relations, all rows together.

    A column that another one's drift has left behind looks wrong by its relations alone: they count
    for more only where its own values agree, in several rows: an honest odd value is odd beside the
    others as well.
    """
    most = 2.0 * own * min(1.0, (rows - 1) / 3)
    return np.asarray(own + np.minimum(relation, np.maximum(TRUSTED, most)))


def roughly(own: Array, spared: Array) -> Array:
    """A column's own evidence where the caller's constants are ours, or only near them."""
    return np.asarray(np.maximum(own, own + spared - ROUGHLY))


def gains(
    arrived: Arrived, changes: Sequence[Change], rows: slice | None = None
) -> tuple[Array, Array, Array]:
    """Log of how much likelier each cell and its row are if one column's change is taken back.

    Args:
        arrived: What arrived.
        changes: What may have happened to a column.
        rows: Which of the distinct rows; the first `FEW_ROWS` if left out.

    Returns:
        By the column's own values, by its relations, and what `roughly` spares; each of shape
        (changes, n, d).
    """
    rows = slice(FEW_ROWS) if rows is None else rows
    raw, tolerance = arrived.raw[rows], arrived.tolerance[rows]
    backs = [change.back(raw, tolerance) for change in changes]
    right = np.stack([values for values, _ in backs])
    known = np.stack([exact for _, exact in backs])
    mass, scores = arrived.densities.look(right, known)
    with np.errstate(all="ignore"):
        slope = np.where((tolerance > 0) & (known > 0), np.log(known / tolerance), 0.0)
    spared = arrived.densities.spared(right, known, arrived.shown[rows] + slope)
    return mass - arrived.mass[rows], moved(arrived, scores, rows), spared


def unknown(arrived: Arrived) -> Array:
    """By how much the copula grows if a cell's value says nothing, (n, d), −2 at least."""
    precision = np.diag(arrived.copula.precision)
    expected = arrived.scores - arrived.scores @ arrived.copula.precision / precision
    relation = moved(arrived, expected, slice(None)) - 0.5 * np.log(precision)
    return np.asarray(np.maximum(relation, -2.0))


def moved(
    arrived: Arrived, scores: Array, rows: slice, columns: Array | slice = slice(None)
) -> Array:
    """By how much the copula grows if one score is another, shape (…, n, columns)."""
    every = arrived.scores[rows]
    old = every[:, columns]
    step = np.where(np.isnan(scores), 0.0, scores - old)
    precision = arrived.copula.precision
    pull = every @ precision
    bound = np.einsum("ni,ni->n", pull, every)[:, None]
    free = np.einsum("ni,ni->n", every, every)[:, None]
    new = arrived.copula.of_forms(
        bound + step * (2 * pull[:, columns] + step * np.diag(precision)[columns]),
        free + step * (2 * old + step),
    )
    return np.where(step == 0, 0.0, new - arrived.relation[rows][:, None])
