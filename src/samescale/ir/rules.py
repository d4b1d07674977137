"""The type of each node, from the types of its arguments: one rule a node."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NoReturn, assert_never, get_args

import numpy as np

from samescale.errors import GraphError
from samescale.ir import nodes as n
from samescale.ir.types import DTYPES, FLOATS, INTEGERS, TensorType, dtype_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from samescale.ir.types import DType

NUMBERS: frozenset[DType] = FLOATS | INTEGERS
MAX_ENTRIES = 2**28  # of a row: past any image or sequence, short of a memory bomb
MAX_BINS = 2**31 - 1
_INT64 = range(-(2**63), 2**63)


def refuse(node: n.Node, reason: str, remedy: str = "") -> NoReturn:
    """Raise the GraphError of `node`: its operation, the column that it works on, the reason."""
    name = type(node).__name__
    column = _column(node)
    where = "" if column is None else f" on column '{column}'"
    raise GraphError(f"{name}{where}: {reason}", remedy=remedy, node=name, column=column)


def infer(node: n.Node, of: tuple[TensorType, ...]) -> TensorType:
    """The type of `node`, whose arguments have the types `of`.

    Raises:
        GraphError: If the arguments or the fields aren't what the node takes.
    """
    _rows_first(node)
    match node:
        case n.Input():
            return _input(node)
        case n.Const():
            return TensorType(_const(node), node.value.shape)
        case n.Cast():
            return _cast(node, of[0])
        case n.Sub() | n.Mul() | n.Equal() | n.Less() | n.Where():
            return _together(node, of)
        case n.Exp() | n.Expm1() | n.Log() | n.Log1p() | n.Power() | n.Floor() | n.Clip():
            return _pointwise(node, of[0])
        case n.IsNan():
            _demand(node, of[0], {*FLOATS, "string"})
            return TensorType("bool", of[0].shape)
        case n.Bucketize() | n.Lookup() | n.HashBucket():
            return _codes(node, of[0])
        case n.OneHot():
            return _one_hot(node, of[0])
        case n.Take() | n.Reshape() | n.Concat():
            return _shaped(node, of)
        case n.Bag():
            return _bag(node, of[0])
        case n.Strip() | n.Lower() | n.Erase() | n.Split():
            return _text(node, of[0])
        case _:
            assert_never(node)


def _input(node: n.Input) -> TensorType:
    if not isinstance(node.name, str) or not node.name:
        refuse(node, f"{node.name!r} is not a column's name.")
    if node.type.dtype not in DTYPES:
        refuse(node, f"'{node.type.dtype}' is not a dtype of the graph.")
    _sized(node, node.type.shape)
    return node.type


def _const(node: n.Const) -> DType:
    value = node.value
    if not isinstance(value, np.ndarray):
        refuse(node, "the value is not an array.", "Make it with build.const.")
    try:
        dtype = dtype_of(value)
    except TypeError as error:
        refuse(node, str(error))
    texts = value.dtype == object and all(v is None or isinstance(v, str) for v in value.flat)
    if dtype == "string" and not texts:
        refuse(node, "text is held as objects, each a str or None.", "Make it with build.const.")
    return dtype


def _cast(node: n.Cast, x: TensorType) -> TensorType:
    _demand(node, x, {*NUMBERS, "bool"})
    if node.dtype not in NUMBERS and node.dtype != "bool":
        refuse(node, f"a number can't be cast to '{node.dtype}'.")
    return TensorType(node.dtype, x.shape)


def _together(
    node: n.Sub | n.Mul | n.Equal | n.Less | n.Where, of: tuple[TensorType, ...]
) -> TensorType:
    x, y = of[-2:]
    if x.dtype != y.dtype:
        refuse(node, f"{x} and {y} are not of one dtype.", "Cast one of them.")
    if isinstance(node, n.Sub | n.Mul):
        _demand(node, x, FLOATS)
    elif isinstance(node, n.Less):
        _demand(node, x, NUMBERS)
    elif isinstance(node, n.Where) and of[0].dtype != "bool":
        refuse(node, f"the condition is {of[0]}, not bool.")
    shape = _broadcast(node, of)
    return TensorType("bool" if isinstance(node, n.Equal | n.Less) else x.dtype, shape)


def _pointwise(
    node: n.Exp | n.Expm1 | n.Log | n.Log1p | n.Power | n.Floor | n.Clip, x: TensorType
) -> TensorType:
    if isinstance(node, n.Clip):
        return _clip(node, x)
    _demand(node, x, FLOATS)
    if isinstance(node, n.Power) and not math.isfinite(node.exponent):
        refuse(node, f"the exponent {node.exponent} is not a finite number.")
    return x


def _clip(node: n.Clip, x: TensorType) -> TensorType:
    _demand(node, x, NUMBERS)
    for bound in (node.low, node.high):
        if bound.dtype != x.numpy:
            refuse(node, f"a bound is {bound.dtype}, x is {x}.", "Give the bounds x's dtype.")
        if _joined(bound.shape, x.shape) != x.shape:
            refuse(node, f"a bound of shape {bound.shape} doesn't fit a row of {x}.")
    if not bool(np.all(node.low <= node.high)):
        refuse(node, f"low {node.low} is above high {node.high}, or one is NaN.")
    return x


def _codes(node: n.Bucketize | n.Lookup | n.HashBucket, x: TensorType) -> TensorType:
    if isinstance(node, n.Bucketize):
        _demand(node, x, NUMBERS)
        _edges(node, x)
    else:
        _demand(node, x, {*INTEGERS, "string"})
    if isinstance(node, n.Lookup):
        _table(node, x)
    if isinstance(node, n.HashBucket):
        if not 1 <= node.bins <= MAX_BINS:
            refuse(node, f"{node.bins} bins; from 1 to {MAX_BINS} can be told apart.")
        if not 0 <= node.salt < 2**64:
            refuse(node, f"the salt {node.salt} is not in 0…2**64-1.")
    return TensorType("int64", x.shape)


def _edges(node: n.Bucketize, x: TensorType) -> None:
    edges = node.edges
    if edges.ndim != 1 or edges.dtype != x.numpy:
        refuse(
            node,
            f"edges of {edges.dtype} and shape {edges.shape} for {x}.",
            "Give one axis of x's dtype: build.bucketize rounds edges as comparisons need it.",
        )
    if not bool(np.all(edges[1:] >= edges[:-1])) or bool(np.any(edges != edges)):  # noqa: PLR0124 - the test for NaN that integers also pass
        refuse(node, "the edges are not ascending, or one is NaN.", "Sort them and drop NaN.")


def _keys(node: n.Lookup | n.Bag, x: TensorType) -> None:
    kind = str if x.dtype == "string" else int
    if not set(map(type, node.keys)) <= {kind}:
        key = next(key for key in node.keys if type(key) is not kind)
        refuse(node, f"the key {key!r} is not a {kind.__name__}, as {x} needs.")
    if len(set(node.keys)) != len(node.keys):
        seen: set[str | int] = set()
        twice = next(key for key in node.keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        refuse(node, f"the key {twice!r} stands there more than once.")


def _table(node: n.Lookup, x: TensorType) -> None:
    _keys(node, x)
    if len(node.values) != len(node.keys):
        refuse(node, f"{len(node.keys)} keys and {len(node.values)} values.")
    values = (*node.values, node.default, node.missing)
    # A bundle's graph is checked several times, and a table may hold thousands of values.
    whole = set(map(type, values)) == {int}
    if not (whole and min(values) in _INT64 and max(values) in _INT64):
        wrong = [value for value in values if type(value) is not int or value not in _INT64]
        refuse(node, f"the value {wrong[0]!r} is not an int64.")


def _one_hot(node: n.OneHot, x: TensorType) -> TensorType:
    _demand(node, x, INTEGERS)
    if node.dtype not in NUMBERS and (node.dtype != "bool" or node.mode == "count"):
        refuse(node, f"mode '{node.mode}' can't be given as '{node.dtype}'.")
    if node.mode not in {"one_hot", "multi_hot", "count"}:
        refuse(node, f"'{node.mode}' is no mode.", "Take one_hot, multi_hot or count.")
    if node.depth < 1:
        refuse(node, f"the depth is {node.depth}; at least 1 is needed.")
    if node.mode != "one_hot" and not x.shape:
        refuse(
            node, f"'{node.mode}' joins the last axis of a row; {x} has none.", "Reshape to (1,)."
        )
    kept = x.shape if node.mode == "one_hot" else x.shape[:-1]
    _sized(node, (*kept, node.depth))
    return TensorType(node.dtype, (*kept, node.depth))


def _shaped(node: n.Take | n.Reshape | n.Concat, of: tuple[TensorType, ...]) -> TensorType:
    match node:
        case n.Take():
            return _take(node, of[0])
        case n.Reshape():
            _sized(node, node.shape)
            if math.prod(node.shape) != math.prod(of[0].shape):
                refuse(node, f"{of[0]} can't be given the row shape {node.shape}.")
            return TensorType(of[0].dtype, node.shape)
        case n.Concat():
            return _concat(node, of)


def _take(node: n.Take, x: TensorType) -> TensorType:
    if not x.shape:
        refuse(node, f"{x} has no axis to take from.", "Reshape to (1,).")
    if not node.indices:
        refuse(node, "nothing is taken.")
    for index in node.indices:
        if not 0 <= index < x.shape[-1]:
            refuse(node, f"index {index} is outside the last axis of {x}.")
    return TensorType(x.dtype, (*x.shape[:-1], len(node.indices)))


def _concat(node: n.Concat, of: tuple[TensorType, ...]) -> TensorType:
    if not of:
        refuse(node, "nothing to join.")
    first = of[0]
    for other in of:
        if not other.shape:
            refuse(node, f"{other} has no axis to join.", "Reshape to (1,).")
        if other.dtype != first.dtype or other.shape[:-1] != first.shape[:-1]:
            refuse(node, f"{first} and {other} can't be joined.", "Cast or Reshape one of them.")
    shape = (*first.shape[:-1], sum(other.shape[-1] for other in of))
    _sized(node, shape)
    return TensorType(first.dtype, shape)


def _text(node: n.Text, x: TensorType) -> TensorType:
    _demand(node, x, {"string"})
    if isinstance(node, n.Erase) and not node.characters:
        refuse(node, "there is no character to erase.", "Leave the node out.")
    if not isinstance(node, n.Split):
        return x
    if node.length < 1:
        refuse(node, f"the length is {node.length}; at least 1 is needed.")
    _tokens(node)
    _sized(node, (*x.shape, node.length))
    return TensorType("string", (*x.shape, node.length))


def _tokens(node: n.Split | n.Bag) -> None:
    if node.by not in get_args(n.Cut):
        refuse(node, f"'{node.by}' is no way to cut.", f"Take {' or '.join(get_args(n.Cut))}.")
    if not node.ngrams or any(type(size) is not int or size < 1 for size in node.ngrams):
        refuse(node, f"{node.ngrams} are no lengths of n-grams.", "Give whole numbers from 1.")


def _bag(node: n.Bag, x: TensorType) -> TensorType:
    _demand(node, x, {"string"})
    _tokens(node)
    _keys(node, x)
    if node.depth <= len(node.keys):
        refuse(node, f"a depth of {node.depth} is too small for {len(node.keys)} keys and others.")
    _sized(node, (*x.shape, node.depth))
    return TensorType("float32", (*x.shape, node.depth))


def _rows_first(node: n.Node) -> None:
    of = n.arguments(node)
    constants = sum(isinstance(argument, n.Const) for argument in of)
    if constants == 0:
        return
    if isinstance(node, n.Where) and isinstance(node.condition, n.Const):
        refuse(node, "the condition is a constant.", "Take the side that it chooses.")
    # A closed rule keeps every target simple: a constant stands only beside a tensor with rows.
    if constants == len(of) or isinstance(node, n.Concat):
        refuse(node, "a constant stands where rows are needed.", "Compute it when freezing.")


def _demand(node: n.Node, x: TensorType, dtypes: Collection[str]) -> None:
    if x.dtype not in dtypes:
        known = ", ".join(dtype for dtype in DTYPES if dtype in dtypes)
        refuse(node, f"{x} is not what it takes ({known}).", "Cast it first, or look it up.")


def _broadcast(node: n.Node, of: tuple[TensorType, ...]) -> tuple[int, ...]:
    shape = _joined(*(x.shape for x in of))
    if shape is None:
        refuse(node, f"the rows of {' and '.join(map(str, of))} don't broadcast.")
    _sized(node, shape)
    return shape


def _joined(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


def _sized(node: n.Node, shape: tuple[int, ...]) -> None:
    if any(type(size) is not int or size < 1 for size in shape):
        refuse(node, f"the row shape {shape} has an axis that isn't a whole number from 1.")
    if math.prod(shape) > MAX_ENTRIES:
        refuse(node, f"a row of shape {shape} has more than {MAX_ENTRIES} entries.")


def _column(node: n.Node) -> str | None:
    stack, seen = [node], set[int]()
    while stack:
        node = stack.pop()
        if isinstance(node, n.Input):
            return str(node.name)
        if id(node) not in seen:
            seen.add(id(node))
            stack.extend(reversed(n.arguments(node)))
    return None
