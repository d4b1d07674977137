"""Encoders of categories: one-hot and ordinal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.blocks import Block, check, singles
from samescale.adopt.sklearn.categories import NAN, NONE, Codes, or_nan, plain
from samescale.ir import nodes as n
from samescale.transforms.computed import Computed

if TYPE_CHECKING:
    from samescale.adopt._record import Record
    from samescale.adopt.sklearn.contract import Contract


def one_hot(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`OneHotEncoder`."""
    found = state.fitted(given, "categories_")
    combine = state.option(given, "feature_name_combiner", "concat")
    if combine != "concat":
        state.refuse(given, "feature_name_combiner", combine, "Its names are made by a function.")
    check(blocks, len(found), given.name)
    pairs = enumerate(zip(singles(blocks), found, strict=True))
    made = [_hot(given, block, i, list(values), contract) for i, (block, values) in pairs]
    return [block for block in made if block is not None]


def ordinal(given: Record, blocks: list[Block], contract: Contract) -> list[Block]:
    """`OrdinalEncoder`."""
    found = state.fitted(given, "categories_")
    check(blocks, len(found), given.name)
    pairs = enumerate(zip(singles(blocks), found, strict=True))
    return [_ordered(given, block, i, list(values), contract) for i, (block, values) in pairs]


def _hot(
    given: Record, block: Block, place: int, values: list[Any], contract: Contract
) -> Block | None:
    groups, names = _grouped(given, place, values)
    drop = _dropped(given, place)
    policy = state.option(given, "handle_unknown", "error")
    unknown, rare = (NAN if policy == "error" else NONE), _mapping(given, place)
    if policy in {"infrequent_if_exist", "warn"} and rare is not None:
        unknown = int(rare.max())
    if drop is not None:
        del names[drop]
        *groups, unknown = (_without(drop, group) for group in (*groups, unknown))
    if not names:
        return None
    codes = _codes(given, values, groups, unknown, None)
    block, code = codes.of(block, given, contract)
    flat = n.Reshape(code, ()) if block.shape else code
    hot: n.Node = n.OneHot(flat, len(names), "one_hot", "float64")
    hot = or_nan(flat, hot) if unknown == NAN else hot
    label = tuple(f"{block.names[0]}_{name}" for name in names)
    made = Computed.of(hot, names=label)
    shape = (len(names),)
    return block.then(made, names=label, shape=shape, kind="number", swaps=(), bare=False, hot=True)


def _without(drop: int, group: int) -> int:
    return NONE if group == drop else group - (group > drop)


def _ordered(
    given: Record, block: Block, place: int, values: list[Any], contract: Contract
) -> Block:
    groups, _ = _grouped(given, place, values)
    policy = state.option(given, "handle_unknown", "error")
    unknown = NAN if policy == "error" else _whole(given.state.get("unknown_value"))
    gap = _whole(state.option(given, "encoded_missing_value", np.nan))
    codes = _codes(given, values, groups, unknown, gap if any(map(state.is_nan, values)) else None)
    block, code = codes.of(block, given, contract)
    made = n.Cast(code, "float64")
    needs_nan = NAN in {codes.unknown, codes.missing}
    passes = codes.missing == NAN and not codes.complete
    return block.then(
        Computed.of(or_nan(code, made) if needs_nan else made), kind="number", swaps=(), bare=passes
    )


def _whole(value: object) -> int:
    return NAN if state.is_missing(value) else int(value)  # type: ignore[call-overload]


def _codes(
    given: Record, values: list[Any], groups: list[int], unknown: int, missing: int | None
) -> Codes:
    gaps = [i for i, value in enumerate(values) if state.is_missing(value)]
    if len(gaps) > 1:
        state.refuse(given, "categories", values, "None and NaN are one here: a missing value.")
    there = [i for i in range(len(values)) if i not in gaps]
    if missing is None:
        missing = groups[gaps[0]] if gaps else unknown
    known = plain(given, [values[i] for i in there])
    closed = state.option(given, "handle_unknown", "error") == "error"
    codes = tuple(groups[i] for i in there)
    return Codes(known, codes, unknown, missing, bool(gaps), closed and not gaps, closed)


def _grouped(given: Record, place: int, values: list[Any]) -> tuple[list[int], list[str]]:
    """Each category's group, and the groups' names: those that are rare share the last one."""
    mapping = _mapping(given, place)
    if mapping is None:
        return list(range(len(values))), [str(value) for value in values]
    groups = [*map(int, mapping)]
    rare = max(groups)
    # An ordinal encoder's missing category, the last one, is in no group.
    groups += [rare] * (len(values) - len(groups))
    names = [str(v) for v, group in zip(values, groups, strict=True) if group < rare]
    return groups, [*names, "infrequent_sklearn"]


def _mapping(given: Record, place: int) -> Any:
    if not given.state.get("_infrequent_enabled", False):
        return None
    found = state.fitted(given, "_default_to_infrequent_mappings")[place]
    return None if found is None else np.asarray(found)


def _dropped(given: Record, place: int) -> int | None:
    for name in ("_drop_idx_after_grouping", "drop_idx_"):
        found = given.state.get(name)
        if found is not None:
            value = found[place]
            return None if value is None else int(value)
    return None
