"""Moments, Extent and Missing in one pass, beside NumPy, scikit-learn, Keras and a pure read.

    python benchmarks/moments.py [rows [repeats]]

The first table is of whole tables in memory, `rows` × 20: the three statistics of one `Batch`, on
one thread. Each other column is that call's time over ours, from 1 on ours is faster: `NumPy` is
`mean(0)`, `var(0)`, `min(0)` and `max(0)`; `StandardScaler.fit`; `Normalization.adapt` of the array
(where Keras is installed). `read` is our time over that of NumPy's sum of the same bytes, as int64.

The second table is `two threads`: the time on the wall of halves of the table on two threads and on
one, and the bandwidth that two threads reach when they only read.

The third is of chunks: the three of one `Batch` beside `StandardScaler.partial_fit`.

Everything runs in turn in one process. The figures are minima of the process's CPU time, which
other work on the machine disturbs less than the time on the wall.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import sklearn
from sklearn.preprocessing import StandardScaler

from samescale import native
from samescale.statistics.batch import Batch
from samescale.statistics.extent import Extent
from samescale.statistics.missing import Missing
from samescale.statistics.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]

CPUINFO = Path("/proc/cpuinfo")
FEATURES = 20
SHAPES = ((65_536, 20), (16_384, 20), (8_192, 20), (256, 20), (65_536, 1), (16_384, 1), (256, 1))
DRAWS: dict[str, Draw] = {
    "normal": lambda rng, shape: rng.normal(10, 3, shape),
    "scales": lambda rng, shape: rng.normal(0, 1, shape) * 10.0 ** np.linspace(-6, 9, shape[1]),
    "lognormal(3)": lambda rng, shape: np.exp(rng.normal(0, 3, shape)),
    "2 % NaN": lambda rng, shape: np.where(
        rng.random(shape) < 0.02, np.nan, rng.normal(0, 1, shape)
    ),
    "whole": lambda rng, shape: rng.integers(0, 256, shape).astype(np.float64),
}


def three(array: np.ndarray) -> tuple[Moments, Extent, Missing]:
    """What is measured."""
    batch = Batch(array)
    return Moments().update(batch), Extent().update(batch), Missing().update(batch)


def four(array: np.ndarray) -> tuple[np.ndarray, ...]:
    """NumPy's answer to the same questions."""
    return array.mean(0), array.var(0), array.min(0), array.max(0)


def read(array: np.ndarray) -> int:
    """A pass over the bytes that does as little as NumPy can."""
    flat = array.reshape(-1) if array.flags.c_contiguous else array.T.reshape(-1)
    whole = flat.view(np.uint8)[: flat.nbytes // 8 * 8].view(np.int64)
    return int(np.add.reduce(whole))


def interleaved(
    calls: list[Callable[[], object]], repeats: int, clock: Callable[[], float] = time.process_time
) -> list[float]:
    """The least time of each call in seconds, measured in turn."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, spent in zip(calls, times, strict=True):
            start = clock()
            call()
            spent.append(clock() - start)
    return [min(spent) for spent in times]


def adapted() -> Callable[[np.ndarray], Any] | None:
    """Keras' `Normalization.adapt`, if it is installed."""
    try:
        import keras
    except ImportError:
        return None
    return lambda array: keras.layers.Normalization().adapt(array)


def tables(rows: int) -> Iterator[tuple[str, np.ndarray]]:
    """Whole tables, and how they lie in memory."""
    shape = (rows, FEATURES)
    for name in ("normal", "scales", "lognormal(3)"):
        for dtype in (np.float32, np.float64):
            yield f"{name} rows", DRAWS[name](np.random.default_rng(0), shape).astype(dtype)
    normal = DRAWS["normal"](np.random.default_rng(0), shape)
    yield "normal columns", np.asfortranarray(normal.astype(np.float32))
    yield "normal columns", np.asfortranarray(normal)
    yield "normal 1-D", np.ascontiguousarray(normal.reshape(-1, 1))
    yield "normal rows", normal.astype(np.float16)
    for dtype in ("i1", "i4", "i8"):
        yield "whole rows", normal.astype(dtype)
    yield "beyond 2^53", np.random.default_rng(0).integers(-(2**62), 2**62, shape)


def whole(rows: int, repeats: int) -> None:
    """Print the table of whole tables."""
    keras = adapted()
    print(f"{'table':18} {'dtype':8} {'ms':>8} {'ns/value':>8} NumPy  fit  adapt  read")
    for name, array in tables(rows):
        calls: list[Callable[[], object]] = [
            lambda array=array: three(array),
            lambda array=array: read(array),
            lambda array=array: four(array),
            lambda array=array: StandardScaler().fit(array),
        ]
        if keras is not None:
            keras(array[:100])
            calls.append(lambda array=array: keras(array))
        ours, pure, *theirs = interleaved(calls, repeats)
        ratios = "".join(f"{spent / ours:6.2f}" for spent in theirs)
        print(
            f"{name:18} {array.dtype.name:8} {ours * 1e3:8.1f} {ours / array.size * 1e9:8.3f} "
            f"{ratios} {ours / pure:5.2f}",
            flush=True,
        )


def threads(rows: int, repeats: int) -> None:
    """Print how much faster two threads are than one."""
    normal = DRAWS["normal"](np.random.default_rng(0), (rows, FEATURES))
    with ThreadPoolExecutor(2) as pool:
        for array in (normal.astype(np.float32), normal):
            halves = np.array_split(array, 2)
            one, two, alone, both = interleaved(
                [
                    lambda halves=halves: [three(half) for half in halves],
                    lambda halves=halves: list(pool.map(three, halves)),
                    lambda halves=halves: [read(half) for half in halves],
                    lambda halves=halves: list(pool.map(read, halves)),
                ],
                repeats,
                time.perf_counter,
            )
            print(
                f"two threads, {array.dtype}: {one / two:.2f} × one; only reading, "
                f"{alone / both:.2f} × one, {array.nbytes / both / 1e9:.1f} GB/s"
            )


def chunks(repeats: int) -> None:
    """Print the table of chunks."""
    print(f"{'values':13} {'dtype':8} {'chunk':12} {'sk us':>9} {'us':>9} {'ns/value':>8}  ratio")
    for name, draw in DRAWS.items():
        for dtype in (np.float32, np.float64):
            for shape in SHAPES:
                batch = draw(np.random.default_rng(0), shape).astype(dtype)
                scaler = StandardScaler().partial_fit(batch)
                calls: list[Callable[[], object]] = [
                    lambda scaler=scaler, batch=batch: scaler.partial_fit(batch),
                    lambda batch=batch: three(batch),
                ]
                more = max(repeats, min(200, repeats * 65_536 // len(batch)))
                theirs, ours = (spent * 1e6 for spent in interleaved(calls, more))
                print(
                    f"{name:13} {batch.dtype.name:8} {shape!s:12} {theirs:9.0f} {ours:9.0f} "
                    f"{ours / batch.size * 1e3:8.2f} {theirs / ours:6.2f}",
                    flush=True,
                )


def processor() -> str:
    """The processor's name, where the system tells it."""
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main(rows: int, repeats: int) -> None:
    """Print the tables."""
    print(f"{platform.platform()}, {processor()}, {os.cpu_count()} cores, {native.describe()}")
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, sklearn {sklearn.__version__}"
    )
    whole(rows, repeats)
    threads(rows, repeats)
    chunks(repeats)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:3]]
    main(*(*given, *(5_000_000, 5)[len(given) :]))
