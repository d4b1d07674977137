import numpy as np
import pytest

from samescale.errors import GraphError
from samescale.ir import nodes as n
from samescale.ir.build import array, clip, const, mul, sub, where_nan
from samescale.ir.types import TensorType
from samescale.ir.verify import type_of, types, verify

X = n.Input("x", TensorType("float32"))
WIDE = n.Input("wide", TensorType("float64"))
V = n.Input("v", TensorType("float32", (3,)))
CODE = n.Input("code", TensorType("int64"))
CODES = n.Input("codes", TensorType("int64", (4,)))
TEXT = n.Input("text", TensorType("string"))
TRUTH = n.Input("truth", TensorType("bool"))


def lookup(x, keys=("a",), values=(1,)):
    return n.Lookup(x, keys, values, 0, 0)


REFUSED = {
    "two dtypes": (n.Sub(X, WIDE), "not of one dtype"),
    "integers subtracted": (n.Sub(CODE, CODE), "is not what it takes"),
    "rows that don't broadcast": (n.Sub(V, n.Take(V, (0, 1))), "don't broadcast"),
    "constant condition": (n.Where(const(value=True, dtype="bool"), X, X), "is a constant"),
    "constants only": (n.Sub(const(1, "float32"), const(2, "float32")), "rows are needed"),
    "constant alone": (n.Exp(const(1, "float32")), "rows are needed"),
    "constant joined": (n.Concat((V, const([1.0], "float32"))), "rows are needed"),
    "condition of numbers": (n.Where(X, X, X), "not bool"),
    "exp of codes": (n.Exp(CODE), "is not what it takes"),
    "less of truths": (n.Less(TRUTH, TRUTH), "is not what it takes"),
    "NaN of codes": (n.IsNan(CODE), "is not what it takes"),
    "infinite power": (n.Power(X, float("inf")), "not a finite number"),
    "bounds of another dtype": (n.Clip(X, np.array(0.0), np.array(1.0)), "a bound is float64"),
    "bounds crossed": (clip(X, 2.0, 1.0), "is above high"),
    "bound NaN": (clip(X, np.nan, 1.0), "is above high 1.0, or one is NaN"),
    "bounds too wide": (clip(X, [0.0, 0.0], 1.0), "doesn't fit a row"),
    "edges descending": (n.Bucketize(X, array([2, 1], "float32")), "not ascending"),
    "edges NaN": (n.Bucketize(X, array([np.nan], "float32")), "not ascending"),
    "edges of another dtype": (n.Bucketize(X, array([1.0], "float64")), "edges of float64"),
    "edges of two axes": (n.Bucketize(X, array([[1.0]], "float32")), "edges of float32"),
    "repeated key": (lookup(TEXT, ("a", "b", "a"), (1, 2, 3)), "'a' stands there more than once"),
    "key of another kind": (lookup(TEXT, (1,)), "the key 1 is not a str"),
    "truth as a key": (lookup(CODE, (True,)), "the key True is not a int"),
    "keys without values": (lookup(TEXT, ("a", "b")), "2 keys and 1 values"),
    "value too large": (lookup(TEXT, ("a",), (2**63,)), "is not an int64"),
    "float looked up": (lookup(X, (1,)), "is not what it takes"),
    "no bins": (n.HashBucket(TEXT, 0, 0), "0 bins"),
    "negative salt": (n.HashBucket(TEXT, 1, -1), "the salt -1"),
    "no depth": (n.OneHot(CODE, 0, "one_hot", "float32"), "the depth is 0"),
    "joined codes of a number": (n.OneHot(CODE, 3, "count", "float32"), "joins the last axis"),
    "unknown mode": (n.OneHot(CODE, 3, "hot", "float32"), "'hot' is no mode"),
    "count of truths": (n.OneHot(CODES, 3, "count", "bool"), "can't be given"),
    "one-hot of floats": (n.OneHot(X, 3, "one_hot", "float32"), "is not what it takes"),
    "taken past the end": (n.Take(V, (0, 3)), "index 3 is outside"),
    "taken from the end": (n.Take(V, (-1,)), "index -1 is outside"),
    "taken of a number": (n.Take(X, (0,)), "no axis to take from"),
    "nothing taken": (n.Take(V, ()), "nothing is taken"),
    "other size": (n.Reshape(V, (2,)), "can't be given the row shape"),
    "joined numbers": (n.Concat((X, X)), "no axis to join"),
    "joined nothing": (n.Concat(()), "nothing to join"),
    "joined dtypes": (n.Concat((V, CODES)), "can't be joined"),
    "no words": (n.HashBucket(n.Split(TEXT, 0), 1, 0), "the length is 0"),
    "unknown cut": (n.HashBucket(n.Split(TEXT, 1, "line"), 1, 0), "'line' is no way to cut"),
    "no n-grams": (n.HashBucket(n.Split(TEXT, 1, ngrams=()), 1, 0), "no lengths of n-grams"),
    "n-grams of nothing": (n.Bag(TEXT, (), 1, ngrams=(1, 0)), "no lengths of n-grams"),
    "n-grams of a truth": (n.Bag(TEXT, (), 1, ngrams=(True,)), "no lengths of n-grams"),
    "nothing erased": (lookup(n.Erase(TEXT, "")), "no character to erase"),
    "bag of numbers": (n.Bag(CODE, (), 1), "is not what it takes"),
    "bag of too few": (n.Bag(TEXT, ("a", "b"), 2), "a depth of 2 is too small for 2 keys"),
    "bag with a repeated key": (n.Bag(TEXT, ("a", "a"), 3), "'a' stands there more than once"),
    "bag too wide": (n.Bag(TEXT, (), 2**40), "more than"),
    "text erased as an output": (n.Erase(TEXT, "a"), "text is the output"),
    "lower of numbers": (lookup(n.Lower(CODE), (1,)), "is not what it takes"),
    "text cast": (n.Cast(TEXT, "float32"), "is not what it takes"),
    "cast to text": (n.Cast(X, "string"), "can't be cast to 'string'"),
    "text as an output": (n.Strip(TEXT), "text is the output"),
    "text compared": (n.Equal(n.Strip(TEXT), const("a", "string")), "of the text zone"),
    "text imputed": (lookup(n.Where(TRUTH, n.Lower(TEXT), TEXT)), "of the text zone"),
    "empty axis": (n.Input("e", TensorType("float32", (0,))), "an axis that isn't"),
    "huge row": (n.Input("e", TensorType("float32", (2**20, 2**20))), "more than"),
    "no name": (n.Input("", TensorType("float32")), "not a column's name"),
    "NaN to an integer": (n.Cast(X, "int64"), "may be NaN"),
    "NaN after a curve": (n.Cast(n.Log(where_nan(X, 1.0)), "int64"), "may be NaN"),
    "NaN of inf - inf": (n.Cast(n.Sub(where_nan(X, 1.0), where_nan(X, 2.0)), "int64"), "be NaN"),
    "NaN of inf * 0": (n.Cast(mul(where_nan(X, 1.0), 0.0), "int64"), "may be NaN"),
    "NaN put in": (n.Cast(where_nan(X, np.nan), "int64"), "may be NaN"),
    "another x's NaN": (
        n.Cast(n.Where(n.IsNan(n.Floor(X)), const(0, "float32"), X), "int64"),
        "may be NaN",
    ),
}
TAKEN = {
    "whole": n.Cast(where_nan(X, -1.0), "int64"),
    "whole then floored": n.Cast(n.Floor(where_nan(X, -1.0)), "int32"),
    "whole then clipped": n.Cast(clip(where_nan(X, -1.0), 0.0, 9.0), "uint8"),
    "whole then affine": n.Cast(mul(sub(where_nan(X, -1.0), 1.0), 2.0), "int64"),
    "from integers": n.Cast(mul(n.Cast(CODE, "float64"), 0.5), "int64"),
    "to truth": n.Cast(X, "bool"),
    "one-hot back": n.Cast(n.OneHot(CODE, 2, "one_hot", "float32"), "int64"),
    "text imputed": lookup(where_nan(TEXT, "a")),
    "text missing": n.IsNan(n.Strip(TEXT)),
    "a bag, whole": n.Cast(n.Bag(TEXT, ("a",), 2), "int64"),
    "repeated edges": n.Bucketize(X, array([1.0, 1.0], "float32")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case):
    node, reason = REFUSED[case]
    with pytest.raises(GraphError) as caught:
        verify(n.Graph((("y", node),)))
    assert reason in str(caught.value)


@pytest.mark.parametrize("case", TAKEN)
def test_takes(case):
    verify(n.Graph((("y", TAKEN[case]),)))


def test_an_error_names_the_column_and_holds_its_data():
    with pytest.raises(GraphError, match="Cast on column 'x'") as caught:
        verify(n.Graph((("y", n.Cast(sub(X, 1.0), "int64")),)))
    assert caught.value.details == {"node": "Cast", "column": "x"}


@pytest.mark.parametrize(
    ("outputs", "reason"),
    [
        ((), "no outputs"),
        ((("y", X), ("y", V)), "stands there twice"),
        ((("y", const(1, "float32")),), "has no rows"),
        ((("a", X), ("b", n.Input("x", TensorType("float64")))), "in one place"),
    ],
)
def test_refuses_outputs(outputs, reason):
    with pytest.raises(GraphError, match=reason):
        verify(n.Graph(outputs))


def test_an_input_may_be_built_twice():
    again = n.Input("x", TensorType("float32"))
    whole = n.Where(n.IsNan(again), const(0, "float32"), X)
    verify(n.Graph((("y", n.Cast(whole, "int64")),)))


def test_constants_broadcast_against_the_row():
    assert type_of(sub(X, [1.0, 2.0])) == TensorType("float32", (2,))
    assert type_of(n.Less(V, const(1, "float32"))) == TensorType("bool", (3,))


def test_codes_are_int64_and_one_hot_adds_or_replaces_the_last_axis():
    assert type_of(n.Bucketize(V, array([1.0], "float32"))) == TensorType("int64", (3,))
    assert type_of(n.OneHot(CODES, 9, "one_hot", "float64")) == TensorType("float64", (4, 9))
    assert type_of(n.OneHot(CODES, 9, "count", "int64")) == TensorType("int64", (9,))
    assert type_of(n.HashBucket(n.Split(TEXT, 5), 3, 0)) == TensorType("int64", (5,))
    assert type_of(n.Bag(n.Split(TEXT, 5), ("a",), 3)) == TensorType("float32", (5, 3))


def test_types_knows_every_node_of_a_deep_graph():
    node = X
    for _ in range(20_000):
        node = n.Floor(node)
    graph = n.Graph((("y", node),))
    verify(graph)
    assert len(types(graph)) == 20_001
