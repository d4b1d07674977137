"""Moments.update beside scikit-learn's StandardScaler.partial_fit, on the same chunks.

    python benchmarks/moments.py [repeats]

Both run in turn in one process; the figures are medians of the process's CPU time, which other work
on the machine disturbs less than the time on the wall. `ratio` is partial_fit's time over
Moments': from 1 on, the exact answer is no slower than the rounded one. `three` is partial_fit's
time over that of Moments, Extent and Missing together.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import sklearn
from sklearn.preprocessing import StandardScaler

from samescale.statistics.extent import Extent
from samescale.statistics.missing import Missing
from samescale.statistics.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable

CPUINFO = Path("/proc/cpuinfo")
SHAPES = ((65_536, 20), (8_192, 20), (256, 20), (65_536, 1))
DRAWS: dict[str, Callable[[np.random.Generator, tuple[int, int]], np.ndarray]] = {
    "normal": lambda rng, shape: rng.normal(10, 3, shape),
    "scales": lambda rng, shape: rng.normal(0, 1, shape) * 10.0 ** np.linspace(-6, 9, shape[1]),
    "lognormal(3)": lambda rng, shape: np.exp(rng.normal(0, 3, shape)),
    "2 % NaN": lambda rng, shape: np.where(
        rng.random(shape) < 0.02, np.nan, rng.normal(0, 1, shape)
    ),
    "whole": lambda rng, shape: rng.integers(0, 256, shape).astype(np.float64),
}


def interleaved(calls: list[Callable[[], object]], repeats: int) -> list[float]:
    """The median CPU time of each call, in microseconds, measured in turn."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, spent in zip(calls, times, strict=True):
            start = time.process_time()
            call()
            spent.append(time.process_time() - start)
    return [statistics.median(spent) * 1e6 for spent in times]


def row(name: str, batch: np.ndarray, repeats: int) -> str:
    """One line of the table."""
    scaler, moments = StandardScaler().partial_fit(batch), Moments().update(batch)
    extent, missing = Extent().update(batch), Missing().update(batch)
    calls: list[Callable[[], object]] = [
        lambda: scaler.partial_fit(batch),
        lambda: moments.update(batch),
        lambda: (moments.update(batch), extent.update(batch), missing.update(batch)),
    ]
    repeats = max(repeats, min(400, repeats * 65_536 // len(batch)))
    theirs, ours, three = interleaved(calls, repeats)
    return (
        f"{name:13} {batch.dtype.name:8} {batch.shape!s:12} {theirs:9.0f} {ours:9.0f} "
        f"{ours / batch.size * 1e3:7.2f} {theirs / ours:6.2f} {theirs / three:6.2f}"
    )


def processor() -> str:
    """The processor's name, where the system tells it."""
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main(repeats: int) -> None:
    """Print the table."""
    print(f"{platform.platform()}, {processor()}, {os.cpu_count()} cores")
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, sklearn {sklearn.__version__}"
    )
    print(
        f"{'values':13} {'dtype':8} {'chunk':12} {'sk us':>9} {'us':>9} {'ns/val':>7}  ratio  three"
    )
    for name, draw in DRAWS.items():
        for dtype in (np.float32, np.float64):
            for shape in SHAPES:
                batch = draw(np.random.default_rng(0), shape).astype(dtype)
                print(row(name, batch, repeats), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
