"""Scalers: affine maps of each feature, in the form of one `Sub` and one `Mul`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.blocks import Block, shared
from samescale.ir.build import mul, sub
from samescale.transforms.clip import Clip
from samescale.transforms.normalization import Normalization
from samescale.transforms.rescaling import Rescaling

if TYPE_CHECKING:
    from samescale.adopt._record import Record
    from samescale.adopt.sklearn.contract import Contract
    from samescale.ir.types import Array


def standard(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`StandardScaler`."""
    wants_mean = state.option(given, "with_mean", default=True)
    mean = state.floats(given, "mean_") if wants_mean else None
    scale = state.fitted(given, "scale_")
    count = state.width(given, mean if scale is None else scale)
    means, scales = _or(mean, 0.0, count), _or(scale, 1.0, count)
    known = given.state.get("mean_"), given.state.get("var_")
    means_known, variances = (_or(value, np.nan, count) for value in known)
    for column, mean_, variance in zip(_columns(blocks), means_known, variances, strict=False):
        if column is not None and np.isfinite([mean_, variance]).all():
            contract.known(column, mean=float(mean_), deviation=float(np.sqrt(variance)))
    return _affine(given, blocks, contract, means, scales)


def min_max(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`MinMaxScaler`."""
    scale, offset = state.floats(given, "scale_"), state.floats(given, "min_")
    for column, low, high in zip(
        _columns(blocks),
        *(state.floats(given, f"data_{end}_") for end in ("min", "max")),
        strict=False,
    ):
        if column is not None and np.isfinite([low, high]).all():
            contract.known(column, minimum=float(low), maximum=float(high))
    made = [
        contract.number(block, given.name).then(Rescaling(factor, added))
        for (block, factor), (_, added) in zip(
            shared(blocks, scale, given.name), shared(blocks, offset, given.name), strict=True
        )
    ]
    if not state.option(given, "clip", default=False):
        return made
    low, high = map(float, state.fitted(given, "feature_range"))
    return [block.then(Clip(low, high)) for block in made]


def max_abs(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`MaxAbsScaler`."""
    scale = state.floats(given, "scale_")
    made = _affine(given, blocks, contract, np.zeros(len(scale)), scale)
    if not state.option(given, "clip", default=False):
        return made
    return [block.then(Clip(-1.0, 1.0)) for block in made]


def robust(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`RobustScaler`."""
    center, scale = state.fitted(given, "center_"), state.fitted(given, "scale_")
    count = state.width(given, center if scale is None else scale)
    for column, median in zip(_columns(blocks), _or(center, np.nan, count), strict=False):
        if column is not None and np.isfinite(median):
            contract.known(column, probabilities=(0.5,), quantiles=(float(median),))
    return _affine(given, blocks, contract, _or(center, 0.0, count), _or(scale, 1.0, count))


def _affine(
    given: Record, blocks: list[Block], contract: Contract, center: Array, scale: Array
) -> list[Block]:
    pairs = zip(shared(blocks, center, given.name), shared(blocks, scale, given.name), strict=True)
    return [
        affine(contract.number(block, given.name), middle, width)
        for (block, middle), (_, width) in pairs
    ]


def affine(block: Block, center: Any, scale: Any) -> Block:
    """The block with `(x - center) / scale`."""
    with np.errstate(all="ignore"):
        variance = np.square(np.asarray(scale, np.float64))
        back = np.sqrt(variance)
    # The square of a float64 has that float64 as its root, unless it leaves the range.
    if np.array_equal(back, scale) and np.isfinite(variance).all() and np.all(variance > 0):
        return block.then(Normalization(mean=center, variance=variance.tolist()))
    width = np.asarray(scale, np.float64)
    if not np.all(width):
        raise ValueError("a scale is 0, by which nothing can be divided")
    return block.computed(
        lambda x: mul(sub(x, center), 1.0 / width),
        lambda y: mul(sub(y, -np.asarray(center) / width), width),
    )


def _columns(blocks: list[Block]) -> list[Block | None]:
    """For each feature the block, if that is one raw column."""
    return [
        None if block.chain or block.shape else block
        for block in blocks
        for _ in range(block.width)
    ]


def _or(values: object, otherwise: float, count: int) -> Array:
    made: Array = np.full(count, otherwise) if values is None else np.asarray(values, np.float64)
    return np.full(count, made.item()) if made.shape == () else made
