"""Every case of every transform on every target, of float32 and of float64 columns."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pytest

from samescale import plan
from samescale.contract import Starts
from samescale.errors import MissingExtraError, UnsupportedError
from samescale.ir import nodes as n
from samescale.ir.affine import fuse_affine
from samescale.ir.reference import run
from samescale.ir.rewrite import rewrite
from samescale.ir.verify import type_of, verify
from samescale.targets import load, names
from samescale.targets.base import Ulp, Unsupported, parity
from tests.contract.test_transforms import CASES as PARAMETERS
from tests.contract.test_transforms import adapted, column, table
from tests.strategies import same_bits

FLOATS = ("float32", "float64")
KINDS = ("number", "missing", "amount", "positive", "code", "codes", "string", "strings", "image")
MARKED = {"jax", "keras", "onnx", "sklearn", "torch"}
CASES = {parameter.id: parameter.values[0] for parameter in PARAMETERS}
# Of text, codes and images the column's own dtype is taken, whichever float is asked for.
TAKEN = [
    pytest.param(case, dtype, id=f"{case}-{dtype}")
    for case, of in CASES.items()
    for dtype in FLOATS
    if dtype == "float64" or of.column in {"number", "missing", "amount", "positive"}
]
_FITTED = {}


def fitted(case):
    """What a case learned, once."""
    if case not in _FITTED:
        _FITTED[case] = adapted(CASES[case])
    return _FITTED[case]


def graph(case, dtype):
    """The graph of a case whose columns of floats are of `dtype`, whatever training would say.

    An input is called after the kind of its column, so that cases can be put together in one graph.
    """
    learned = fitted(case)
    inputs = [n.Input(c.name, _typed(c.type, dtype)) for c in learned.schema.columns]
    chain = Starts(inputs).chain("x", learned.spec.columns["x"])
    node = plan.lower(chain, learned.learned["x"])
    if type_of(node).dtype not in {"float32", "int64"}:
        node = n.Cast(node, "float32")
    own = fuse_affine(n.Graph((("x", node),)))
    kinds = {"x": f"x_{CASES[case].column}", **{c: f"{c}_{k}" for c, k in CASES[case].beside}}

    def renamed(node):
        if isinstance(node, n.Input):
            words = [kinds[node.name], node.type.dtype]
            return dc.replace(node, name="_".join(words))
        return node

    made = rewrite(own, renamed)
    verify(made)
    return made


def _typed(of, dtype):
    return dc.replace(of, dtype=dtype) if of.dtype in FLOATS else of


def _rows(kind):
    """Rows of training, which meet learned edges, and others."""
    return np.concatenate([column(kind)[:200], column(kind, seed=3)[:200]])


def _columns(whole, *, flushes):
    found = {}
    for x in whole.inputs:
        name, kind, dtype = x.name.rsplit("_", 2)
        values = _rows(kind) if name == "x" else np.resize(column(kind, seed=7), 400)
        values = values if dtype == "string" else values.astype(dtype)
        found[x.name] = _flushed(values) if flushes else values
    return found


def _flushed(values):
    """Subnormal floats as zero."""
    if values.dtype.kind != "f":
        return values
    return np.where(np.abs(values) < np.finfo(values.dtype).tiny, values.dtype.type(0), values)


def _declares(target, of, kind):
    found = [parity(target.PARITY, type(node)) for node in of.nodes]
    return [declared for declared in found if isinstance(declared, kind)]


class _Answers:
    """A target's features of all cases, compiled as one graph, and the reference's."""

    def __init__(self, name):
        self.target = load(name)
        self.flushes = getattr(self.target, "FLUSHES_SUBNORMALS", False)
        self.graphs = {taken.id: graph(*taken.values) for taken in TAKEN}
        refused = {c for c, g in self.graphs.items() if _declares(self.target, g, Unsupported)}
        able = {c: g for c, g in self.graphs.items() if c not in refused}
        together = n.Graph(tuple((c, g.outputs[0][1]) for c, g in able.items()))
        columns = _columns(together, flushes=self.flushes)
        self.found = self.target.compile(together)(columns)
        self.wanted = run(together, columns)


_ANSWERS = {}


def _marked(name):
    return pytest.param(name, marks=[getattr(pytest.mark, name)] if name in MARKED else [])


@pytest.fixture(params=[_marked(name) for name in names()])
def answers(request):
    try:
        if request.param not in _ANSWERS:
            _ANSWERS[request.param] = _Answers(request.param)
    except MissingExtraError as error:
        pytest.skip(str(error))
    return _ANSWERS[request.param]


@pytest.mark.parametrize(("case", "dtype"), TAKEN)
def test_features_are_what_the_reference_says(answers, case, dtype):
    key = f"{case}-{dtype}"
    own = answers.graphs[key]
    if refused := _declares(answers.target, own, Unsupported):
        assert all(declared.reason and declared.remedy for declared in refused)
        with pytest.raises(UnsupportedError) as caught:
            answers.target.compile(own)
        assert caught.value.remedy
        return
    found, wanted = np.asarray(answers.found[key]), answers.wanted[key]
    if answers.flushes:
        found, wanted = _flushed(found), _flushed(wanted)
    ulps = sum(declared.n for declared in _declares(answers.target, own, Ulp))
    if not ulps:
        assert same_bits(wanted, found)
        return
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    # An inexact node may stand before a Sub, which keeps the size of an error, not its share.
    largest = np.nanmax(np.abs(wanted))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=ulps * 1.2e-7 * largest)


def test_float64_columns_are_float64_where_they_are_subtracted():
    """A case whose graph narrows first would pass by losing the same bits everywhere."""
    dtypes = {x.type.dtype for c in CASES for x in graph(c, "float64").inputs}
    assert "float32" not in dtypes


def test_every_kind_of_column_is_there():
    assert {case.column for case in CASES.values()} == set(KINDS)


FLAT = [taken for taken in TAKEN if column(CASES[taken.values[0]].column).ndim == 1]


@pytest.mark.sklearn
@pytest.mark.parametrize(("case", "dtype"), FLAT)
def test_scikit_learn_gives_the_numpy_target(case, dtype):
    pandas = pytest.importorskip("pandas")
    from samescale.sklearn import Preprocessor

    of = CASES[case]
    rows = table(of, _rows(of.column))
    frame = pandas.DataFrame(
        {
            name: values.astype(dtype) if values.dtype.kind == "f" else values
            for name, values in rows.items()
        }
    )
    estimator = Preprocessor({"x": of.transform}).fit(frame)
    columns = estimator.fitted_.admit(frame)
    (wanted,) = run(estimator.fitted_.graph, columns).values()
    found = estimator.transform(frame)
    flat = wanted.reshape(len(frame), -1).astype(np.float32)
    assert same_bits(flat.astype(found.dtype), np.asarray(found))
