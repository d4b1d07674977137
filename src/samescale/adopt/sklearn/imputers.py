"""Imputers and indicators of missing values."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.adopt._record import record
from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.blocks import Block, check, selected, shared, singles
from samescale.ir import nodes as n
from samescale.ir.build import const, where_nan
from samescale.ir.types import TensorType
from samescale.transforms.computed import INPUT, Computed
from samescale.transforms.impute import Impute

if TYPE_CHECKING:
    from samescale.adopt._record import Record
    from samescale.adopt.sklearn.contract import Contract
    from samescale.ir.nodes import Node


def simple(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`SimpleImputer`: the imputed columns, then the indicators."""
    statistics = np.asarray(state.fitted(given, "statistics_"), object)
    kept = state.option(given, "keep_empty_features", default=False)
    made: list[Block] = []
    for block, part in shared(blocks, statistics, given.name):
        values = np.atleast_1d(np.asarray(part, object)).tolist()
        places = [i for i, value in enumerate(values) if kept or not state.is_nan(value)]
        if places:
            filled = _filled(given, block, values, contract)
            made += selected([filled], places) if len(places) < block.width else [filled]
    if state.option(given, "add_indicator", default=False):
        made += _indicated(record(state.fitted(given, "indicator_")), blocks, contract)
    return made


def indicator(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`MissingIndicator`."""
    check(blocks, state.width(given, state.fitted(given, "features_")), given.name)
    made = _indicated(given, blocks, contract)
    if state.option(given, "error_on_new", default=True) and given.state["features"] != "all":
        # It raises for a missing value where training had none.
        there = {*_places(given)}
        for place, block in enumerate(singles(blocks)):
            if place not in there:
                contract.complete(block)
    return made


def _filled(given: Record, block: Block, values: list[Any], contract: Contract) -> Block:
    missing = state.option(given, "missing_values", np.nan)
    if any(isinstance(value, str) for value in values) or isinstance(missing, str):
        return _filled_text(given, block, missing, values, contract)
    block = contract.number(block, given.name)
    fill = _narrowed(given, np.asarray([0.0 if v is None else v for v in values], np.float64))
    _tell(given, block, float(fill[0]), contract)
    if not state.is_missing(missing):
        contract.complete(block)
        return block.computed(lambda x: _replaced(x, float(missing), _shaped(fill, block)))
    if block.shape or not np.isfinite(fill).all():
        return block.computed(lambda x: where_nan(x, _shaped(fill, block)), bare=False)
    return block.then(Impute("constant", fill_value=float(fill[0])), bare=False)


def _filled_text(
    given: Record, block: Block, missing: Any, values: list[Any], contract: Contract
) -> Block:
    block = contract.text(block, given.name)
    gap = None if state.is_missing(missing) else missing
    if not (gap is None or isinstance(gap, str)) or not isinstance(values[0], str):
        state.refuse(given, "missing_values", missing, "Its column holds text and numbers.")
    if gap is not None:
        contract.complete(block)
    return dc.replace(
        block, swaps=(*block.swaps, (gap, values[0])), bare=block.bare and gap is not None
    )


def _narrowed(given: Record, fill: Any) -> Any:
    # What was fitted on float32 fills in what float32 holds.
    dtype = given.state.get("_fill_dtype")
    narrow = isinstance(dtype, np.dtype) and dtype.kind == "f"
    return fill.astype(dtype).astype(np.float64) if narrow else fill


def _tell(given: Record, block: Block, value: float, contract: Contract) -> None:
    strategy = state.option(given, "strategy", "mean")
    if strategy == "mean":
        contract.known(block, mean=value)
    elif strategy == "median":
        contract.known(block, probabilities=(0.5,), quantiles=(value,))


def _shaped(fill: Any, block: Block) -> Any:
    return fill if block.shape else fill[0]


def _replaced(x: Node, missing: float, fill: Any) -> Node:
    return n.Where(n.Equal(x, const(missing, "float64")), const(fill, "float64"), x)


def _indicated(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    missing = state.option(given, "missing_values", np.nan)
    prefix = given.name.lower()
    flat = singles(blocks)
    made = []
    for place in _places(given):
        block = flat[place]
        made.append(
            _flag(block, missing, contract, given.name).named([f"{prefix}_{block.names[0]}"])
        )
    return made


def _flag(block: Block, missing: Any, contract: Contract, what: str) -> Block:
    if isinstance(missing, str) or block.kind == "text":
        return _text_flag(contract.text(block, what), missing)
    block = contract.number(block, what)
    if state.is_missing(missing):
        return block.computed(lambda x: n.Cast(n.IsNan(x), "float64"), bare=False)
    contract.complete(block)
    number = const(float(missing), "float64")
    return block.computed(lambda x: n.Cast(n.Equal(x, number), "float64"))


def _text_flag(block: Block, missing: Any) -> Block:
    x = n.Input(INPUT, TensorType("string"))
    gap = missing if isinstance(missing, str) else None
    hits = {key for key in (gap, *(old for old, _ in block.swaps)) if swapped(block, key) == gap}
    keys = tuple(key for key in hits if key is not None)
    code = n.Lookup(x, keys, (1,) * len(keys), 0, int(None in hits))
    flag = Computed.of(n.Cast(code, "float64"))
    return block.then(flag, kind="number", swaps=(), bare=False)


def swapped(block: Block, text: str | None) -> str | None:
    """What the steps so far have made of a text."""
    for old, new in block.swaps:
        text = new if text == old else text
    return text


def _places(given: Record) -> list[int]:
    return [int(place) for place in np.asarray(state.fitted(given, "features_"))]
