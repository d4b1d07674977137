import numpy as np
import pytest

from samescale.errors import GraphError
from samescale.ir import nodes as n
from samescale.ir.build import bucketize, cardinality, const, mul, sub, where_nan
from samescale.ir.reference import run
from samescale.ir.types import TensorType

X = n.Input("x", TensorType("float32"))
CODE = n.Input("code", TensorType("int64"))
TEXT = n.Input("text", TensorType("string"))


def test_constants_are_rounded_once_to_x_s_dtype_and_can_not_be_written():
    value = sub(X, 0.1).y.value
    assert value.dtype == np.float32
    assert value == np.float32(0.1)
    with pytest.raises(ValueError, match="read-only"):
        value[...] = 1


@pytest.mark.parametrize("value", [1e300, [0.0, -1e39]])
def test_a_constant_that_does_not_fit_is_refused(value):
    with pytest.raises(GraphError, match="doesn't fit float32"):
        sub(X, value)


def test_infinities_and_nan_are_constants():
    assert np.isinf(const(np.inf, "float32").value)
    assert np.isnan(const(np.nan, "float32").value)


@pytest.mark.parametrize("value", [300, -1, 1.5])
def test_an_integer_constant_must_be_one(value):
    with pytest.raises(GraphError, match="doesn't fit uint8"):
        const(value, "uint8")


def test_a_factor_that_becomes_zero_is_refused():
    with pytest.raises(GraphError, match="becomes 0 in float32"):
        mul(X, 1e-60)
    assert mul(X, 0.0).y.value == 0


def test_where_nan_of_text_takes_text():
    assert where_nan(TEXT, "a").x.value[()] == "a"


def test_bucketize_rounds_edges_up_so_that_comparisons_stay_exact():
    edges = np.array([0.1, 1 / 3, 16777217.0, -0.1])
    edges.sort()
    x = np.array([0.1, 1 / 3, 16777216, 16777218, -0.1], np.float32)
    around = np.concatenate([x, np.nextafter(x, np.inf), np.nextafter(x, -np.inf)])
    found = run(n.Graph((("y", bucketize(X, edges)),)), {"x": around})["y"]
    assert found.tolist() == np.digitize(around.astype(np.float64), edges).tolist()


@pytest.mark.parametrize(
    ("node", "count"),
    [
        (n.Lookup(CODE, (1, 2), (1, 2), 0, 9), 10),
        (n.Lookup(CODE, (), (), 3, 0), 4),
        (n.HashBucket(TEXT, 7, 0), 7),
        (n.Reshape(n.HashBucket(TEXT, 7, 0), (1,)), 7),
        (bucketize(X, [1.0, 2.0]), 3),
        (n.Cast(bucketize(X, [1.0]), "int32"), 2),
        (n.Where(n.IsNan(X), const(5, "int64"), bucketize(X, [1.0])), 6),
        (CODE, None),
        (n.Cast(bucketize(X, [1.0]), "float32"), None),
        (n.Where(n.IsNan(X), CODE, bucketize(X, [1.0])), None),
    ],
)
def test_cardinality(node, count):
    assert cardinality(node) == count
