"""Exact sums of floats at the speed of BLAS, by cutting them into slices.

Error-free extraction (Rump, Ogita & Oishi, "Accurate floating-point summation part I", SIAM J.
Sci. Comput. 31, 2008): with a big constant M, `high = (x + M) - M` is x rounded to a fixed grid,
and `x - high` is exact. Slices of 22 bits on fixed grids have sums and dot products below 2**53
over 2048 rows. These are exact in float64 whatever order, width or FMA computes them, so the
fastest routine at hand may. A value with bits below the last slice (one that is tiny beside the
greatest of its block) is put aside, whole, and added as an integer.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.statistics._features import refuse_infinite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array
    from samescale.statistics._exact.tally import Tally

RADIX = 22
LANE = 1 << (53 - 2 * (RADIX - 1))
SLICES = 4
# Every feature is scaled so that the Euclidean norm of a lane is at most 2**LIFT: far up, so that
# scaling rounds nothing. Then no partial sum of products of slices passes 2**53 units
# (Cauchy-Schwarz): the first slice has a norm of 2**26 units, and each value of another one is at
# most 2**21 units, half of the unit before.
LIFT = 400
NORM = 26
LIMIT = 2.0 ** (2 * LIFT)
# A feature with squares that far below the limit gets a finer grid.
SLACK = 2.0**-20
# Squares of values within these exponents, and their sums, are far from the ends of float64.
LOWEST, HIGHEST = -400, LIFT
# How many values make a block whose temporaries stay in the second-level cache.
BLOCK = 1 << 16
FEATURES = 128
SHORT = 256
# A lane's digits stay below 2**55: so many of them add up within an int64.
PATIENCE = 128
# One more slice is cheaper than putting more than this share of the values aside.
SHARE = 1 / 64
SAMPLE = 16

UNITS = tuple(2.0 ** (LIFT - NORM - RADIX * i) for i in range(SLICES))
MAGIC = tuple(1.5 * 2.0**52 * unit for unit in UNITS)
# Of n slices: the pairs of them, and what makes their sums and dot products whole numbers.
PAIRS = tuple(tuple((i, j) for i in range(n) for j in range(i, n)) for n in range(SLICES + 1))
SCALES = tuple(
    np.array([*(1 / u for u in UNITS[:n]), *(1 / UNITS[i] / UNITS[j] for i, j in PAIRS[n])])[
        :, None, None
    ]
    for n in range(SLICES + 1)
)
# Where a pair's dot product goes among the digits of the sum of squares, and how often.
FOLDS = tuple(
    np.array([[(1 + (i != j)) * (i + j == t) for i, j in pairs] for t in range(2 * SLICES - 1)])
    for pairs in PAIRS
)


@final
@dc.dataclass(frozen=True, slots=True)
class _Work:
    """Where a group of features is added up: buffers, and the digits since the last flush."""

    tally: Tally
    first: int
    exponents: Array
    factors: Array
    sums: Array
    squares: Array
    flat: Array
    slices: Array
    ones: Array

    @classmethod
    def of(cls, tally: Tally, first: int, features: int, rows: int) -> _Work:
        return cls(
            tally,
            first,
            np.zeros(features, np.int64),
            np.zeros((features, 1)),
            np.zeros((SLICES, features), np.int64),
            np.zeros((2 * SLICES - 1, features), np.int64),
            np.empty(features * rows),
            np.empty((SLICES, features * rows)),
            np.ones(min(rows, LANE)),
        )

    def scale(self, exponents: Array) -> None:
        """Scale what is added from now on so that a norm of 2**exponent becomes 2**LIFT."""
        np.minimum(np.maximum(exponents, LOWEST), HIGHEST, out=self.exponents)
        self.factors[:, 0] = np.ldexp(1.0, LIFT - self.exponents)

    def put_aside(self, features: Array, values: Array) -> None:
        """Leave values, each of a feature of this group, to the tally."""
        self.tally.strays.append((self.first + features, values))

    def flush(self) -> None:
        """Move the digits into the tally."""
        last = self.exponents - (NORM + RADIX * (SLICES - 1))
        self.tally.add_digits(self.first, last, self.sums, self.squares, RADIX)
        self.sums[:] = 0
        self.squares[:] = 0


def add_floats(tally: Tally, batch: Array) -> Array:
    """Add a batch of numbers that float64 holds exactly.

    Returns:
        How many of them are NaN, by feature.

    Raises:
        DataError: If a value is infinite.
    """
    rows, features = batch.shape
    missing = np.zeros(features, np.int64)
    with np.errstate(all="ignore"):
        for first in range(0, features, FEATURES):
            columns = slice(first, first + FEATURES)
            for start in range(0, rows, PATIENCE * LANE):
                part = slice(start, start + PATIENCE * LANE)
                missing[columns] += _add_group(tally, first, start, batch[part, columns])
    return missing


def _add_group(tally: Tally, first: int, row: int, batch: Array) -> Array:
    rows, features = batch.shape
    height = _height(features)
    work = _Work.of(tally, first, features, min(rows, height))
    if rows >= LANE:
        work.scale(_guess(batch))
    missing, depth = np.zeros(features, np.int64), 1
    for start, stop in _cuts(rows, height):
        part = batch[start:stop]
        block = work.flat[: part.size].reshape(features, -1, min(len(part), LANE))
        missing += _load(work, part, row + start, block)
        depth = _add(work, block, depth)
    work.flush()
    return missing


def _height(features: int) -> int:
    """How many rows a block has: whole lanes, or one that is shorter."""
    rows = BLOCK // features
    return rows // LANE * LANE or max(rows, SHORT)


def _cuts(rows: int, height: int) -> Iterator[tuple[int, int]]:
    """Cuts of at most `height` rows, all of them of whole lanes or of less than one."""
    start = 0
    while start < rows:
        left = min(rows - start, height)
        size = left // LANE * LANE or left
        yield start, start + size
        start += size


def _load(work: _Work, part: Array, row: int, block: Array) -> Array | int:
    """Put rows into a block, scaled, with 0 for NaN; how many are NaN, by feature."""
    if not work.factors.any():
        return _rescale(work, part, row, block)
    np.multiply(part.T, work.factors, out=block.reshape(len(block), -1))
    missing, norms = _norms(block)
    if norms.max() <= LIMIT and ((norms >= LIMIT * SLACK) | (norms == 0)).all():
        return missing
    work.flush()
    return _rescale(work, part, row, block)


def _guess(batch: Array) -> Array:
    """The scale of a lane by a few of its rows; a wrong guess costs time and nothing else."""
    few = batch[:: len(batch) // SAMPLE].astype(np.float64)
    return _scale(LANE / len(few) * np.einsum("ij,ij->j", few, few))


def _scale(norms: Array) -> Array:
    # One binade of room, so that the blocks to come seldom need another scale.
    return (np.frexp(norms)[1] + 1) // 2 + 1


def _norms(block: Array) -> tuple[Array | int, Array]:
    """Replace NaN by 0; how many there are, and the greatest squared norm of a lane, by feature."""
    norms = np.vecdot(block, block).max(axis=1)
    if not np.isnan(norms).any():
        return 0, norms
    nan = np.isnan(block)
    np.copyto(block, 0.0, where=nan)
    return np.count_nonzero(nan, axis=(1, 2)), np.vecdot(block, block).max(axis=1)


def _rescale(work: _Work, part: Array, row: int, block: Array) -> Array | int:
    """Put rows into a block, at a scale that is chosen by them."""
    flat = block.reshape(len(block), -1)
    np.copyto(flat, part.T)
    missing, norms = _norms(block)
    exponents = _scale(norms)
    far = np.isinf(norms) | (exponents < LOWEST) | (exponents > HIGHEST)
    if far.any():
        if np.isinf(flat).any():
            refuse_infinite(part, row)
        features, rows = np.nonzero(flat * far[:, None])
        work.put_aside(features, flat[features, rows])
        flat[far], exponents[far] = 0.0, 1
    work.scale(exponents)
    np.multiply(flat, work.factors, out=flat)
    return missing


def _add(work: _Work, block: Array, depth: int) -> int:
    """Add a scaled block, features × lanes × rows, cut at least to `depth`; how deep it was cut."""
    slices = work.slices[:, : block.size].reshape(SLICES, *block.shape)
    count = _cut(work, block, slices, depth)
    pairs, slices = PAIRS[count], slices[:count]
    totals = np.empty((count + len(pairs), *block.shape[:2]))
    np.matmul(slices, work.ones[: block.shape[2]], out=totals[:count])
    start = count
    for i in range(count):
        stop = start + count - i
        np.vecdot(slices[i], slices[i:], out=totals[start:stop])
        start = stop
    digits = (totals * SCALES[count]).astype(np.int64).sum(axis=2)
    work.sums[:count] += digits[:count]
    work.squares[:] += FOLDS[count] @ digits[count:]
    return count


def _cut(work: _Work, block: Array, slices: Array, depth: int) -> int:
    """Cut a block into slices; how many were needed. What doesn't fit in them is put aside."""
    for i, (piece, magic) in enumerate(zip(slices, MAGIC, strict=True)):
        np.add(block, magic, out=piece)
        np.subtract(piece, magic, out=piece)
        last = i == SLICES - 1
        if i + 1 >= depth and (last or not _rough(block[..., :SAMPLE] != piece[..., :SAMPLE])):
            rest = block != piece
            if last or not _rough(rest):
                _separate(work, block, np.flatnonzero(rest), i)
                return i + 1
        np.subtract(block, piece, out=block)
    raise AssertionError


def _rough(rest: Array) -> bool:
    return bool(np.count_nonzero(rest) > SHARE * rest.size)


def _separate(work: _Work, block: Array, where: Array, last: int) -> None:
    """Put aside the values of which the slices, up to the one at `last`, leave a rest."""
    if not len(where):
        return
    slices = work.slices[: last + 1, : block.size]
    # From the least to the greatest each sum is what was there before a slice was cut off: exact.
    values = block.reshape(-1)[where]
    for piece in slices[:last][::-1]:
        values += piece[where]
    slices[:, where] = 0.0
    features = where // block[0].size
    work.put_aside(features, values / work.factors[features, 0])
