"""Freeze: what was learned becomes a graph, an input contract and a profile."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale import plan
from samescale.contract import Starts
from samescale.errors import DataError, SpecError
from samescale.fitted import Fitted, FittedTarget
from samescale.ir import nodes
from samescale.ir.affine import fuse_affine
from samescale.ir.reference import run
from samescale.ir.types import TensorType
from samescale.ir.verify import type_of, verify
from samescale.profile import Profile, categories, describe, samples
from samescale.schema import Schema
from samescale.transforms.base import source_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.contract import Use
    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.learn import Learning
    from samescale.plan import Chain
    from samescale.profile import ColumnProfile
    from samescale.schema import Column
    from samescale.spec import Spec, Target


def freeze(
    spec: Spec,
    uses: Mapping[str, Use],
    learning: Learning,
    description: str,
    scaled: tuple[Array, Array] | None = None,
) -> Fitted:
    """The frozen value of a finished learning.

    Args:
        spec: What was declared.
        uses: By column, what is made of it.
        learning: What was learned.
        description: Of the training data, in a few words.
        scaled: Means and standard deviations of the scaler that the plain columns of numbers have
            gone through outside, if they have.

    Raises:
        DataError: If a column has missing values and a chain that doesn't say what becomes of them,
            or the target has some.
        SpecError: If the target can't be one.
    """
    profile = Profile({name: _profile(name, learning) for name in uses})
    for target in spec.targets:
        _check_target(target, uses[target.name].column, profile)
    for name, use in uses.items():
        _check_missing(use, profile.columns[name])
    for chain in learning.chains.values():
        _check_spread(chain, profile)
    schema = Schema(tuple(_contract(uses[name], learning, profile) for name in spec.inputs))
    graph = fuse_affine(nodes.Graph(_outputs(spec, schema, learning)))
    verify(graph)
    _check_reach(graph, profile)
    return Fitted(
        spec,
        schema,
        {name: learning.chains[name].learned for name in spec.columns},
        graph,
        tuple(_target(target, uses, learning) for target in spec.targets),
        _whole(profile, [uses[name].column for name in spec.inputs], learning, scaled),
        _provenance(learning, description),
    )


def _whole(
    profile: Profile,
    inputs: list[Column],
    learning: Learning,
    scaled: tuple[Array, Array] | None,
) -> Profile:
    """The profile of the inputs, with what was sampled of them; the samples end here."""
    found = learning.statistics
    return Profile(
        {column.name: profile.columns[column.name] for column in inputs},
        samples.table(profile.columns, found, samples.numeric(inputs), scaled),
        samples.pictures(found, inputs),
    )


def _provenance(learning: Learning, description: str) -> dict[str, Any]:
    found = {"source": description, "rows": learning.rows, "passes": learning.passes}
    return found if learning.weights is None else {**found, "weights": learning.weights}


def _profile(column: str, learning: Learning) -> ColumnProfile:
    asked = {key: s for (name, key), s in learning.statistics.items() if name == column}
    return describe(column, learning.chains.values(), asked)


def _contract(use: Use, learning: Learning, profile: Profile) -> Column:
    name = use.column.name
    return use.frozen(profile.columns[name], categories(name, learning.chains.values()))


def _outputs(spec: Spec, schema: Schema, learning: Learning) -> tuple[tuple[str, Node], ...]:
    starts = Starts([nodes.Input(column.name, column.type) for column in schema.columns])
    chains = {name: starts.chain(name, chain) for name, chain in spec.columns.items()}
    return tuple(
        (name, _features(name, plan.lower(chain, learning.chains[name].learned)))
        for name, chain in chains.items()
    )


def _check_missing(use: Use, profile: ColumnProfile) -> None:
    if profile.missing and not use.accepts_missing:
        raise DataError(
            f"Column '{use.column.name}' has {profile.missing} missing of {profile.rows} values, "
            "and its chain doesn't say what becomes of them.",
            remedy="Put ss.Impute(…) in front of the chain, or drop those rows.",
            column=use.column.name,
        )


def _check_spread(chain: Chain, profile: Profile) -> None:
    # A variance below the smallest float64 is rounded to 0, which would make a constant of values
    # that aren't one.
    column = source_of(chain.name, chain.transforms)
    first = next((i for i, t in enumerate(chain.transforms) if not t.begins), 0)
    learned: Any = chain.learned[first].get("moments", {}) if chain.learned else {}
    found = profile.columns[column] if column is not None else None
    if found and found.deviation == 0.0 < found.spread and 0.0 in learned.get("variance", ()):
        raise DataError(
            f"Column '{column}' goes from {found.minimum} to {found.maximum}, and its variance is "
            "below the range of float64.",
            remedy="Put a ss.Rescaling(…) in front of the chain.",
            column=column,
        )


def _check_reach(graph: nodes.Graph, profile: Profile) -> None:
    """Refuse a chain that makes an infinity of a value that training held."""
    ends = {x.name: _ends(x, profile.columns[x.name]) for x in graph.inputs}
    ends = {name: rows for name, rows in ends.items() if rows.size}
    read = {name: nodes.Graph(((name, node),)).inputs for name, node in graph.outputs}
    # The least value of one column and the greatest of another may be no row's.
    alone = {n: columns[0].name for n, columns in read.items() if len(columns) == 1}
    known = tuple((n, node) for n, node in graph.outputs if alone.get(n) in ends)
    with np.errstate(all="ignore"):
        reached = run(nodes.Graph(known), ends) if known else {}
    for name, values in reached.items():
        if not np.isfinite(values).all():
            of = [f"{x.name} of {_shown(ends[x.name])}" for x in read[name]]
            raise DataError(
                f"Column '{name}' leaves its chain beyond float32: training has {', '.join(of)}.",
                remedy="Put a ss.Clip(…) or a ss.Rescaling(…) in the chain.",
                column=name,
            )


def _ends(x: nodes.Input, profile: ColumnProfile) -> Array:
    """Two rows, of a column's least value and of its greatest; none of text."""
    ends = [end for end in (profile.minimum, profile.maximum) if end is not None]
    rows = np.array(ends).astype(x.type.numpy).reshape(-1, *(1 for _ in x.type.shape))
    return np.broadcast_to(rows, (len(ends), *x.type.shape))


def _shown(rows: Array) -> str:
    return f"{rows.flat[0]} … {rows.flat[-1]}"


def _features(feature: str, node: Node) -> Node:
    """What leaves the graph: float32, or int64 codes; a string can't be a feature."""
    match type_of(node).dtype:
        case "float32" | "int64":
            return node
        case "string":
            raise SpecError(
                f"Column '{feature}' leaves its chain as strings.",
                remedy="Put a StringLookup at the end of the chain, or leave the column out.",
                column=feature,
            )
        case _:
            return nodes.Cast(node, "float32")


def _target(target: Target, uses: Mapping[str, Use], learning: Learning) -> FittedTarget:
    use, chain = uses[target.name], learning.chains[target.name]
    dtype = use.as_is if use.family != "number" else "float64"
    column = dc.replace(use.column, dtype=dtype, kind=use.kind, nullable=False)
    if target.task == "classification":
        return _class_target(column, chain)
    kind = TensorType("float64", column.shape)
    start, prediction = nodes.Input(column.name, kind), nodes.Input("prediction", kind)
    forward = plan.lower(plan.Chain(target.name, chain.transforms, start), chain.learned)
    back = plan.invert(target.name, chain.transforms, prediction, chain.learned)
    graph = fuse_affine(nodes.Graph(((column.name, nodes.Cast(forward, "float32")),)))
    inverse = fuse_affine(nodes.Graph(((column.name, back),)))
    verify(graph)
    verify(inverse)
    return FittedTarget(dc.replace(column, dtype="float64"), graph, inverse, None, chain.learned)


def _check_target(target: Target, column: Column, profile: Profile) -> None:
    found = profile.columns[target.name]
    if found.missing:
        raise DataError(
            f"Target '{column.name}' has {found.missing} missing of {found.rows} values.",
            remedy="Nothing can be learned from a row without its target: drop those rows.",
            column=column.name,
        )
    if column.shape:
        raise SpecError(
            f"Target '{column.name}' has entries of shape {column.shape}.",
            remedy="A target is one value a row: give each entry a column of its own, and the spec "
            "a target for each of them.",
            column=column.name,
        )
    if column.kind == "string" and target.task == "regression":
        raise SpecError(
            f"Target '{column.name}' is text, and no lookup makes it a class.",
            remedy=f"Declare it: ss.Target('{column.name}', ss.StringLookup()).",
            column=column.name,
        )


def _class_target(column: Column, chain: Chain) -> FittedTarget:
    """Classes are coded in their own order, as scikit-learn does, or in the vocabulary's given."""
    lookup: Any = chain.transforms[0]
    found = categories(column.name, [chain]) or ()
    classes = found if lookup.vocabulary is not None else tuple(sorted(found))
    start: Node = nodes.Input(column.name, column.type)
    if column.dtype == "float64":
        start = nodes.Cast(nodes.Where(nodes.IsNan(start), _nobody(classes), start), "int64")
    codes = nodes.Lookup(start, classes, tuple(range(len(classes))), -1, -1)
    graph = nodes.Graph(((column.name, codes),))
    verify(graph)
    return FittedTarget(dc.replace(column, categories=classes), graph, None, classes, chain.learned)


def _nobody(classes: tuple[Any, ...]) -> nodes.Const:
    """A number that is no class."""
    return nodes.Const(np.asarray(min(classes) - 1, dtype=np.float64))
