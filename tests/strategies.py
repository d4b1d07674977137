"""Hypothesis strategies for graphs and for the columns that they read, hostile values included."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from samescale.ir import nodes as n
from samescale.ir.build import array, const
from samescale.ir.types import FLOATS, INTEGERS, TensorType
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FLOAT_HOSTILE = (
    math.nan,
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.5,
    5e-324,
    1e-45,
    -1e-40,
    3.4e38,
    1e308,
    -1e308,
    math.inf,
    -math.inf,
)
TEXTS = (
    None,
    "",
    " ",
    "a",
    "A ",
    " b",
    "bern",
    "Bern",
    "é",
    "İ",
    "東京",
    "a b  c",
    "12",
    "\x00",
    "ß",
)
WORDS = ("a", "b", "bern", "é", "12", "")
INPUTS = tuple(
    TensorType(dtype, shape)
    for dtype, shape in [
        ("float32", ()),
        ("float32", ()),
        ("float32", (3,)),
        ("float64", ()),
        ("float64", (2, 3)),
        ("int64", ()),
        ("int64", (4,)),
        ("uint8", (2, 2)),
        ("bool", ()),
        ("string", ()),
        ("string", (2,)),
    ]
)


def values(of: TensorType, rows: int, seed: int) -> np.ndarray:
    """Rows of a type: ordinary numbers with hostile ones among them, from a seed."""
    rng = np.random.default_rng(seed)
    shape = (rows, *of.shape)
    if of.dtype == "string":
        made = np.empty(shape, object)
        made[...] = rng.choice(np.array(TEXTS, object), shape)
        return made
    if of.dtype == "bool":
        return rng.random(shape) < 0.5
    if of.dtype in INTEGERS:
        limits = np.iinfo(of.dtype)
        small = rng.integers(0, 9, shape).astype(of.dtype)
        ends = rng.choice(np.array([limits.min, limits.max, 3], of.dtype), shape)
        return np.where(rng.random(shape) < 0.8, small, ends)
    with np.errstate(all="ignore"):
        plain = (rng.normal(size=shape) * 10.0 ** rng.integers(-3, 4, shape)).astype(of.dtype)
        hostile = rng.choice(np.array(FLOAT_HOSTILE), shape).astype(of.dtype)
    return np.where(rng.random(shape) < 0.7, plain, hostile)


def columns(graph: n.Graph, rows: int, seed: int) -> dict[str, np.ndarray]:
    """Columns for every input of a graph."""
    return {
        node.name: values(node.type, rows, seed + index) for index, node in enumerate(graph.inputs)
    }


def joined(*parts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def same_bits(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether two arrays are the same to the bit; a NaN is a NaN, whatever its payload."""
    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    if left.dtype.kind != "f":
        return bool(np.array_equal(left, right))
    both = np.isnan(left) & np.isnan(right)
    bits = np.dtype(f"u{left.dtype.itemsize}")
    left, right = np.ascontiguousarray(left), np.ascontiguousarray(right)
    return bool(np.all((left.view(bits) == right.view(bits)) | both))


def assert_same(left: Mapping[str, np.ndarray], right: Mapping[str, np.ndarray]) -> None:
    """Fail, showing both, unless two results are the same to the bit."""
    assert list(left) == list(right)
    for name in left:
        assert same_bits(left[name], right[name]), f"{name}:\n{left[name]!r}\n{right[name]!r}"


_numbers = st.sampled_from((0.0, -0.0, 1.0, -1.0, 0.1, 2.5, 1 / 3, 1e-3, 255.0, -7.0))
_seeds = st.integers(0, 2**32 - 1)
Draw = Any


def _vector(draw: Draw, of: TensorType) -> np.ndarray:
    shape = draw(st.sampled_from([(), of.shape, of.shape[-1:]]))
    made = [draw(_numbers) for _ in range(min(3, math.prod(shape)))]
    return array(np.resize(made, shape), of.dtype)


def _affine(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    made = n.Const(_vector(draw, of))
    pair = draw(st.sampled_from([(x, made), (made, x), (x, x)]))
    return draw(st.sampled_from([n.Sub, n.Mul]))(*pair)


def _curve(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    kind = draw(st.sampled_from([n.Exp, n.Expm1, n.Log, n.Log1p, n.Floor, n.Power]))
    return (
        n.Power(x, draw(st.sampled_from([0.5, 2.0, -1.0, 1 / 3]))) if kind is n.Power else kind(x)
    )


def _clip(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    low = draw(st.sampled_from([-math.inf, -1.0, -0.0, 0.0]))
    high = draw(st.sampled_from([0.0, 1.0, 5.5, math.inf]))
    return n.Clip(x, array(low, of.dtype), array(high, of.dtype))


def _impute(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    return n.Where(n.IsNan(x), n.Const(_vector(draw, of)), x)


def _compare(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    made = n.Const(_vector(draw, of))
    return draw(st.sampled_from([n.Less(x, made), n.Equal(made, x), n.IsNan(x)]))


def _whole(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    return n.Cast(_impute(draw, x, of), draw(st.sampled_from(["int64", "uint8", "int32"])))


def _bucketize(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    edges = sorted({draw(_numbers) for _ in range(4)})
    return n.Bucketize(x, array(edges, of.dtype))


def _other_float(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    return n.Cast(x, draw(st.sampled_from(["float32", "float64", "float16", "bool"])))


def _number(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    return n.Cast(x, draw(st.sampled_from(["float32", "float64", "int64"])))


def _lookup(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    keys: tuple[Any, ...] = WORDS if of.dtype == "string" else draw(_KEYS)
    found = tuple(range(1, len(keys) + 1))
    return n.Lookup(x, keys, found, default=draw(st.sampled_from([0, 9])), missing=7)


_KEYS = st.sampled_from([(0, 1, 2, 3, 5), (8, -3, 10**6, 2**63 - 1), (2**64 - 1, 255, 4)])


def _hash(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    return n.HashBucket(
        x, draw(st.sampled_from([1, 7, 1000])), draw(st.sampled_from([0, 2**64 - 1]))
    )


def _one_hot(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    modes = ["one_hot", "multi_hot", "count"] if of.shape else ["one_hot"]
    dtype = draw(st.sampled_from(["float32", "float64", "int64", "uint8"]))
    return n.OneHot(x, draw(st.sampled_from([1, 5, 300])), draw(st.sampled_from(modes)), dtype)


def _text(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    chain = draw(st.lists(st.sampled_from([n.Strip, n.Lower, _erase, _split]), max_size=3))
    for link in chain:
        x = link(x)
    end = draw(st.sampled_from([_lookup, _hash, _bag, None]))
    return n.IsNan(x) if end is None else end(draw, x, of)


def _erase(x: n.Node) -> n.Node:
    return n.Erase(x, "b ")


def _split(x: n.Node) -> n.Node:
    return n.Split(x, 2)


def _bag(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    by = draw(st.sampled_from(["whitespace", "character"]))
    ngrams = draw(st.sampled_from([(1,), (2,), (1, 2)]))
    return n.Bag(x, draw(st.sampled_from([(), WORDS])), len(WORDS) + 1, by, ngrams)


def _reshape(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    size = math.prod(of.shape)
    shapes = [(size,), (1, size), (size, 1)] + ([()] if size == 1 else [])
    return n.Reshape(x, draw(st.sampled_from(shapes)))


def _take(draw: Draw, x: n.Node, of: TensorType) -> n.Node:
    if not of.shape:
        return n.Reshape(x, (1,))
    indices = draw(st.lists(st.integers(0, of.shape[-1] - 1), min_size=1, max_size=4))
    return n.Take(x, tuple(indices))


Grow = "Callable[[Draw, n.Node, TensorType], n.Node]"
_SHAPES: tuple[Any, ...] = (_reshape, _take)
_OF_FLOAT: tuple[Any, ...] = (
    *(_affine, _affine, _affine, _curve, _clip, _impute, _compare, _whole, _bucketize),
    *(_other_float, *_SHAPES),
)
_OF_INTEGER: tuple[Any, ...] = (_number, _lookup, _hash, _one_hot, *_SHAPES)


def _grow(draw: Draw, x: n.Node) -> n.Node:
    of = type_of(x)
    if of.dtype == "string":
        return _text(draw, x, of)
    ways = _OF_FLOAT if of.dtype in FLOATS else _OF_INTEGER if of.dtype in INTEGERS else (_number,)
    return draw(st.sampled_from(ways))(draw, x, of)


def _paired(draw: Draw, pool: list[n.Node]) -> n.Node | None:
    """Two tensors of one dtype and row shape brought together, if there are two."""
    x = draw(st.sampled_from(pool))
    of = type_of(x)
    mates = [node for node in pool if type_of(node) == of]
    y = draw(st.sampled_from(mates))
    if of.dtype == "bool":
        return n.Where(x, const(1.5, "float32"), const(-0.0, "float32"))
    if of.dtype == "string":
        return n.Equal(x, y)
    ways: list[n.Node] = [n.Where(n.Less(x, y), x, y)]
    if of.shape:
        ways.append(n.Concat((x, y, x)))
    if of.dtype in FLOATS:
        ways += [n.Sub(x, y), n.Mul(x, y)]
    return draw(st.sampled_from(ways))


@st.composite
def graphs(draw: Draw, most: int = 7) -> n.Graph:
    """Well-formed graphs of all kinds of nodes, each grown by at most `most` steps."""
    kinds = draw(st.lists(st.sampled_from(INPUTS), min_size=1, max_size=3))
    pool: list[n.Node] = [n.Input(f"c{index}", of) for index, of in enumerate(kinds)]
    for _ in range(draw(st.integers(1, most))):
        paired = draw(st.integers(0, 4)) == 0
        x = draw(st.sampled_from(pool[-3:]))
        pool.append(_paired(draw, pool) if paired else _grow(draw, x))
    ends = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
    return n.Graph(tuple((f"o{index}", node) for index, node in enumerate(ends)))


@st.composite
def tables(draw: Draw) -> n.Graph:
    """Graphs of one output: a Concat of columns, many of them of the same chain."""
    chains = draw(st.lists(st.sampled_from(range(len(_CHAINS))), min_size=2, max_size=9))
    parts = [_CHAINS[chain](draw, f"c{index}") for index, chain in enumerate(chains)]
    return n.Graph((("x", n.Concat(tuple(parts))),))


def _column(of: TensorType, *steps: Any, early: bool) -> Callable[[Draw, str], n.Node]:
    def make(draw: Draw, name: str) -> n.Node:
        node: n.Node = n.Input(name, of)
        if early and not of.shape:
            node = n.Reshape(node, (1,))
        for step in steps:
            node = step(draw, node, type_of(node))
        node = node if type_of(node).dtype == "float32" else n.Cast(node, "float32")
        return node if type_of(node).shape else n.Reshape(node, (1,))

    return make


_CHAINS = tuple(
    _column(TensorType(dtype, shape), *steps, early=early)
    for dtype, shape, steps, early in [
        ("float32", (), (_affine, _affine), False),
        ("float32", (), (_affine, _affine), True),
        ("float32", (2,), (_affine, _affine), False),
        ("float64", (), (_impute, _affine, _clip), False),
        ("float32", (), (_impute, _curve), False),
        ("float32", (), (_clip,), True),
        ("string", (), (_lookup, _one_hot), False),
        ("int64", (), (_lookup,), False),
        ("float64", (), (_compare,), False),
        ("float32", (), (), False),
    ]
)
