"""What is made of several steps: pipelines, unions, and transformers of some columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.adopt._record import Record, is_object, record
from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.blocks import Block, check, names_of, selected
from samescale.ir.build import const
from samescale.ir.nodes import Mul

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from samescale.adopt.sklearn.contract import Contract

    Convert: TypeAlias = Callable[[Any, list[Block], Contract], list[Block]]

_PREFIXED = "{transformer_name}__{feature_name}"


def steps_of(given: Record) -> list[tuple[str, Any]]:
    """The named steps of a pipeline or a union."""
    name = "steps" if given.name == "Pipeline" else "transformer_list"
    return [(step[0], step[1]) for step in state.fitted(given, name)]


def pipeline(
    given: Record, blocks: list[Block], contract: Contract, convert: Convert
) -> list[Block]:
    """`Pipeline` of transformers."""
    for _, step in steps_of(given):
        blocks = convert(step, blocks, contract)
    return blocks


def union(given: Record, blocks: list[Block], contract: Contract, convert: Convert) -> list[Block]:
    """`FeatureUnion`."""
    style = state.option(given, "verbose_feature_names_out", default=True)
    weights = state.option(given, "transformer_weights") or {}
    made: list[Block] = []
    for name, step in steps_of(given):
        if step != "drop" or is_object(step):
            part = convert(step, list(blocks), contract)
            made += _weighted(_prefixed(part, name, style, given), weights.get(name), contract)
    return made


def columns(
    given: Record, blocks: list[Block], contract: Contract, convert: Convert
) -> list[Block]:
    """`ColumnTransformer`."""
    style = state.option(given, "verbose_feature_names_out", default=True)
    weights = state.option(given, "transformer_weights") or {}
    there = given.state.get("feature_names_in_")
    names = names_of(blocks) if there is None else list(map(str, there))
    check(blocks, len(names), given.name)
    made: list[Block] = []
    for name, step, chosen in state.fitted(given, "transformers_"):
        places = _places(given, chosen, names)
        if not places or (isinstance(step, str) and step == "drop"):
            continue
        part = convert(step, selected(blocks, places), contract)
        made += _weighted(_prefixed(part, name, style, given), weights.get(name), contract)
    return made


def _places(given: Record, chosen: Any, names: list[str]) -> list[int]:
    """The positions of chosen columns."""
    if isinstance(chosen, slice) or (isinstance(chosen, Record) and chosen.name == "slice"):
        return _sliced(record(chosen).state, names)
    if is_object(chosen):
        state.refuse(given, "transformers", chosen, "Its columns are chosen by a function.")
    several = np.asarray(chosen, object).ravel().tolist()
    if several and all(isinstance(one, bool | np.bool_) for one in several):
        return [place for place, taken in enumerate(several) if taken]
    return [_place(given, one, names) for one in several]


def _place(given: Record, one: Any, names: list[str]) -> int:
    if isinstance(one, str):
        if one not in names:
            state.refuse(given, "transformers", one, "It isn't among its columns.")
        return names.index(one)
    place = int(one)
    return place + len(names) if place < 0 else place


def _sliced(ends: Mapping[str, Any], names: list[str]) -> list[int]:
    start, stop = ends["start"], ends["stop"]
    if isinstance(start, str):
        start = names.index(start)
    if isinstance(stop, str):  # which is taken too, as in a pandas.DataFrame
        stop = names.index(stop) + 1
    return list(range(len(names))[slice(start, stop, ends["step"])])


def _prefixed(blocks: list[Block], name: str, style: Any, given: Record) -> Iterable[Block]:
    if style is False or not blocks:
        return blocks
    if not isinstance(style, bool | np.bool_ | str):
        state.refuse(given, "verbose_feature_names_out", style, "Its names are made by a function.")
    form = style if isinstance(style, str) else _PREFIXED
    return [block.named(_said(form, name, one) for one in block.names) for block in blocks]


def _said(form: str, transformer: str, feature: str) -> str:
    # Written out, because a format of a file could ask for a text of any length.
    parts = form.split("{feature_name}")
    return feature.join(part.replace("{transformer_name}", transformer) for part in parts)


def _weighted(blocks: Iterable[Block], weight: float | None, contract: Contract) -> Iterable[Block]:
    if weight is None:
        return blocks
    factor = const(float(weight), "float64")
    numbers = [contract.number(block, "transformer_weights") for block in blocks]
    return [block.computed(lambda x: Mul(x, factor)) for block in numbers]
