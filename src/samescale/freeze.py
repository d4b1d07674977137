"""Freeze: what was learned becomes a graph, an input contract and a profile."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale import plan
from samescale.errors import DataError, SpecError
from samescale.fitted import Fitted, FittedTarget
from samescale.ir import nodes
from samescale.ir.affine import fuse_affine
from samescale.ir.types import INTEGERS, TensorType
from samescale.ir.verify import type_of, verify
from samescale.profile import Profile, categories, describe
from samescale.schema import Column, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import DType
    from samescale.learn import Learning
    from samescale.plan import Chain
    from samescale.profile import ColumnProfile
    from samescale.schema import Kind
    from samescale.spec import Spec, Target
    from samescale.transforms.base import Transform

# A float32 keeps 24 bits. A column needs float64 where rounding its values to float32 would move
# one by more than this share of their standard deviation.
_TOLERANCE = 1e-5
_EXACT_IN_FLOAT32 = 2**24
# Beyond it a difference of two float32 overflows, and so does one over a spread below its inverse.
_LARGEST = 2.0**126


def learning_node(column: Column, chain: tuple[Transform, ...]) -> Node:
    """The column as its chain sees it while it learns: numbers in the source's own precision."""
    match _family(column, chain):
        case "string" | "code":
            return nodes.Input(column.name, TensorType(_as_is(column), column.shape))
        case "pixels":
            stored = nodes.Input(column.name, TensorType(column.dtype, column.shape))
            return nodes.Cast(stored, "float32")
        case _:
            narrow = column.dtype in {"float16", "float32"}
            dtype: DType = "float32" if narrow else "float64"
            return nodes.Input(column.name, TensorType(dtype, column.shape))


def freeze(
    spec: Spec, declared: Mapping[str, Column], learning: Learning, description: str
) -> Fitted:
    """The frozen value of a finished learning.

    Raises:
        DataError: If a column has missing values and a chain that doesn't say what becomes of them,
            or the target has some.
        SpecError: If the target can't be one.
    """
    profile = Profile(
        {name: describe(chain, learning.statistics) for name, chain in learning.chains.items()}
    )
    if spec.target is not None:
        _check_target(spec.target, declared[spec.target.name], profile)
    _check(learning.chains, profile)
    frozen = {
        name: _contract(declared[name], learning.chains[name], profile.columns[name])
        for name in spec.columns
    }
    outputs = tuple(
        (name, _features(_lowered(column, learning.chains[name])))
        for name, column in frozen.items()
    )
    graph = fuse_affine(nodes.Graph(outputs))
    verify(graph)
    return Fitted(
        spec,
        Schema(tuple(frozen.values())),
        {name: learning.chains[name].learned for name in spec.columns},
        graph,
        None if spec.target is None else _target(spec.target, declared, learning),
        Profile({name: profile.columns[name] for name in spec.columns}),
        {"source": description, "rows": learning.rows, "passes": learning.passes},
    )


def _family(column: Column, chain: tuple[Transform, ...]) -> str:
    """How a column enters the graph: `string`, `code`, `pixels` (small integers) or `number`."""
    if column.kind == "string":
        return "string"
    if chain and chain[0].takes_integers:
        return "code"
    if column.shape and column.dtype in {"uint8", "int8", "uint16", "int16"}:
        return "pixels"
    return "number"


def _as_is(column: Column) -> DType:
    if column.dtype in INTEGERS or column.dtype == "bool":
        return "int64"
    return "string" if column.kind == "string" else "float64"


def _check(chains: Mapping[str, Chain], profile: Profile) -> None:
    for name, column in profile.columns.items():
        if column.missing and not _accepts_missing(chains[name].transforms):
            raise DataError(
                f"Column '{name}' has {column.missing} missing of {column.rows} values, and its "
                "chain doesn't say what becomes of them.",
                remedy="Put ss.Impute(…) in front of the chain, or drop those rows.",
                column=name,
            )
        _check_spread(chains[name], column)


def _check_spread(chain: Chain, profile: ColumnProfile) -> None:
    # A variance below the smallest float64 is rounded to 0, which would make a constant of values
    # that aren't one.
    learned: Any = chain.learned[0].get("moments", {}) if chain.learned else {}
    if profile.deviation == 0.0 and _spread(profile) > 0.0 and 0.0 in learned.get("variance", ()):
        raise DataError(
            f"Column '{chain.column}' goes from {profile.minimum} to {profile.maximum}, and its "
            "variance is below the range of float64.",
            remedy="Put a ss.Rescaling(…) in front of the chain.",
            column=chain.column,
        )


def _accepts_missing(chain: tuple[Transform, ...]) -> bool:
    return any(transform.accepts_missing for transform in chain)


def _contract(column: Column, chain: Chain, profile: ColumnProfile) -> Column:
    """The column's line in the input contract."""
    dtype = {
        "string": "string",
        "code": _as_is(column),
        "pixels": column.dtype,
        "number": _precision(column, chain.transforms, profile),
    }[_family(column, chain.transforms)]
    return dc.replace(
        column,
        dtype=dtype,
        kind=_kind(column, chain.transforms),
        nullable=_accepts_missing(chain.transforms),
        categories=categories(chain),
    )


def _kind(column: Column, chain: tuple[Transform, ...]) -> Kind:
    # Training has shown that floats which are looked up are whole: 1.5 would be taken for 1.
    looked_up = _family(column, chain) == "code" and column.kind == "number"
    return "integer" if looked_up else column.kind


def _precision(column: Column, chain: tuple[Transform, ...], profile: ColumnProfile) -> DType:
    if column.dtype in {"float16", "bool"} or profile.maximum is None:
        return "float32"
    largest = max(abs(profile.minimum or 0.0), abs(profile.maximum))
    if largest > _LARGEST or 0.0 < _spread(profile) < 1 / _LARGEST:
        return "float64"
    exact = column.dtype in INTEGERS and largest <= _EXACT_IN_FLOAT32
    if column.dtype == "float32" or (exact and not _compares(chain[1:])):
        return "float32"
    if _compares(chain):
        return "float64"
    moved = 2.0**-24 * largest  # at most half a unit in the last place of a float32
    return "float32" if moved <= _TOLERANCE * (profile.deviation or math.inf) else "float64"


def _compares(chain: tuple[Transform, ...]) -> bool:
    # Boundaries are learned from float64 and often are values of the column: 0.7 as a float32 is
    # below 0.7, and would fall into the bin below.
    return any(transform.compares for transform in chain)


def _spread(profile: ColumnProfile) -> float:
    return (profile.maximum or 0.0) - (profile.minimum or 0.0)


def _lowered(column: Column, chain: Chain) -> Node:
    start: Node = nodes.Input(column.name, column.type)
    if _family(column, chain.transforms) == "pixels":
        start = nodes.Cast(start, "float32")
    return plan.lower(column.name, chain.transforms, start, chain.learned)


def _features(node: Node) -> Node:
    """What leaves the graph: float32, or int64 codes; a string can't be a feature."""
    match type_of(node).dtype:
        case "float32" | "int64":
            return node
        case "string":
            name = nodes.Graph((("x", node),)).inputs[0].name
            raise SpecError(
                f"Column '{name}' leaves its chain as strings.",
                remedy="Put a StringLookup at the end of the chain, or leave the column out.",
                column=name,
            )
        case _:
            return nodes.Cast(node, "float32")


def _target(target: Target, declared: Mapping[str, Column], learning: Learning) -> FittedTarget:
    column, chain = declared[target.name], learning.chains[target.name]
    kind = _kind(column, chain.transforms)
    frozen = dc.replace(column, dtype=_target_dtype(column, chain), kind=kind, nullable=False)
    if target.task == "classification":
        return _class_target(frozen, chain)
    start = nodes.Input(column.name, TensorType("float64", column.shape))
    prediction = nodes.Input("prediction", TensorType("float64", column.shape))
    forward = plan.lower(column.name, chain.transforms, start, chain.learned)
    back = plan.invert(column.name, chain.transforms, prediction, chain.learned)
    graph = fuse_affine(nodes.Graph(((column.name, nodes.Cast(forward, "float32")),)))
    inverse = fuse_affine(nodes.Graph(((column.name, back),)))
    verify(graph)
    verify(inverse)
    return FittedTarget(dc.replace(frozen, dtype="float64"), graph, inverse, None, chain.learned)


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
            remedy="A target is one value a row: train one model for each of them.",
            column=column.name,
        )
    if column.kind == "string" and target.task == "regression":
        raise SpecError(
            f"Target '{column.name}' is text, and no lookup makes it a class.",
            remedy=f"Declare it: ss.Target('{column.name}', ss.StringLookup()).",
            column=column.name,
        )


def _target_dtype(column: Column, chain: Chain) -> DType:
    return _as_is(column) if _family(column, chain.transforms) != "number" else "float64"


def _class_target(column: Column, chain: Chain) -> FittedTarget:
    """Classes are coded in their own order, as scikit-learn does, or in the vocabulary's given."""
    lookup: Any = chain.transforms[0]
    found = categories(chain) or ()
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
