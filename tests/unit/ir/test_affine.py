from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescale.ir import nodes as n
from samescale.ir.affine import fuse_affine
from samescale.ir.build import const, mul, sub
from samescale.ir.reference import run
from samescale.ir.types import TensorType
from samescale.ir.verify import verify

X = n.Input("x", TensorType("float32"))
V = n.Input("v", TensorType("float64", (2,)))


def names(node):
    return [
        type(x).__name__
        for x in fuse_affine(n.Graph((("y", node),))).nodes
        if not isinstance(x, n.Const)
    ]


def test_a_longer_chain_is_one_sub_and_one_mul():
    assert names(mul(sub(mul(sub(X, 1.0), 2.0), 3.0), 4.0)) == ["Input", "Sub", "Mul"]


def test_scale_then_offset_changes_places():
    assert names(sub(mul(X, 0.5), 1.0)) == ["Input", "Sub", "Mul"]


def test_what_does_nothing_goes():
    assert names(mul(mul(X, 2.0), 4.0)) == ["Input", "Mul"]
    assert names(sub(sub(X, 2.0), -2.0)) == ["Input"]


def test_the_normal_form_and_single_steps_keep_their_bits():
    for node in (mul(sub(X, 1.0), 2.0), sub(X, 1.0), mul(X, 2.0)):
        graph = n.Graph((("y", node),))
        assert fuse_affine(graph).outputs[0][1] is node


@pytest.mark.parametrize(
    "node",
    [
        mul(mul(sub(X, 1.0), 0.0), 2.0),
        mul(mul(X, 1e30), 1e30),
        mul(mul(X, 1e-30), 1e-30),
        sub(mul(X, 1e-30), 1e30),
    ],
)
def test_a_chain_that_would_overflow_or_vanish_is_left(node):
    graph = n.Graph((("y", node),))
    assert fuse_affine(graph).outputs[0][1] is node


def test_a_value_that_something_else_needs_ends_a_chain():
    middle = sub(mul(X, 2.0), 1.0)
    graph = fuse_affine(n.Graph((("a", middle), ("b", mul(sub(middle, 3.0), 5.0)))))
    (_, a), (_, b) = graph.outputs
    assert b.x.x is a


def test_a_chain_that_widens_the_row_is_left():
    node = mul(sub(mul(X, 2.0), [1.0, 2.0]), 3.0)
    found = run(fuse_affine(n.Graph((("y", node),))), {"x": np.ones(1, np.float32)})
    assert found["y"].tolist() == [[3.0, 0.0]]


steps = st.lists(
    st.tuples(
        st.sampled_from(["sub", "from", "mul"]), st.sampled_from([-2.5, 0.1, 1e-3, 1 / 3, 7.0])
    ),
    min_size=2,
    max_size=5,
)


@settings(max_examples=200, deadline=None)
@given(steps)
def test_fused_is_as_near_to_the_exact_value_as_one_rounding_allows(chain):
    node, exact = V, [Fraction(1.75), Fraction(-123.5)]
    for kind, value in chain:
        constant, fraction = const(value, "float64"), Fraction(value)
        if kind == "mul":
            node, exact = n.Mul(constant, node), [x * fraction for x in exact]
        elif kind == "sub":
            node, exact = n.Sub(node, constant), [x - fraction for x in exact]
        else:
            node, exact = n.Sub(constant, node), [fraction - x for x in exact]
    graph = fuse_affine(n.Graph((("y", node),)))
    verify(graph)
    assert len([x for x in graph.nodes if isinstance(x, n.Sub | n.Mul)]) <= 2
    (found,) = run(graph, {"v": np.array([[1.75, -123.5]])})["y"]
    # Three roundings of A, B and x - A; what cancels in x - A is lost of A's own size.
    scale = max(abs(float(value)) for value in exact) + _offset(graph)
    assert np.all(np.abs(found - np.array(exact, float)) <= 4 * 2**-52 * scale)


def _offset(graph):
    constants = [float(np.abs(x.value).max()) for x in graph.nodes if isinstance(x, n.Const)]
    return float(np.prod([max(1.0, value) for value in constants])) if constants else 0.0


def test_float32_constants_are_rounded_once():
    # The exact product lies just above the middle of two float32; rounding to float64 first
    # would put it on the middle, and then to even.
    a, b = np.float32(1 + 2**-12), np.float32(1 + 2**-12 + 2**-23)
    graph = fuse_affine(n.Graph((("y", mul(mul(X, float(a)), float(b))),)))
    exact = Fraction(float(a)) * Fraction(float(b))
    factor = graph.outputs[0][1].y.value
    neighbours = [np.nextafter(factor, np.float32(end)) for end in (-np.inf, np.inf)]
    distance = abs(Fraction(float(factor)) - exact)
    assert all(distance <= abs(Fraction(float(other)) - exact) for other in neighbours)
