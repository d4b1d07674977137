"""20 exact quantiles of each column: Quantiles beside np.quantile and polars, on the same array.

    python benchmarks/quantiles.py                          5 million rows × 20 columns
    python benchmarks/quantiles.py --rows 1000000 --rounds 3
    python benchmarks/quantiles.py zero years               the values that are called so

All run in turn in one process, and the fastest turn counts, by the processor's time of all threads:
other work on the machine disturbs it less than the time on the wall. All figures are nanoseconds a
value. `passes` is what each pass of Quantiles took, `values` included; `ours` is all of them
together. A ratio is theirs to ours.

numpy and polars sort or select, and are fast where there is little to sort: a column that is sorted
already, or is nearly one value. Quantiles counts, and takes about as long on all columns.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl
import stored

from samescale import native
from samescale.statistics.quantiles import Quantiles

if TYPE_CHECKING:
    from collections.abc import Callable

Rng: TypeAlias = np.random.Generator
Shape: TypeAlias = tuple[int, int]

PROBABILITIES = tuple(k / 21 for k in range(1, 21))
COLUMNS = 20
PART = 65_536
DRAWS: dict[str, tuple[str, Callable[[Rng, Shape], np.ndarray]]] = {
    "normal(10, 3)": ("f4", lambda rng, shape: rng.normal(10, 3, shape)),
    "normal(0, 1)": ("f4", lambda rng, shape: rng.normal(0, 1, shape)),
    "uniform(0, 1)": ("f4", lambda rng, shape: rng.random(shape)),
    "lognormal(3)": ("f4", lambda rng, shape: np.exp(rng.normal(0, 3, shape))),
    "1e5 ± 1": ("f4", lambda rng, shape: 1e5 + rng.normal(0, 1, shape)),
    "half zero": ("f4", lambda rng, shape: np.maximum(rng.normal(0, 1, shape), 0)),
    "90 % zero": ("f4", lambda rng, shape: rng.normal(0, 1, shape) * (rng.random(shape) < 0.1)),
    "30 % -999": (
        "f4",
        lambda rng, shape: np.where(rng.random(shape) < 0.3, -999, rng.normal(10, 3, shape)),
    ),
    "10 % NaN": (
        "f4",
        lambda rng, shape: np.where(rng.random(shape) < 0.1, np.nan, rng.normal(10, 3, shape)),
    ),
    "years": ("f4", lambda rng, shape: np.round(rng.normal(2010, 5, shape))),
    "0…255": ("f4", lambda rng, shape: rng.integers(0, 256, shape)),
    "one value": ("f4", lambda _, shape: np.full(shape, 7.0)),
    "sorted": ("f4", lambda rng, shape: rng.normal(10, 3, shape)),
    "normal, f8": ("f8", lambda rng, shape: rng.normal(10, 3, shape)),
    "1e9 ± 1, f8": ("f8", lambda rng, shape: 1e9 + rng.normal(0, 1, shape)),
    "prices, f8": ("f8", lambda rng, shape: np.round(np.exp(rng.normal(3, 1, shape)), 2)),
    "half floats": ("f2", lambda rng, shape: rng.normal(10, 3, shape)),
    "16 bits": ("i2", lambda rng, shape: rng.integers(-32768, 32768, shape)),
    "8 bits": ("u1", lambda rng, shape: rng.integers(0, 256, shape)),
    "numbers, i8": ("i8", lambda rng, shape: rng.integers(0, 10**9, shape)),
}


def table(name: str, rows: int) -> np.ndarray:
    """The values of a name, as a row-major table."""
    dtype, draw = DRAWS[name]
    found = np.empty((rows, COLUMNS), dtype)
    for k, start in enumerate(range(0, rows, PART)):
        part = found[start : start + PART]
        part[:] = draw(np.random.default_rng(k), part.shape)
    if name == "sorted":
        found.sort(axis=0)
    return found


def ours(values: np.ndarray) -> tuple[list[float], list[list[float]]]:
    """The CPU seconds of each pass, and the quantiles by column."""
    following: Quantiles | None = Quantiles(PROBABILITIES)
    taken: list[float] = []
    while following is not None:
        began = time.process_time()
        learned = following.update(values)
        following = learned.refine()
        found: Any = None if following else learned.value()["values"]
        taken.append(time.process_time() - began)
    return taken, found


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


def line(name: str, rows: int, rounds: int) -> str:
    """What one kind of values took.

    Raises:
        SystemExit: If the quantiles aren't those of NumPy.
    """
    values = table(name, rows)
    frame = pl.from_numpy(values)
    passes, numpy, polars = [np.inf], np.inf, np.inf
    for _ in range(rounds):
        now, found = ours(values)
        passes = min(passes, now, key=sum)
        numpy = min(numpy, seconds(lambda: np.quantile(values, PROBABILITIES, axis=0)))
        polars = min(polars, seconds(lambda: with_polars(frame)))
    first = values[:, 0].astype(np.float64)
    if not np.allclose(found[0], np.quantile(first[~np.isnan(first)], PROBABILITIES), rtol=1e-12):
        raise SystemExit(f"{name}: these aren't the quantiles.")
    each = 1e9 / values.size
    mine = sum(passes)
    return (
        f"{name:14} {mine * each:6.2f} {numpy * each:6.2f} {polars * each:7.2f} "
        f"{numpy / mine:6.1f} x {polars / mine:6.1f} x   "
        + " + ".join(f"{one * each:.2f}" for one in passes)
    )


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("names", nargs="*", help="only values called so, in part")
    asked.add_argument("--rows", type=int, default=5_000_000)
    asked.add_argument("--rounds", type=int, default=1)
    given = asked.parse_args()
    print(f"{stored.machine()}; the kernel: {native.describe()['quantiles']}")
    print(f"{len(PROBABILITIES)} quantiles of each column, {given.rows} x {COLUMNS}, ns a value\n")
    print("values           ours  numpy  polars  to numpy to polars   passes")
    for name in DRAWS:
        if not given.names or any(one in name for one in given.names):
            print(line(name, given.rows, given.rounds), flush=True)


if __name__ == "__main__":
    main()
