"""The tables of the benchmarks: the same numbers in every process, drawn from a fixed seed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

import samescale as ss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from peers.base import Work

COLUMNS = 20
NAMES = tuple(f"x{index:02}" for index in range(COLUMNS))
SIZES = (1, 1_000, 100_000)

PROBABILITIES = tuple((place + 0.5) / 20 for place in range(20))

_BLOCK = 2**17


def _scales(random: np.random.Generator, out: np.ndarray) -> None:
    """Columns on different scales, each three deviations away from zero."""
    scales = np.logspace(-3, 3, out.shape[1], dtype=np.float32)
    random.standard_normal(dtype=np.float32, out=out)
    out += 3
    out *= scales


def _around(mean: float, deviation: float) -> Callable[[np.random.Generator, np.ndarray], None]:
    def draw(random: np.random.Generator, out: np.ndarray) -> None:
        random.standard_normal(dtype=np.float32, out=out)
        out *= np.float32(deviation)
        out += np.float32(mean)

    return draw


DRAWS: dict[str, Callable[[np.random.Generator, np.ndarray], None]] = {
    "scales": _scales,
    "year": _around(2010, 5),
    "offset": _around(10_000, 1),
    "centred": _around(0, 1),
}


def blocks(rows: int, draw: str = "scales", columns: int = COLUMNS) -> Iterator[np.ndarray]:
    """Rows × columns, float32, block by block: the same as `matrix`, never held whole."""
    random = np.random.default_rng(rows)
    for start in range(0, rows, _BLOCK):
        block = np.empty((min(_BLOCK, rows - start), columns), np.float32)
        DRAWS[draw](random, block)
        yield block


@lru_cache(maxsize=1)
def matrix(rows: int, draw: str = "scales", columns: int = COLUMNS) -> np.ndarray:
    """Rows × columns, float32, row-major: what scikit-learn and Keras are given."""
    table = np.empty((rows, columns), np.float32)
    start = 0
    for block in blocks(rows, draw, columns):
        table[start : start + len(block)] = block
        start += len(block)
    return table


def names(columns: int) -> tuple[str, ...]:
    """The names of so many columns."""
    return tuple(f"x{index:02}" for index in range(columns))


def columns(table: np.ndarray) -> dict[str, np.ndarray]:
    """The same as arrays by name: what samescale and data frames are given."""
    found = names(table.shape[1])
    return {name: np.ascontiguousarray(table[:, i]) for i, name in enumerate(found)}


def columnar(work: Work) -> dict[str, np.ndarray]:
    """A table as arrays by name, filled block by block: never held twice."""
    found = {name: np.empty(work.rows, np.float32) for name in names(work.columns)}
    start = 0
    for block in blocks(work.rows, work.draw, work.columns):
        for place, column in enumerate(found.values()):
            column[start : start + len(block)] = block[:, place]
        start += len(block)
    return found


def batches(table: np.ndarray, rows: int) -> Iterator[np.ndarray]:
    """The table in batches of so many rows, one after another."""
    for start in range(0, len(table), rows):
        yield table[start : start + rows]


def target(table: np.ndarray) -> np.ndarray:
    """Something to predict."""
    z = (table - table.mean(axis=0)) / table.std(axis=0)
    return (40 + 5 * z[:, 0] + 3 * z[:, 1] * z[:, 2]).astype(np.float32)


def spec(*, with_target: bool = False) -> ss.Spec:
    """Normalization of every column."""
    goal = ss.Target("y", ss.Normalization()) if with_target else None
    return ss.Spec({name: ss.Normalization() for name in NAMES}, target=goal)


@lru_cache(maxsize=1)
def _cycle(rows: int, draw: str, columns: int) -> np.ndarray:
    return matrix.__wrapped__(rows, draw, columns)


def cycled(
    rows: int, chunk: int, draw: str = "scales", columns: int = COLUMNS
) -> Iterator[np.ndarray]:
    """A table of any number of rows in chunks: one block of 2^20 rows, read over and over.

    The block is larger than the caches, so that reading costs what it costs, and small enough that
    memory holds nothing of the table but it.
    """
    block = _cycle(min(rows, 2**20), draw, columns)  # before the first chunk is asked for
    places = ((start % len(block), rows - start) for start in range(0, rows, chunk))
    return (block[place : place + min(chunk, left)] for place, left in places)


@lru_cache(maxsize=1)
def vocabulary(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Words, one for every two hundred rows, and the place of each row's word: few are frequent."""
    random = np.random.default_rng(rows)
    distinct = max(10, rows // 200)
    words = np.array([f"item {index * 7919 % distinct:08}" for index in range(distinct)], object)
    weights = np.arange(1, distinct + 1) ** -0.8
    places = random.choice(distinct, rows, p=weights / weights.sum())
    return words, places.astype(np.int32)


def summed_up(counts: Iterable[float]) -> list[list[float]]:
    """A vocabulary in numbers: how large it is, and how often the ten most frequent words occur."""
    ordered = sorted(counts, reverse=True)
    return [[float(len(ordered))], [float(count) for count in ordered[:10]]]


def clear() -> None:
    """Forget the tables."""
    for made in (matrix, _cycle, vocabulary):
        made.cache_clear()
