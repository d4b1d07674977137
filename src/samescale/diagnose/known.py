"""What is known of training: learned from a table, or carried by a bundle."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.diagnose.summary import Summary, of_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.diagnose.diagnosis import Side
    from samescale.evidence.reference import Reference
    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.profile import ColumnProfile

DRAWN = 4096
"""So many values stand for a column of which only the distribution is known."""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Training.

    Attributes:
        side: What it is, and how much of it was looked at.
        fitted: Its contract, graph and profile.
        is_contract: Whether the contract is one: a table's own types bind nobody.
        values: Values of training by column, float64, rows first; where there is a table.
        skipped: The columns that aren't compared, each with the reason.
    """

    side: Side
    fitted: Fitted
    is_contract: bool
    values: Mapping[str, Array]
    skipped: Mapping[str, str]

    def drawn(self, name: str) -> Array:
        """Values that stand for a column of numbers, float64 of shape (k,)."""
        if name in self.values:
            return self.values[name].ravel()
        table = self.fitted.profile.table
        if table is not None and name in table.names:
            return of_density(table, table.names.index(name))
        return of_quantiles(self.fitted.profile.columns[name])

    def summary(self, name: str) -> Summary:
        """The exact statistics of a column, over all rows."""
        known = self.fitted.profile.columns[name]
        whole = name in self.values and len(self.values[name]) == known.rows
        told = of_numbers(self.drawn(name))
        return Summary(
            known.rows,
            known.missing / max(known.rows, 1),
            known.minimum,
            known.maximum,
            known.mean,
            known.deviation,
            told.median,
            told.distinct if whole or known.missing == known.rows else None,
        )


def of_density(table: Reference, place: int) -> Array:
    """Values spread as a column's density is: its repeated values, and the rest between them."""
    densities = table.densities
    grid = densities.start[place] + densities.step[place] * np.arange(densities.log_smooth.shape[1])
    weights = np.exp(densities.log_smooth[place])
    # Where a column has been scaled outside, callers send it as that scaler gave it.
    shift, scale = table.scaling[0][place], table.scaling[1][place]
    rest = np.sinh(_quantiles(grid, weights)) * densities.width[place] + densities.centre[place]
    rest = np.clip(rest, table.low[place], table.high[place])
    if densities.tick[place]:
        rest = np.round(rest / densities.tick[place]) * densities.tick[place]
    shares = densities.atom_shares[place]
    held = shares > 0
    atoms = np.repeat(densities.atoms[place][held], np.round(shares[held] * DRAWN).astype(int))
    keep = round(max(0.0, 1.0 - float(shares[held].sum())) * DRAWN)
    spread = rest[np.linspace(0, DRAWN - 1, keep).astype(np.intp)] if keep else rest[:0]
    found: Array = (np.concatenate([atoms, spread]) - shift) / scale
    return found


def _quantiles(grid: Array, weights: Array) -> Array:
    """As many points of a density on a grid, evenly spread over its mass."""
    mass = np.concatenate([[0.0], np.cumsum((weights[1:] + weights[:-1]) / 2)])
    return np.interp((np.arange(DRAWN) + 0.5) / DRAWN, mass / (mass[-1] or 1.0), grid)


def of_quantiles(known: ColumnProfile) -> Array:
    """Values spread as a column's quantiles say, which is all that old bundles know."""
    if known.minimum is None or known.maximum is None:
        return np.zeros(0)
    points = [0.0, *known.probabilities, 1.0]
    values = [known.minimum, *known.quantiles, known.maximum]
    if len(points) != len(values):
        points, values = [0.0, 1.0], [known.minimum, known.maximum]
    return np.interp((np.arange(DRAWN) + 0.5) / DRAWN, points, values)
