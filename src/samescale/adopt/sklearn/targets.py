"""Targets: the transformer around a regressor, and the encoders of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale import plan
from samescale.adopt._record import record
from samescale.adopt.sklearn import state
from samescale.adopt.sklearn.blocks import Block
from samescale.adopt.sklearn.contract import Contract
from samescale.adopt.sklearn.convert import CONVERTERS, convert, unknown
from samescale.errors import SpecError
from samescale.fitted import FittedTarget
from samescale.ir import nodes as n
from samescale.ir.affine import fuse_affine
from samescale.ir.types import TensorType
from samescale.ir.verify import verify
from samescale.schema import Column
from samescale.spec import Target
from samescale.transforms.integer_lookup import IntegerLookup
from samescale.transforms.string_lookup import StringLookup

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from samescale.adopt._record import Record

    Pair: TypeAlias = tuple[Target, FittedTarget]

_ENCODERS = ("LabelEncoder", "LabelBinarizer")


def of(name: str, given: object) -> Pair:
    """The target that a fitted object transforms.

    Args:
        name: The target's column.
        given: A transformer of one column, a `LabelEncoder`, a `LabelBinarizer`; `None` for a
            number that the model learns as it is.

    Raises:
        SpecError: If it can't be undone, or isn't known.
    """
    if given is None:
        return number(name, None)
    found = record(given)
    if found.root == "sklearn" and found.name in _ENCODERS:
        return classes(name, list(state.fitted(found, "classes_")), found)
    if found.root != "sklearn" or found.name not in CONVERTERS:
        raise unknown(found)
    return number(name, found)


def number(name: str, given: Record | None) -> Pair:
    """A number, through the transforms of a record; its inverse takes answers back."""
    blocks = convert(given, [Block.of(name)], Contract())
    if len(blocks) != 1 or blocks[0].width != 1 or blocks[0].kind == "text":
        raise SpecError(
            f"Target '{name}' becomes {sum(block.width for block in blocks)} columns.",
            remedy="A target is one number a row.",
            column=name,
        )
    chain, learned = blocks[0].chain, blocks[0].learned
    kind = TensorType("float64")
    start, prediction = n.Input(name, kind), n.Input("prediction", kind)
    forward = plan.lower(plan.Chain(name, chain, start), learned)
    back = plan.invert(name, chain, prediction, learned)
    graph = fuse_affine(n.Graph(((name, n.Cast(forward, "float32")),)))
    inverse = fuse_affine(n.Graph(((name, back),)))
    verify(graph)
    verify(inverse)
    column = Column(name, "float64")
    return Target(name, *chain), FittedTarget(column, graph, inverse, None, learned)


def classes(name: str, found: Sequence[Any], given: Record) -> Pair:
    """A class, coded by its place among the classes.

    Args:
        name: The target's column.
        found: The classes, in the order of a model's probabilities.
        given: What has them, for messages.

    Raises:
        SpecError: If they are neither text nor whole numbers.
    """
    plain = [one.item() if isinstance(one, np.generic) else one for one in found]
    if not plain or len(set(map(type, plain))) > 1 or not isinstance(plain[0], str | int | float):
        state.refuse(given, "classes_", plain, "They aren't all text, or all whole numbers.")
    if isinstance(plain[0], str):
        return _class(Column(name, "string", kind="string"), tuple(map(str, plain)))
    if not all(float(one).is_integer() for one in plain):
        state.refuse(given, "classes_", plain, "They aren't whole numbers.")
    kind = "boolean" if isinstance(plain[0], bool) else "integer"
    return _class(Column(name, "int64", kind=kind), tuple(map(int, plain)))  # type: ignore[arg-type]


def _class(column: Column, known: tuple[Any, ...]) -> Pair:
    lookup = (StringLookup if column.dtype == "string" else IntegerLookup)(vocabulary=known)
    start = n.Input(column.name, column.type)
    codes = n.Lookup(start, known, tuple(range(len(known))), -1, -1)
    graph = n.Graph(((column.name, codes),))
    verify(graph)
    listed = Column(column.name, column.dtype, kind=column.kind, categories=known)
    return Target(column.name, lookup), FittedTarget(listed, graph, None, known, ({},))
