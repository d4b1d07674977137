"""20 exact quantiles of each column: Quantiles beside np.quantile and polars, on the same array.

    python benchmarks/quantiles.py [rows] [rounds]

All run in turn in one process. The figures are medians of the process's CPU time, which other work
on the machine disturbs less than the time on the wall; polars has as many threads as it likes, and
its CPU time is that of all of them. `passes` is what Quantiles took, all of them counted. `pass 1`
is the cost of the first one alone, in nanoseconds a value.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from samescale.statistics.quantiles import Quantiles

if TYPE_CHECKING:
    from collections.abc import Callable

PROBABILITIES = tuple(k / 21 for k in range(1, 21))
COLUMNS = 20
PART = 65_536
DRAWS: dict[str, Callable[[np.random.Generator, tuple[int, int]], np.ndarray]] = {
    "normal(10, 3)": lambda rng, shape: rng.normal(10, 3, shape),
    "normal(0, 1)": lambda rng, shape: rng.normal(0, 1, shape),
    "1e5 ± 1": lambda rng, shape: 1e5 + rng.normal(0, 1, shape),
    "lognormal(3)": lambda rng, shape: np.exp(rng.normal(0, 3, shape)),
    "half zero": lambda rng, shape: np.maximum(rng.normal(0, 1, shape), 0),
    "whole": lambda rng, shape: rng.integers(0, 256, shape),
}


def ours(table: np.ndarray) -> tuple[list[list[float]], int, float]:
    """The quantiles by column, in how many passes, and the CPU seconds of the first one."""
    began = time.process_time()
    learned, passes = Quantiles(PROBABILITIES).update(table), 1
    following = learned.refine()
    first = time.process_time() - began
    while following is not None:
        learned, passes = following.update(table), passes + 1
        following = learned.refine()
    return learned.value()["values"], passes, first


def with_polars(frame: pl.DataFrame) -> np.ndarray:
    """The quantiles by column.

    20 calls of its `quantile` a column take ten times as long as one sort, which is what is timed.
    """
    places = np.array(PROBABILITIES) * (len(frame) - 1)
    low = places.astype(np.int64)
    near = np.stack([low, low + 1]).ravel()
    found = frame.lazy().select(pl.all().sort().gather(near)).collect()
    lower, upper = found.to_numpy().astype(np.float64).reshape(2, len(low), -1)
    return (lower + (places - low)[:, None] * (upper - lower)).T


def seconds(call: Callable[[], object]) -> float:
    """CPU seconds of a call."""
    began = time.process_time()
    call()
    return time.process_time() - began


def main(rows: int, rounds: int) -> None:
    """Print the table."""
    print(f"{rows} x {COLUMNS} float32, {len(PROBABILITIES)} quantiles of each column")
    print(f"{'values':14} {'ours s':>8} {'numpy s':>8} {'polars s':>8} passes  pass 1   ratios")
    for name, draw in DRAWS.items():
        parts = [
            draw(np.random.default_rng(k), (min(PART, rows - start), COLUMNS)).astype(np.float32)
            for k, start in enumerate(range(0, rows, PART))
        ]
        table = np.concatenate(parts)
        frame = pl.from_numpy(table)
        taken: list[list[float]] = [[], [], [], []]
        for _ in range(rounds):
            taken[0].append(seconds(lambda: ours(table)))  # noqa: B023 - called here
            taken[1].append(seconds(lambda: np.quantile(table, PROBABILITIES, axis=0)))  # noqa: B023
            taken[2].append(seconds(lambda: with_polars(frame)))  # noqa: B023
            values, passes, first = ours(table)
            taken[3].append(first)
        mine, numpy, polars, first = map(statistics.median, taken)
        near = np.quantile(table, PROBABILITIES, axis=0).T
        if not np.allclose(values, near, rtol=1e-6):
            raise SystemExit(f"{name}: these aren't the quantiles.")
        print(
            f"{name:14} {mine:8.2f} {numpy:8.2f} {polars:8.2f} {passes:6} "
            f"{first / table.size * 1e9:7.2f}   {numpy / mine:.1f} x numpy, "
            f"{polars / mine:.1f} x polars",
            flush=True,
        )


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 3,
    )
