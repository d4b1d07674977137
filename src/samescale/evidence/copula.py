"""How columns hang together: a correlation of normal scores, with heavy tails.

log c(z) = −(ν + d)/2 · [log(1 + z'Pz/ν) − log(1 + z'z/ν)], P the inverse of the shrunk correlation
R: the density of an elliptical t against the spherical one, so that columns that know nothing of
each other add nothing, and a row that breaks a relation counts for a bounded amount, as honest
odd rows do. Missing scores are filled by their expectation, which leaves z'Pz that of the
others.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Self, final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

SHRINK: Final = 0.05
NUS: Final = (3.0, 6.0, 12.0, 25.0, 60.0)


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Copula:
    """The dependence of d columns.

    Attributes:
        correlation: Of the normal scores, shrunk, shape (d, d).
        precision: Its inverse.
        nu: Degrees of freedom: small where odd rows are common.
    """

    correlation: Array
    precision: Array
    nu: float

    @classmethod
    def learn(cls, scores: Array) -> Self:
        """The copula of a sample's normal scores.

        Args:
            scores: Shape (k, d), NaN where missing.
        """
        count, width = scores.shape
        filled = np.where(np.isnan(scores), 0.0, scores)
        there = (~np.isnan(scores)).astype(np.float64)
        pairs = np.maximum(there.T @ there, 1.0)
        sums = filled.T @ filled
        scale = np.sqrt(np.diag(sums) / np.maximum(there.sum(0), 1.0))
        varies = scale > 1e-6  # noqa: PLR2004 - a constant column has no score
        safe = np.where(varies, scale, 1.0)
        found = sums / pairs / np.outer(safe, safe) * np.outer(varies, varies)
        np.fill_diagonal(found, 1.0)
        found = _definite(found, SHRINK + width / (count + 2.0 * width))
        # As it is stored: what is learned and what is loaded are the same.
        upper = found[np.triu_indices(width, 1)].astype(np.float32)
        return cls.of(_square(upper, width), filled)

    @classmethod
    def packed(cls, upper: Array, width: int, nu: float) -> Self:
        """The copula of a stored correlation.

        Args:
            upper: What stands above the diagonal, row by row.
            width: How many columns there are.
            nu: Degrees of freedom.
        """
        return cls.of(_square(upper, width), nu=nu)

    @classmethod
    def of(cls, correlation: Array, scores: Array | None = None, nu: float = 12.0) -> Self:
        """The copula of a positive definite correlation; ν is fitted where there are scores."""
        precision = np.linalg.inv(correlation)
        if scores is None or not len(scores):
            return cls(correlation, precision, nu)
        few = scores[:4000]
        best = max(NUS, key=lambda nu: _likelihood(few, precision, nu))
        return cls(correlation, precision, best)

    def log_density(self, scores: Array) -> Array:
        """Log c of rows of filled scores, shape (…, d) → (…)."""
        bound = ((scores @ self.precision) * scores).sum(axis=-1)
        free = (scores * scores).sum(axis=-1)
        return self.of_forms(bound, free)

    def of_forms(self, bound: Array, free: Array) -> Array:
        """Log c where z'Pz and z'z are known already."""
        half = (self.nu + len(self.precision)) / 2
        return -half * (np.log1p(np.maximum(bound, 0) / self.nu) - np.log1p(free / self.nu))

    def filled(self, scores: Array) -> Array:
        """Scores of shape (n, d) with what is missing expected from what is there."""
        gone = np.isnan(scores)
        if not gone.any():
            return scores
        found = np.where(gone, 0.0, scores)
        patterns, which = np.unique(gone, axis=0, return_inverse=True)
        for index, pattern in enumerate(patterns):
            if pattern.any() and not pattern.all():
                rows = which.ravel() == index
                own = self.precision[np.ix_(pattern, pattern)]
                other = self.precision[np.ix_(pattern, ~pattern)]
                expected = -np.linalg.solve(own, other @ found[np.ix_(rows, ~pattern)].T).T
                found[np.ix_(rows, pattern)] = expected
        return found


def _square(upper: Array, width: int) -> Array:
    found = np.zeros((width, width))
    found[np.triu_indices(width, 1)] = upper
    return found + found.T + np.eye(width)


def _definite(correlation: Array, shrink: float) -> Array:
    values, vectors = np.linalg.eigh(correlation)
    found = (vectors * np.maximum(values, 1e-3)) @ vectors.T
    scale = np.sqrt(np.diag(found))
    found = found / np.outer(scale, scale)
    return np.asarray(found * (1 - shrink) + np.eye(len(found)) * shrink)


def _likelihood(scores: Array, precision: Array, nu: float) -> float:
    from math import lgamma

    width = len(precision)
    bound = ((scores @ precision) * scores).sum(axis=-1)
    constant = lgamma((nu + width) / 2) - lgamma(nu / 2) - width / 2 * np.log(nu)
    return float(np.mean(constant - (nu + width) / 2 * np.log1p(bound / nu)))
