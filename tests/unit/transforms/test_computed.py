"""Computed: a graph in a spec, whatever its constants are."""

from __future__ import annotations

import json

import numpy as np
import pytest

import samescale as ss
from samescale.errors import NotInvertibleError, SpecError
from samescale.ir import nodes as n
from samescale.ir.build import const
from samescale.ir.types import TensorType
from samescale.transforms.computed import Computed

X = n.Input("x", TensorType("float64"))
EDGES = np.array([*np.linspace(-5.0, 5.0, 200), np.inf])
BINS = Computed.of(n.Cast(n.Bucketize(X, EDGES), "float64"))
NAN = Computed.of(n.Where(n.Less(X, const(0.0, "float64")), const(np.nan, "float64"), X))


@pytest.mark.parametrize("transform", [BINS, NAN])
def test_every_constant_survives_json(transform) -> None:
    text = json.dumps(ss.Spec({"x": transform}).to_json(), allow_nan=False)
    back = ss.Spec.from_json(json.loads(text))
    assert back.columns["x"] == (transform,)
    rows = {"x": np.linspace(0.1, 7.0, 50)}
    ours, theirs = (
        ss.Spec({"x": t}).adapt(rows).matrix(rows) for t in (transform, back.columns["x"])
    )
    assert ours.tobytes() == theirs.tobytes()


def test_several_columns_are_read_by_name() -> None:
    product = n.Mul(*(n.Input(name, TensorType("float64")) for name in ("a", "b")))
    spec = ss.Spec({"area": Computed.of(product, columns=("a", "b"))})
    assert spec.inputs == ("a", "b")
    assert ss.Spec.from_json(spec.to_json()) == spec
    with pytest.raises(SpecError, match="put it first"):
        ss.Spec({"a": [ss.Normalization(), Computed.of(product, columns=("a", "b"))]})


@pytest.mark.parametrize(
    "graph",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"version": 1, "nodes": [], "outputs": []}',
        '{"arrays": 3}',
        "x" * 9,
    ],
)
def test_what_is_no_graph_is_refused(graph) -> None:
    with pytest.raises(SpecError, match="Computed"):
        Computed(graph)


def test_its_inputs_are_x_or_the_columns() -> None:
    other = n.Input("other", TensorType("float64"))
    with pytest.raises(SpecError, match="'other'"):
        Computed.of(n.Exp(other))
    with pytest.raises(SpecError, match="other"):
        Computed.of(n.Exp(other), columns=("other", "another"))


def test_what_stands_before_it_must_be_what_it_takes() -> None:
    with pytest.raises(SpecError, match="stands before it"):
        ss.Spec({"x": NAN}).adapt({"x": ["a", "b"]})


def test_what_has_no_inverse_says_so() -> None:
    with pytest.raises(NotInvertibleError, match="can't be undone"):
        ss.Spec({"a": ss.Normalization()}, ss.Target("x", NAN)).adapt({"a": [1.0], "x": [2.0]})
