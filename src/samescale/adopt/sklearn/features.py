"""The names that columns come with, and what features are called that leave."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

from samescale.adopt._fitted import Feature
from samescale.adopt._record import Record, record
from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.compose import steps_of
from samescale.errors import SpecError
from samescale.transforms.computed import Computed
from samescale.transforms.from_column import FromColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.adopt.sklearn.blocks import Block
    from samescale.adopt.sklearn.contract import Contract
    from samescale.transforms.base import Transform


def columns_of(steps: tuple[Any, ...], given: Sequence[str] | None, of: Record) -> list[str]:
    """The columns' names.

    Args:
        steps: What transforms them.
        given: The names that the caller gave.
        of: The whole object.

    Raises:
        SpecError: If they aren't those that it was fitted with, or nothing says how many there are.
    """
    holders = [of, *_holders(steps)]
    there = next(
        (h.state["feature_names_in_"] for h in holders if "feature_names_in_" in h.state), None
    )
    known = None if there is None else list(map(str, there))
    if given is not None:
        return _checked(list(given), known, of)
    if known is not None:
        return known
    for holder in holders:
        if "n_features_in_" in holder.state:
            return [f"x{place}" for place in range(state.width(holder))]
        if holder.state.get("scale_") is not None:
            return [f"x{place}" for place in range(len(holder.state["scale_"]))]
    raise SpecError(
        f"The {of.name} doesn't say what columns it was fitted on.",
        remedy="Fit it, if it isn't fitted, or name its columns: columns=[…].",
        value=of.name,
    )


def _holders(steps: tuple[Any, ...]) -> list[Record]:
    """What is the first to see the columns, from the outside in."""
    for step in steps:
        if step is None or isinstance(step, str):
            continue
        found = record(step)
        inner = (
            [one for _, one in steps_of(found)]
            if found.name in {"Pipeline", "FeatureUnion"}
            else []
        )
        return [found, *_holders(tuple(inner))]
    return []


def _checked(given: list[str], known: list[str] | None, of: Record) -> list[str]:
    if not all(isinstance(name, str) for name in given) or len(set(given)) != len(given):
        raise SpecError(f"The columns {given!r:.80} aren't names, each once.", remedy="Give names.")
    if known is not None and given != known:
        raise SpecError(
            f"The {of.name} was fitted on {known!r:.200}, and not on {given!r:.200}.",
            remedy="Leave columns out: it knows its own, in its own order.",
            value=given,
        )
    return given


def features_of(blocks: list[Block], contract: Contract) -> list[Feature]:
    """Each block as a feature, under a name of its own."""
    taken: set[str] = set()
    made = []
    for block in blocks:
        numbers = contract.number(block, "matrix of features")
        name = _free(block.names[0] if block.width == 1 else _common(block), taken)
        taken.add(name)
        made.append(_feature(name, numbers))
    return made


def _feature(name: str, block: Block) -> Feature:
    chain, learned = _called(block.chain, block.names), block.learned
    opened = bool(chain) and chain[0].begins
    if opened or (chain and block.columns == (name,)):
        return Feature(name, chain, learned)
    return Feature(name, (FromColumn(block.columns[0]), *chain), ({}, *learned))


def _called(chain: tuple[Transform, ...], names: tuple[str, ...]) -> tuple[Transform, ...]:
    """The chain with its features' names at the last transform that can say them."""
    places = [i for i, transform in enumerate(chain) if isinstance(transform, Computed)]
    return tuple(
        dc.replace(transform, names=names if place == places[-1] else ())
        if isinstance(transform, Computed)
        else transform
        for place, transform in enumerate(chain)
    )


def _common(block: Block) -> str:
    """What the names of a block begin with: `cat__city` of its categories."""
    start = block.names[0]
    while start and not all(name.startswith(start) for name in block.names):
        start = start[:-1]
    column = block.columns[0]
    place = block.names[0].find(column)
    return block.names[0][: place + len(column)] if place >= 0 else start.rstrip("_") or column


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "'"
    return name
