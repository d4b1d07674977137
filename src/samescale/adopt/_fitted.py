"""Features of raw columns as a fitted value: spec, contract and graph."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

from samescale import plan
from samescale.contract import Starts
from samescale.errors import SpecError
from samescale.fitted import Fitted
from samescale.ir import nodes
from samescale.ir.affine import fuse_affine
from samescale.ir.verify import type_of, verify
from samescale.profile import Profile
from samescale.schema import Schema
from samescale.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from samescale.fitted import FittedTarget
    from samescale.ir.nodes import Node
    from samescale.profile import ColumnProfile
    from samescale.schema import Column
    from samescale.spec import Target
    from samescale.transforms.base import Learned, Transform


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Adopted:
    """What a fitted object became: its preprocessing, and the model behind it.

    Attributes:
        fitted: The preprocessing.
        model: The estimator at the end, as it was found in the object (or a record of it, where a
            file was read); `None` if there is none. `ss.Bundle(fitted, model)` is both in one file.
    """

    fitted: Fitted
    model: Any


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """A feature with what its chain has learned.

    Attributes:
        name: The feature's name.
        chain: Its transforms.
        learned: What each of them learned.
    """

    name: str
    chain: tuple[Transform, ...]
    learned: tuple[Mapping[str, Learned], ...]


def assemble(
    features: Iterable[Feature],
    column: Callable[[str], Column],
    profile: Callable[[str], ColumnProfile],
    target: tuple[Target, FittedTarget] | None,
    source: str,
) -> Fitted:
    """The fitted value of given features.

    Args:
        features: The features, of different names, in the order of the matrix.
        column: The contract's line of a column.
        profile: What is known of a column's training values.
        target: The target, declared and learned.
        source: What was adopted, in a few words.
    """
    made = {feature.name: feature for feature in features}
    if not made:
        raise SpecError(
            f"{source[:1].upper()}{source[1:]} gives no feature.",
            remedy="Give an object that transforms at least one column.",
        )
    chains = {name: feature.chain for name, feature in made.items()}
    spec = Spec(chains, None if target is None else target[0])
    schema = Schema(tuple(column(name) for name in spec.inputs))
    graph = fuse_affine(nodes.Graph(_outputs(made, schema)))
    verify(graph)
    return Fitted(
        spec,
        schema,
        {name: feature.learned for name, feature in made.items()},
        graph,
        () if target is None else (target[1],),
        Profile({name: profile(name) for name in spec.inputs}),
        {"source": source},
    )


def _outputs(made: Mapping[str, Feature], schema: Schema) -> tuple[tuple[str, Node], ...]:
    starts = Starts([nodes.Input(column.name, column.type) for column in schema.columns])
    return tuple(
        (name, _feature(plan.lower(starts.chain(name, feature.chain), feature.learned)))
        for name, feature in made.items()
    )


def _feature(node: Node) -> Node:
    return node if type_of(node).dtype in {"float32", "int64"} else nodes.Cast(node, "float32")
