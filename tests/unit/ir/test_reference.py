import numpy as np
import pytest

from samescale.errors import DataError
from samescale.ir import nodes as n
from samescale.ir.build import array, clip, const, sub, where_nan
from samescale.ir.reference import evaluate, run
from samescale.ir.types import TensorType

NAN = np.nan


def value(node, **columns):
    return run(n.Graph((("y", node),)), columns)["y"]


def column(*entries, dtype="float32"):
    made = np.array(entries, object if dtype == "string" else dtype)
    shape = made.shape[1:]
    return n.Input("x", TensorType(dtype, shape)), {"x": made}


def test_bucketize_counts_edges_that_are_not_above_and_nan_gives_0():
    x, fed = column(-1, 0, 1, 1.5, 2, 99, np.inf, -np.inf, NAN, -0.0)
    codes = value(n.Bucketize(x, array([0, 1, 2], "float32")), **fed)
    assert codes.tolist() == [0, 1, 2, 2, 3, 3, 3, 0, 0, 1]
    assert codes.dtype == np.int64


def test_bucketize_without_edges_is_one_bucket():
    x, fed = column(1.0, NAN)
    assert value(n.Bucketize(x, array([], "float32")), **fed).tolist() == [0, 0]


def test_lookup_tells_unknown_from_missing():
    x, fed = column("a", "z", None, "b", dtype="string")
    assert value(n.Lookup(x, ("a", "b"), (5, 6), 1, 0), **fed).tolist() == [5, 1, 0, 6]


def test_lookup_of_integers_at_both_ends():
    x, fed = column(-(2**63), 2**63 - 1, 0, dtype="int64")
    keys = (2**63 - 1, -(2**63), 2**64)
    assert value(n.Lookup(x, keys, (1, 2, 3), 9, 0), **fed).tolist() == [2, 1, 9]


def test_one_hot_out_of_range_is_zeros():
    x, fed = column(0, 2, 3, -1, 2**62, dtype="int64")
    hot = value(n.OneHot(x, 3, "one_hot", "float32"), **fed)
    assert hot.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_multi_hot_and_count_join_the_last_axis():
    x, fed = column([0, 2, 2, -1], [7, 7, 7, 7], dtype="int64")
    assert value(n.OneHot(x, 3, "multi_hot", "int64"), **fed).tolist() == [[1, 0, 1], [0, 0, 0]]
    assert value(n.OneHot(x, 3, "count", "float32"), **fed).tolist() == [[1, 0, 2], [0, 0, 0]]


def test_logarithms_have_no_warnings():
    x, fed = column(-2, -1, 0, 1)
    assert np.array_equal(value(n.Log(x), **fed), [NAN, NAN, -np.inf, 0], equal_nan=True)
    assert np.array_equal(value(n.Log1p(x), **fed)[:3], [NAN, -np.inf, 0], equal_nan=True)


def test_clip_keeps_nan_and_the_sign_of_zero():
    x, fed = column(-0.0, 0.0, NAN, -3, 3)
    kept = value(clip(x, 0.0, 1.0), **fed)
    assert np.array_equal(kept, [-0.0, 0.0, NAN, 0, 1], equal_nan=True)
    assert np.signbit(kept).tolist()[:2] == [True, False]


def test_cast_to_an_integer_goes_towards_zero_and_stops_at_the_ends():
    x, fed = column(-1.9, 1.9, 1e30, -1e30, NAN, 2.0**63, dtype="float64")
    whole = value(n.Cast(where_nan(x, 5.0), "int64"), **fed)
    assert whole.tolist() == [-1, 1, 2**63 - 1, -(2**63), 5, 2**63 - 1]
    assert value(n.Cast(where_nan(x, 5.0), "uint8"), **fed).tolist() == [0, 1, 255, 0, 5, 255]


def test_cast_to_truth_and_back():
    x, fed = column(0, -0.0, 2, NAN)
    assert value(n.Cast(n.Cast(x, "bool"), "float32"), **fed).tolist() == [0, 0, 1, 1]


def test_ranks_broadcast_after_the_rows():
    x = n.Input("x", TensorType("float32"))
    v = n.Input("v", TensorType("float32", (2,)))
    fed = {
        "x": np.array([1, 2], np.float32),
        "v": np.array([[10, 20], [30, 40]], np.float32),
    }
    assert value(n.Sub(v, x), **fed).tolist() == [[9, 19], [28, 38]]
    assert value(sub(x, [1.0, 2.0, 3.0]), **fed).tolist() == [[0, -1, -2], [1, 0, -1]]


def test_where_takes_constants_on_both_sides():
    x, fed = column(NAN, 1)
    node = n.Where(n.IsNan(x), const([1, 2], "float32"), const(0, "float32"))
    with pytest.raises(ValueError, match="don't broadcast"):
        value(n.Where(n.IsNan(n.Concat((node, node, node))), node, node), **fed)
    assert value(node, **fed).tolist() == [[1, 2], [0, 0]]


def test_take_reshape_concat_keep_rows():
    x, fed = column([[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]])
    assert value(n.Take(x, (2, 0)), **fed)[0].tolist() == [[3, 1], [6, 4]]
    assert value(n.Reshape(x, (6,)), **fed)[1].tolist() == [7, 8, 9, 10, 11, 12]
    assert value(n.Concat((x, x)), **fed)[0].tolist() == [[1, 2, 3] * 2, [4, 5, 6] * 2]


def test_text():
    x, fed = column(" A b  c ", None, "", dtype="string")
    first = n.Take  # text can't be looked at itself, so it is looked up
    words = n.Split(n.Lower(n.Strip(x)), 2)
    found = value(n.Lookup(words, ("a", "b"), (1, 2), 9, 0), **fed)
    assert found.tolist() == [[1, 2], [0, 0], [0, 0]]
    assert first is n.Take


def looked_up(node, keys, **fed):
    found = value(n.Lookup(node, keys, tuple(range(1, len(keys) + 1)), 99, 0), **fed)
    return [[keys[code - 1] for code in row if code] for row in found.tolist()]


def test_split_by_characters_and_in_n_grams():
    x, fed = column("ab  a", None, "", "é", dtype="string")
    characters = looked_up(n.Split(x, 4, "character"), ("a", "b", " ", "é"), **fed)
    assert characters == [["a", "b", " ", " "], [], [], ["é"]]
    keys = ("ab", "a", "ab a", "é")
    assert looked_up(n.Split(x, 3, ngrams=(1, 2)), keys, **fed)[0] == ["ab", "a", "ab a"]
    assert looked_up(n.Split(x, 3, ngrams=(2, 1)), keys, **fed)[0] == ["ab a", "ab", "a"]
    assert looked_up(n.Split(x, 3, ngrams=(3,)), keys, **fed) == [[], [], [], []]


def test_erase_takes_characters_out_wherever_they_stand():
    x, fed = column("-a-b.c-", None, "--", "東-京", dtype="string")
    node = n.Lookup(n.Erase(x, "-."), ("abc", "", "東京"), (1, 2, 3), 99, 0)
    assert value(node, **fed).tolist() == [1, 0, 2, 3]


def test_bag_counts_every_token_of_a_text_of_any_length():
    x, fed = column("a b a  z", None, "", " ".join(["a"] * 5000), dtype="string")
    counts = value(n.Bag(x, ("a", "b"), 4), **fed)
    assert counts.dtype == np.float32
    assert counts.tolist() == [[1, 2, 1, 0], [0] * 4, [0] * 4, [0, 5000, 0, 0]]
    pairs = value(n.Bag(x, ("a b", "a a"), 3, "whitespace", (2,)), **fed)
    assert pairs.tolist() == [[2, 1, 0], [0] * 3, [0] * 3, [0, 0, 4999]]
    assert value(n.Bag(x, (" ",), 2, "character"), **fed)[0].tolist() == [4, 4]


def test_a_bag_of_texts_side_by_side_is_one_a_text():
    x, fed = column(["a b", "b"], [None, "c"], dtype="string")
    assert value(n.Bag(x, ("a", "b"), 3), **fed).tolist() == [
        [[0, 1, 1], [0, 0, 1]],
        [[0, 0, 0], [1, 0, 0]],
    ]


def test_is_nan_of_text_is_missing():
    x, fed = column("", None, dtype="string")
    assert value(n.IsNan(x), **fed).tolist() == [False, True]


def test_no_rows_give_no_rows():
    x = n.Input("x", TensorType("string"))
    node = n.OneHot(n.HashBucket(n.Split(x, 2), 4, 0), 4, "count", "float32")
    assert value(node, x=np.empty(0, object)).shape == (0, 4)


@pytest.mark.parametrize(
    ("fed", "message"),
    [
        ({}, "'x' is missing"),
        ({"x": np.zeros(2)}, "is float64"),
        ({"x": np.zeros((2, 1), np.float32)}, r"of shape \(2, 1\)"),
        ({"x": np.zeros(2, np.float32), "y": np.zeros(3, np.float32)}, "has 3 rows"),
    ],
)
def test_columns_must_be_what_the_inputs_declare(fed, message):
    x, y = (n.Input(name, TensorType("float32")) for name in "xy")
    with pytest.raises(DataError, match=message):
        run(n.Graph((("d", n.Sub(x, y)),)), fed)


def test_evaluate_has_no_value_for_an_input():
    with pytest.raises(DataError, match="'x' is missing"):
        evaluate(n.Input("x", TensorType("float32")), [])
