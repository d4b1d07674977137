"""From rows that arrived to the few orders of columns that explain them best."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale.evidence.drift import lone_weights
from samescale.evidence.hypotheses._permuted import families
from samescale.evidence.hypotheses._permuted.assignment import assignment
from samescale.evidence.hypotheses._permuted.cells import Cells, Lens
from samescale.evidence.hypotheses._permuted.exchanges import exchanges

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.evidence.arrived import Arrived
    from samescale.ir.types import Array

FEW_CELLS: Final = 8_000
LEAST_ROWS: Final = 8
KEPT: Final = 4
PROMISE: Final = 10.0
"""Nats that columns elsewhere, or two exchanged, have to gain before any order is searched for."""

FEW_ROWS: Final = 4
ROW: Final = 5.0
"""Of several rows each may say so much for each column that moves, or thrice what the middle one
says: one odd row is no mistake."""

RELATION: Final = 8.0
"""Of few rows each may say so much by its columns' relations: honest odd rows break some."""

SLACK: Final = 40.0
"""Nats a row and column over m: training of m rows is known no better (bins / m)."""

LEAST: Final = 1e-6  # nats: less is rounding
STEPS: Final = 24
"""Of the local search from one start."""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Order:
    """One order that columns may have arrived in.

    Attributes:
        source: Column k's values arrived in column `source[k]`.
        gain: Of all rows, trust and all.
        prior: log of how common it is.
        detail: In a few words.
        lone: The gain where a value that comes again in its column counts once.
        free: Both, as drift is weighed: see `Whole.gain`.
    """

    source: Array
    gain: float
    prior: float
    detail: str
    lone: float = 0.0
    free: tuple[float, float] = (0.0, 0.0)

    @property
    def weight(self) -> float:
        """Both together."""
        return self.gain + self.prior


def orders(arrived: Arrived, trust: Array) -> list[Order]:
    """The likely orders, the likeliest first.

    Args:
        arrived: What arrived.
        trust: Of each pair of columns, (d, d).
    """
    count, width = arrived.values.shape
    if width < 2:  # noqa: PLR2004
        return []
    lens = Lens(arrived.densities, *arrived.scaled, arrived.exact)
    rows = min(count, max(LEAST_ROWS, FEW_CELLS // width**2))
    kept = np.linspace(0, count - 1, rows).astype(np.intp)
    search = Search(Cells.of(lens, arrived.copula, arrived.values[kept]), trust, count / rows)
    likely = sorted(search.proposed(), key=lambda one: -one.weight)
    likely = [one for one in likely if one.weight > 0][:KEPT]
    if not likely:
        return []
    whole = Whole(arrived, lens, trust, *lens.seen(arrived.values))
    found = []
    for one in likely:
        gain, lone, free = whole.gain(one.source)
        found.append(dc.replace(one, gain=gain, lone=lone, free=free))
    return sorted(found, key=lambda one: -one.weight)


def trusted(trust: Array, source: Array) -> Array:
    """The mean factor of the columns that arrangements (…, d) move."""
    places = np.arange(source.shape[-1])
    away = source != places
    return np.asarray(
        (trust[places, source] * away).sum(axis=-1) / np.maximum(away.sum(axis=-1), 1)
    )


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Orders by some of the rows.

    Attributes:
        cells: Of these rows.
        trust: Of each pair of columns.
        scale: All rows over these.
    """

    cells: Cells
    trust: Array
    scale: float

    def proposed(self) -> Iterator[Order]:
        """The likeliest of each family; any order at all only where much speaks for one."""
        one, two, gained = exchanges(self.cells)
        width, worth = len(self.trust), self.cells.mass.sum(axis=0)
        gains = gained.sum(axis=0) * self.trust[one, two] * self.scale
        prior = families.SWAP - math.log(len(one))
        for pair in np.argsort(gains)[::-1][:KEPT]:
            source = np.arange(width)
            source[one[pair]], source[two[pair]] = two[pair], one[pair]
            yield Order(source, float(gains[pair]), prior, "two exchanged")
        if width > 2:  # noqa: PLR2004 - a shift of two columns is their exchange
            yield from self._ordered(*families.moves(worth, KEPT), "one column moved")
            yield from self._ordered(*families.rotations(worth, KEPT), "all columns shifted")
            promise = worth.max(axis=1) - np.diag(worth) - math.log(width)
            if max(np.maximum(promise, 0).sum() * self.scale, gains.max()) > PROMISE:
                yield from self._any(worth)

    def _ordered(self, sources: Array, priors: Array, detail: str) -> Iterator[Order]:
        gains = self.cells.gains(sources) * trusted(self.trust, sources) * self.scale
        for at in np.argsort(-(gains + priors))[:2]:
            yield Order(sources[at], float(gains[at]), float(priors[at]), detail)

    def _any(self, worth: Array) -> Iterator[Order]:
        places = np.arange(len(worth))
        best = assignment(worth.T)
        found = [improved(self.cells, places), improved(self.cells, best), best]
        sources = np.stack([source for source in found if (source != places).any()] or [best])
        away = (sources != places).sum(axis=1).tolist()
        prior = np.array([families.log_prior(count, len(worth)) for count in away])
        yield from self._ordered(sources, prior, "another order")


def improved(cells: Cells, source: Array) -> Array:
    """The order after exchanges of two, as long as one pays for what it moves."""
    for _ in range(STEPS):
        new = _step(cells, source)
        if (new == source).all():
            break
        source = new
    return source


def _step(cells: Cells, source: Array) -> Array:
    """The order after the best exchange, or after all good ones that don't meet."""
    places, cost = np.arange(len(source)), math.log(len(source))
    one, two, gained = exchanges(cells.arranged(source))
    away = source != places
    more = (source[two] != one).astype(int) + (source[one] != two) - away[one] - away[two]
    total = gained.sum(axis=0) - cost * more
    free, new = np.ones(len(source), bool), [source.copy(), source.copy()]
    for rank, pair in enumerate(np.argsort(total)[::-1]):
        if total[pair] <= LEAST:
            break
        a, b = one[pair], two[pair]
        if free[a] and free[b]:
            free[[a, b]] = False
            for order in new if rank == 0 else new[:1]:
                order[[a, b]] = source[[b, a]]
    both = np.stack(new)
    worth = cells.gains(both) - cost * (both != places).sum(axis=1)
    return np.asarray(both[int(worth.argmax())])


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """Gains by all rows, looked up only where columns move.

    Attributes:
        arrived: What arrived.
        lens: That sees it.
        trust: Of each pair of columns.
        mass: log of each cell's chance where it arrived, (n, d).
        scores: Its score, NaN where missing.
    """

    arrived: Arrived
    lens: Lens
    trust: Array
    mass: Array
    scores: Array

    def gain(self, source: Array) -> tuple[float, float, tuple[float, float]]:
        """Of one arrangement, and where a value that comes again in its column counts once.

        The pair behind it is both without bounds on what a row may say and against training as it
        is, as drift is weighed.
        """
        away = np.flatnonzero(source != np.arange(len(source)))
        if not len(away):
            return 0.0, 0.0, (0.0, 0.0)
        arrived = self.arrived
        mass, scores = self.lens.only(away).seen(arrived.values[:, source[away]])
        every = self.scores.copy()
        every[:, away] = scores
        every = arrived.copula.filled(every)
        if not self._plausible(every, away):
            return 0.0, 0.0, (0.0, 0.0)
        relation = arrived.copula.log_density(every) - arrived.relation
        if len(relation) < FEW_ROWS:
            relation = np.minimum(relation, RELATION)
        right, own = mass, self.mass[:, away]
        known = SLACK * len(away) / (arrived.densities.rows + 2.0)
        found = []
        # A value that comes again counts as often as the column that it is taken for expects it.
        expected = np.maximum(1.0, len(mass) * np.exp(np.minimum(mass, 0.0)))
        alone = np.minimum(1.0, lone_weights(arrived.values[:, source[away]]) * expected)
        back = np.argsort(source[away])
        for moved in (np.ones(mass.shape), alone):
            once = moved[:, back]
            gained = (moved * right - once * own).sum(axis=1) + once.mean(axis=1) * relation
            if len(gained) >= FEW_ROWS:
                gained = np.minimum(gained, max(ROW * len(away), 3 * float(np.median(gained))))
            total = float(gained.sum() * trusted(self.trust, source))
            found.append(total - known * float(once.mean(axis=1).sum()))
        once = lone_weights(arrived.values[:, away])
        free = [
            float(((right * w[:, np.argsort(back)] - arrived.mass[:, away] * w).sum(axis=1)
                   + w.mean(axis=1) * relation).sum() * trusted(self.trust, source))
            for w in (np.ones(mass.shape), once)
        ]  # fmt: skip
        return found[0], found[1], (free[0], free[1])

    def _plausible(self, scores: Array, away: Array) -> bool:
        """Whether what moved hangs together with the rest as in training, once it is back.

        Under the copula `Pz / sqrt(diag P)` is what is left of a column by all others, of
        variance 1. Drift that tears columns apart isn't mended by another order.
        """
        precision = self.arrived.copula.precision
        left = (scores @ precision[:, away]) / np.sqrt(np.diag(precision)[away])
        return float(np.minimum(left**2, 25.0).mean()) <= 3 + 12 / math.sqrt(len(scores))
