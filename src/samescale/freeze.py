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
from samescale.profile import PROBABILITIES, ColumnProfile, Profile
from samescale.schema import Column, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import DType
    from samescale.learn import Learning
    from samescale.plan import Chain
    from samescale.spec import Spec, Target
    from samescale.transforms.base import Transform

# A float32 keeps 24 bits. A column needs float64 where rounding its values to float32 would move
# one by more than this share of their standard deviation.
_TOLERANCE = 1e-5
_EXACT_IN_FLOAT32 = 2**24


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
        DataError: If a column has missing values and a chain that doesn't say what becomes of them.
    """
    profile = Profile(
        {name: _profile(declared[name], chain, learning) for name, chain in learning.chains.items()}
    )
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


def _accepts_missing(chain: tuple[Transform, ...]) -> bool:
    return any(transform.accepts_missing for transform in chain)


def _contract(column: Column, chain: Chain, profile: ColumnProfile) -> Column:
    """The column's line in the input contract."""
    dtype = {
        "string": "string",
        "code": _as_is(column),
        "pixels": column.dtype,
        "number": _precision(column, profile),
    }[_family(column, chain.transforms)]
    return dc.replace(
        column,
        dtype=dtype,
        nullable=_accepts_missing(chain.transforms),
        categories=_categories(chain),
    )


def _precision(column: Column, profile: ColumnProfile) -> DType:
    if column.dtype in {"float16", "float32", "bool"} or profile.maximum is None:
        return "float32"
    largest = max(abs(profile.minimum or 0.0), abs(profile.maximum))
    if column.dtype in INTEGERS and largest <= _EXACT_IN_FLOAT32:
        return "float32"
    moved = 2.0**-24 * largest  # at most half a unit in the last place of a float32
    return "float32" if moved <= _TOLERANCE * (profile.deviation or math.inf) else "float64"


def _categories(chain: Chain) -> tuple[Any, ...] | None:
    for transform in chain.transforms:
        tokens = getattr(transform, "tokens", None)
        if tokens is not None:
            position = chain.transforms.index(transform)
            return tuple(tokens(chain.learned[position]))
    return None


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


def _profile(column: Column, chain: Chain, learning: Learning) -> ColumnProfile:
    found = {key: s for (name, key), s in learning.statistics.items() if name == column.name}
    values: dict[str, Any] = {name: s.value() for name, s in found.items() if name != "quantiles"}
    categories, counts = _counted(chain)
    share = {
        "rows": _first(values["missing"]["rows"], 0),
        "missing": _first(values["missing"]["missing"], 0),
        "categories": categories,
        "counts": counts,
    }
    if "moments" not in values:
        return ColumnProfile(**share)
    variance = _first(values["moments"]["variance"])
    sketch: Any = found["quantiles"]
    quantiles = sketch.sketch()["values"]
    return ColumnProfile(
        **share,
        minimum=_first(values["extent"]["min"]),
        maximum=_first(values["extent"]["max"]),
        mean=_first(values["moments"]["mean"]),
        deviation=None if variance is None else math.sqrt(variance),
        probabilities=PROBABILITIES,
        quantiles=tuple(quantiles[0]) if quantiles and quantiles[0] else (),
    )


def _counted(chain: Chain) -> tuple[tuple[Any, ...] | None, tuple[int, ...] | None]:
    categories = _categories(chain)
    if categories is None:
        return None, None
    met: dict[Any, int] = {}
    for learned in chain.learned:
        found: Any = learned.get("counts")
        if found and found["values"]:
            met = dict(zip(found["values"][0], found["counts"][0], strict=True))
    return categories, tuple(met.get(token, 0) for token in categories) if met else None


def _first(values: list[Any], empty: Any = None) -> Any:
    return values[0] if values else empty


def _target(target: Target, declared: Mapping[str, Column], learning: Learning) -> FittedTarget:
    column, chain = declared[target.name], learning.chains[target.name]
    frozen = dc.replace(column, dtype=_target_dtype(column, chain), nullable=False)
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


def _target_dtype(column: Column, chain: Chain) -> DType:
    return _as_is(column) if _family(column, chain.transforms) != "number" else "float64"


def _class_target(column: Column, chain: Chain) -> FittedTarget:
    """Classes are coded in their own order, as scikit-learn does, or in the vocabulary's given."""
    lookup: Any = chain.transforms[0]
    found = _categories(chain) or ()
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
