"""Every target gives what the reference gives, node by node, as exactly as it declares."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from samescale.errors import MissingExtraError, UnsupportedError
from samescale.ir import nodes as n
from samescale.ir.build import array, clip, const, mul, sub, where_nan
from samescale.ir.reference import run
from samescale.ir.types import TensorType
from samescale.targets import load, names
from samescale.targets.base import Exact, Host, Ulp, Unsupported, parity
from tests.strategies import FLOAT_HOSTILE, TEXTS, same_bits

ROWS = 480
FLOATS = ("float32", "float64")


def _input(dtype, *shape):
    name = "_".join(["in", dtype, *map(str, shape)])
    return n.Input(name, TensorType(dtype, shape))


def _of_float(d):
    x, v, m = _input(d), _input(d, 3), _input(d, 2, 3)
    return {
        "input": v,
        "sub": sub(x, 0.1),
        "sub_vector": sub(m, [0.1, -2.0, 1e3]),
        "sub_from": n.Sub(const(1.0, d), x),
        "sub_ranks": n.Sub(v, m),
        "mul": mul(v, 1 / 3),
        "mul_vector": mul(v, [0.1, -2.0, 1e3]),
        "mul_tensors": n.Mul(v, v),
        "mul_wider": n.Mul(n.Reshape(x, (1,)), const([1.0, 2.5], d)),
        "normal_form": mul(sub(v, [0.1, 2.0, 1e4]), [1 / 3, 0.7, 1e-3]),
        "exp": n.Exp(x),
        "expm1": n.Expm1(x),
        "log": n.Log(x),
        "log1p": n.Log1p(x),
        "power_half": n.Power(x, 0.5),
        "power_two": n.Power(x, 2.0),
        "power_third": n.Power(x, 1 / 3),
        "power_inverse": n.Power(x, -1.0),
        "clip": clip(v, [-1.0, -2.0, 0.5], 2.5),
        "clip_at_zero": clip(x, 0.0, 1.0),
        "clip_below_zero": clip(x, -1.0, -0.0),
        "clip_open": clip(x, -np.inf, 1.0),
        "floor": n.Floor(x),
        "is_nan": n.IsNan(v),
        "equal": n.Equal(x, const(-0.0, d)),
        "equal_tensors": n.Equal(v, v),
        "less": n.Less(x, const(0.5, d)),
        "less_from": n.Less(const([0.5, 0.0, -1.0], d), m),
        "where_nan": where_nan(v, [1.5, -0.0, 2.0]),
        "where_tensors": n.Where(n.Less(v, const(0.0, d)), v, m),
        "where_constants": n.Where(n.IsNan(x), const(1.0, d), const(-0.0, d)),
        "bucketize": n.Bucketize(v, array([-np.inf, -1.0, 0.0, 0.5, 2.5, 1e3], d)),
        "cast_float": n.Cast(v, "float64" if d == "float32" else "float32"),
        "cast_whole": n.Cast(where_nan(x, -1.0), "int64"),
        "cast_byte": n.Cast(where_nan(x, 7.0), "uint8"),
        "cast_bool": n.Cast(x, "bool"),
        "cast_truth": n.Cast(n.IsNan(x), d),
        "cast_from_int": n.Cast(_input("int64"), d),
        "cast_from_byte": n.Cast(_input("uint8", 2, 2), d),
        "one_hot": n.OneHot(_input("int64"), 4, "one_hot", d),
        "one_hot_long": n.OneHot(_input("int64", 5), 300, "one_hot", d),
        "multi_hot": n.OneHot(_input("int64", 5), 4, "multi_hot", d),
        "count": n.OneHot(_input("int64", 5), 4, "count", d),
        "take": n.Take(m, (2, 0, 0)),
        "reshape": n.Reshape(m, (3, 2)),
        "concat": n.Concat((v, n.Reshape(m, (6,)), v)),
        "columns": n.Concat((mul(sub(n.Reshape(x, (1,)), 2.0), 0.1), mul(sub(v, 3.0), 0.7))),
    }


def _of_codes():
    x, v, s, w = _input("int64"), _input("int64", 5), _input("string"), _input("string", 2)
    words = ("a", "bern", "", "東京", "é")

    def find(node):
        return n.Lookup(node, words, (1, 2, 3, 4, 5), default=0, missing=9)

    return {
        "equal_integers": n.Equal(v, const(3, "int64")),
        "less_integers": n.Less(x, const(3, "int64")),
        "clip_integers": n.Clip(v, array(0, "int64"), array(4, "int64")),
        "bucketize_integers": n.Bucketize(x, array([-5, 0, 3], "int64")),
        "lookup_dense": n.Lookup(v, (0, 1, 2, 7), (4, 3, 2, 1), default=-1, missing=0),
        "lookup_sparse": n.Lookup(x, (10**12, 3, -(2**63)), (4, 3, 2), default=0, missing=0),
        "lookup_bytes": n.Lookup(_input("uint8", 2, 2), (255, 0, -1), (4, 3, 2), 0, 0),
        "hash_integers": n.HashBucket(v, 1000, 7),
        "take_codes": n.Take(v, (1, 3)),
        "lookup_text": find(w),
        "is_missing": n.IsNan(s),
        "hash_text": n.HashBucket(w, 1000, 0),
        "strip": find(n.Strip(s)),
        "lower": find(n.Lower(n.Strip(w))),
        "split": n.HashBucket(n.Split(s, 3), 50, 1),
        "split_characters": find(n.Split(w, 2, "character")),
        "split_ngrams": n.HashBucket(n.Split(s, 4, ngrams=(2, 1)), 50, 1),
        "erase": find(n.Erase(n.Lower(w), " é\x00")),
        "bag": n.Bag(s, ("a", "bern", "b"), 5),
        "bag_ngrams": clip(n.Bag(n.Lower(w), ("a b", "b"), 3, "whitespace", (1, 2)), 0.0, 1.0),
        "bag_characters": n.Bag(n.Erase(s, "e"), ("b", "東"), 3, "character"),
        "equal_text": n.Equal(s, const("a", "string")),
        "impute_text": find(where_nan(s, "a")),
        "hot_text": n.OneHot(find(n.Lower(s)), 6, "one_hot", "float32"),
    }


CASES = {f"{name}_{d}": node for d in FLOATS for name, node in _of_float(d).items()} | _of_codes()
GRAPHS = {name: n.Graph((("y", node),)) for name, node in CASES.items()}
MARKED = {"jax", "keras", "sklearn", "torch"}


def _column(of, rng):
    shape = (ROWS, *of.shape)
    if of.dtype == "string":
        made = np.empty(shape, object)
        made[...] = rng.choice(np.array(TEXTS, object), shape)
        return made
    if of.dtype in FLOATS:
        with np.errstate(over="ignore"):
            hostile = np.array(FLOAT_HOSTILE).astype(of.dtype)
        wide = rng.normal(size=shape) * 10.0 ** rng.integers(-6, 3, shape)
        return np.where(rng.random(shape) < 0.8, wide.astype(of.dtype), rng.choice(hostile, shape))
    limits = np.iinfo(of.dtype)
    ends = rng.choice(np.array([limits.min, limits.max], of.dtype), shape)
    return np.where(rng.random(shape) < 0.9, rng.integers(0, 9, shape).astype(of.dtype), ends)


def _columns(flushes):
    rng = np.random.default_rng(7)
    every = n.Graph(tuple(CASES.items()))
    made = {node.name: node.type for node in every.inputs}
    columns = {name: _column(of, rng) for name, of in sorted(made.items())}
    return {name: _flushed(column) if flushes else column for name, column in columns.items()}


def _flushed(values):
    """Subnormal floats as zero."""
    if values.dtype.kind != "f":
        return values
    return np.where(np.abs(values) < np.finfo(values.dtype).tiny, values.dtype.type(0), values)


def _ulps(left, right):
    """How many representable numbers lie between two arrays, at most; NaN only equals NaN."""
    assert left.dtype == right.dtype
    assert left.shape == right.shape
    if left.dtype.kind != "f":
        return 0 if np.array_equal(left, right) else float("inf")
    if not np.array_equal(np.isnan(left), np.isnan(right)):
        return float("inf")
    here = ~np.isnan(left)
    places = [_place(values[here]) for values in (left, right)]
    return max((abs(a - b) for a, b in zip(*places, strict=True)), default=0)


def _place(values):
    """Where each float stands among all floats of its dtype, as Python integers."""
    bits = values.view(f"i{values.dtype.itemsize}").astype(object)
    least = -(2 ** (8 * values.dtype.itemsize - 1))
    return [int(b) if b >= 0 else least - int(b) for b in bits]


def _tolerance(target, graph):
    """How many ulps the target may be off on a graph; None if it must equal to the bit."""
    declared = [parity(target.PARITY, type(node)) for node in graph.nodes]
    allowed = sum(entry.n for entry in declared if isinstance(entry, Ulp))
    return allowed or None


def _unsupported(target, graph):
    declared = (parity(target.PARITY, type(node)) for node in graph.nodes)
    return any(isinstance(entry, Unsupported) for entry in declared)


class _Results:
    """A target's answers. All cases are compiled as one graph, because a compilation may take
    seconds; if that fails, each on its own, so that the failure gets its case.
    """

    def __init__(self, name):
        self.target = load(name)
        self.flushes = getattr(self.target, "FLUSHES_SUBNORMALS", False)
        self.columns = _columns(self.flushes)
        able = {k: v for k, v in CASES.items() if not _unsupported(self.target, GRAPHS[k])}
        self.together = n.Graph(tuple(able.items()))
        self.found = self._attempt()

    def _attempt(self):
        try:
            return self.target.compile(self.together)(self.columns)
        except Exception:
            return {}

    def answer(self, case):
        if case not in self.found:
            self.found[case] = self.target.compile(GRAPHS[case])(self.columns)["y"]
        return np.asarray(self.found[case])

    def pair(self, case):
        wanted, found = run(GRAPHS[case], self.columns)["y"], self.answer(case)
        return (_flushed(wanted), _flushed(found)) if self.flushes else (wanted, found)


_CACHE = {}


def _marked(name):
    return pytest.param(name, marks=[getattr(pytest.mark, name)] if name in MARKED else [])


@pytest.fixture(params=[_marked(name) for name in names()])
def results(request):
    try:
        if request.param not in _CACHE:
            _CACHE[request.param] = _Results(request.param)
    except MissingExtraError as error:
        pytest.skip(str(error))
    return _CACHE[request.param]


def test_the_cases_cover_every_node():
    used = {type(node) for graph in GRAPHS.values() for node in graph.nodes}
    assert used == set(get_args(n.Node))


@pytest.mark.parametrize("case", CASES)
def test_a_node_is_what_the_reference_says(results, case):
    if _unsupported(results.target, GRAPHS[case]):
        with pytest.raises(UnsupportedError) as caught:
            results.target.compile(GRAPHS[case])
        assert caught.value.remedy
        return
    wanted, found = results.pair(case)
    tolerance = _tolerance(results.target, GRAPHS[case])
    if tolerance is None:
        wrong = [
            (w, f) for w, f in zip(wanted, found, strict=True) if not same_bits(w[None], f[None])
        ]
        assert same_bits(wanted, found), wrong[:5]
    else:
        assert _ulps(wanted, found) <= tolerance


def test_every_declared_exception_is_needed(results):
    for node, declared in results.target.PARITY.items():
        if isinstance(declared, Ulp):
            cases = [c for c, g in GRAPHS.items() if any(type(x) is node for x in g.nodes)]
            worst = max(_ulps(*results.pair(case)) for case in cases)
            assert worst > 0, f"{node.__name__} is exact: take it out of PARITY."


def test_what_is_declared_is_a_parity(results):
    for node, declared in results.target.PARITY.items():
        assert node in get_args(n.Node)
        assert isinstance(declared, Exact | Ulp | Host | Unsupported)
        if isinstance(declared, Unsupported):
            assert declared.reason
            assert declared.remedy


def test_subnormals_are_kept_unless_the_target_says_otherwise(results):
    x = n.Input("x", TensorType("float32", (2,)))
    small = np.array([[1e-40, -1e-42]], np.float32)
    (found,) = results.target.compile(n.Graph((("y", mul(x, 0.5)),)))({"x": small}).values()
    assert results.flushes or np.all(np.asarray(found) != 0)


@pytest.mark.parametrize("rows", [0, 1])
def test_no_row_and_one_row_are_ordinary(results, rows):
    compiled = results.target.compile(results.together)
    given = {name: column[:rows] for name, column in results.columns.items()}
    found, wanted = compiled(given), run(results.together, given)
    for case, array_ in found.items():
        tolerance = _tolerance(results.target, GRAPHS[case]) or 0
        assert _ulps(np.asarray(array_), wanted[case]) <= tolerance, case
