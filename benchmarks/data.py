"""The table of the benchmarks: 20 columns of numbers on different scales, and a target."""

from __future__ import annotations

import numpy as np

import samescale as ss

COLUMNS = 20
NAMES = tuple(f"x{index:02}" for index in range(COLUMNS))
SIZES = (1, 1_000, 100_000)


def matrix(rows: int) -> np.ndarray:
    """Rows × 20, float32: what scikit-learn and Keras are given."""
    random = np.random.default_rng(rows)
    scales = np.logspace(-3, 3, COLUMNS)
    return (random.normal(size=(rows, COLUMNS)) * scales + 3 * scales).astype(np.float32)


def columns(table: np.ndarray) -> dict[str, np.ndarray]:
    """The same as arrays by name: what samescale is given."""
    return {name: np.ascontiguousarray(table[:, i]) for i, name in enumerate(NAMES)}


def target(table: np.ndarray) -> np.ndarray:
    """Something to predict."""
    z = (table - table.mean(axis=0)) / table.std(axis=0)
    return (40 + 5 * z[:, 0] + 3 * z[:, 1] * z[:, 2]).astype(np.float32)


def spec(*, with_target: bool = False) -> ss.Spec:
    """Normalization of every column."""
    goal = ss.Target("y", ss.Normalization()) if with_target else None
    return ss.Spec({name: ss.Normalization() for name in NAMES}, target=goal)
