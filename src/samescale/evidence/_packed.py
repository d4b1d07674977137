"""Densities as they are kept: a few hundred bytes a column, and what follows from them."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.evidence._shape import GRID, Shape, score_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array

SCALARS: Final = tuple(field.name for field in dc.fields(Shape) if field.type == "float")
PACKED: Final = (
    "scalars",
    "atom_counts",
    "atoms",
    "atom_shares",
    "log_smooth",
    "shares",
    "heap",
    "heap_beyond",
)
_ROOT = 2.5066282746310002  # √2π
_STEP = 0.4
_SIZES: Final = {
    "log_smooth": np.float16,
    "shares": np.float32,
    "heap": np.float32,
    "heap_beyond": np.float32,
}


def pack(shapes: Sequence[Shape]) -> dict[str, Array]:
    """The shapes of d columns as arrays."""
    found: dict[str, Array] = {
        "scalars": np.array([[getattr(s, name) for name in SCALARS] for s in shapes], np.float64),
        "atom_counts": np.array([len(s.atoms) for s in shapes], np.uint8),
        "atoms": np.concatenate([np.zeros(0), *(s.atoms for s in shapes)]),
        "atom_shares": np.concatenate([np.zeros(0), *(s.atom_shares for s in shapes)]),
    }
    found["atom_shares"] = found["atom_shares"].astype(np.float32)
    for name, dtype in _SIZES.items():
        found[name] = np.stack([getattr(s, name) for s in shapes]).astype(dtype)
    return found


def unpack(packed: Mapping[str, Array]) -> dict[str, Array]:
    """The fields of `Densities` that are arrays, float64."""
    scalars = dict(zip(SCALARS, packed["scalars"].T.astype(np.float64), strict=True))
    bandwidth = scalars.pop("bandwidth")
    found = {name: packed[name].astype(np.float64) for name in _SIZES}
    counts = packed["atom_counts"].astype(np.intp)
    most, width = int(counts.max(initial=0)), len(counts)
    atoms, shares = np.full((width, most), np.nan), np.zeros((width, most))
    inside = np.arange(most) < counts[:, None]
    atoms[inside], shares[inside] = packed["atoms"], packed["atom_shares"]
    with np.errstate(invalid="ignore"):
        y = np.arcsinh((atoms - scalars["centre"][:, None]) / scalars["width"][:, None])
    points = scalars["start"][:, None] + scalars["step"][:, None] * np.arange(GRID)
    smooth = np.exp(found["log_smooth"])
    # Atoms of a lattice are spread over a step of it, or one would have the chance of several.
    steps = _STEP * scalars["tick"][:, None] / (scalars["width"][:, None] * np.cosh(y))
    spread = np.fmax(bandwidth[:, None], steps)
    below = _below(smooth, scalars["step"])
    rest = np.maximum(1.0 - shares.sum(axis=1), 1e-9)[:, None]
    told = np.where(np.isnan(y), np.inf, y)
    at = np.clip((told - points[:, :1]) / scalars["step"][:, None], 0, GRID - 1)
    before = np.stack([np.interp(a, np.arange(GRID), b) for a, b in zip(at, below, strict=True)])
    own = np.cumsum(shares, axis=1) - 0.5 * shares
    ranks = below * rest + (shares[:, None, :] * (told[:, None, :] <= points[:, :, None])).sum(-1)
    return {
        **found,
        **scalars,
        "atoms": atoms,
        "atom_shares": shares,
        "atom_scores": score_of(before * rest + own),
        "grid_scores": score_of(ranks),
        "log_whole": _whole(smooth * rest, (told, shares), points, spread),
    }


def _below(smooth: Array, step: Array) -> Array:
    """The share of the smooth part below each point of the grid."""
    steps = (smooth[:, 1:] + smooth[:, :-1]) / 2 * step[:, None]
    found = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)
    return np.asarray(found / found[:, -1:])


def _whole(smooth: Array, atoms: tuple[Array, Array], points: Array, spread: Array) -> Array:
    """Log of the density with atoms spread by a normal kernel."""
    total = smooth.copy()
    for y, share, width in zip(atoms[0].T, atoms[1].T, spread.T, strict=True):
        with np.errstate(invalid="ignore"):
            away = (points - y[:, None]) / width[:, None]
        kernel = np.exp(-0.5 * np.minimum(away * away, 1400.0)) / (width[:, None] * _ROOT)
        total += np.where(share[:, None] > 0, share[:, None] * kernel, 0.0)
    return np.log(np.maximum(total, 1e-12))
