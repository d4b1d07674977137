import numpy as np
import pytest

from samescale.errors import GraphError
from samescale.ir import nodes as n
from samescale.ir.build import clip, mul, sub, where_nan
from samescale.ir.reference import run
from samescale.ir.simplify import concatenate, simplify, widths
from samescale.ir.types import TensorType
from tests.strategies import assert_same, columns


def number(name, dtype="float32", *shape):
    return n.Input(name, TensorType(dtype, shape))


def normal(name, dtype="float32"):
    x = number(name, dtype)
    seed = sum(map(ord, name))
    return mul(sub(x, seed / 7), 1 / seed)


def kinds(graph, *without):
    left = (n.Input, n.Const, n.Reshape, *without)
    return [type(node).__name__ for node in graph.nodes if not isinstance(node, left)]


def test_a_table_of_20_normalised_columns_is_one_sub_and_one_mul():
    names = [f"c{i}" for i in range(20)]
    matrix = concatenate(n.Graph(tuple((name, normal(name)) for name in names)))
    assert kinds(matrix) == ["Concat", "Sub", "Mul"]
    assert [node.name for node in matrix.inputs] == names


def test_other_columns_between_keep_their_place():
    city = n.Lookup(n.Input("city", TensorType("string")), ("a", "b"), (0, 1), 2, 2)
    hot = n.OneHot(city, 3, "one_hot", "float32")
    graph = n.Graph((("a", normal("a")), ("city", hot), ("b", normal("b"))))
    matrix = concatenate(graph)
    assert kinds(matrix) == ["Concat", "Sub", "Mul", "Lookup", "OneHot", "Concat", "Take"]
    given = columns(graph, 9, 1)
    parts = run(graph, given)
    wanted = np.concatenate([parts["a"][:, None], parts["city"], parts["b"][:, None]], axis=1)
    assert_same(run(matrix, given), {"features": wanted})


def test_columns_of_two_dtypes_are_two_groups():
    outputs = [(name, normal(name)) for name in "ab"]
    outputs += [(name, normal(name, "float64")) for name in "cd"]
    matrix = concatenate(n.Graph(tuple(outputs)))
    assert kinds(matrix) == [
        *("Concat", "Sub", "Mul"),
        *("Concat", "Sub", "Mul", "Cast"),
        "Concat",
    ]


def test_imputed_columns_share_one_mask():
    chains = [clip(where_nan(number(name), i), 0.0, i + 1.0) for i, name in enumerate("abc")]
    matrix = concatenate(n.Graph(tuple(zip("abc", chains, strict=True))))
    assert kinds(matrix) == ["Concat", "IsNan", "Where", "Clip"]


def test_equal_constants_stay_one_number():
    matrix = concatenate(n.Graph(tuple((name, mul(number(name), 0.5)) for name in "abc")))
    (constant,) = [node for node in matrix.nodes if isinstance(node, n.Const)]
    assert constant.value.shape == ()


@pytest.mark.parametrize(
    "idle",
    [
        lambda x: n.Cast(x, "float32"),
        lambda x: n.Reshape(n.Reshape(x, (3, 2)), (6,)),
        lambda x: n.Reshape(x, (6,)),
        lambda x: n.Take(x, tuple(range(6))),
        lambda x: n.Take(n.Take(x, (5, 4, 3, 2, 1, 0)), (5, 4, 3, 2, 1, 0)),
        lambda x: n.Concat((x,)),
    ],
)
def test_what_does_nothing_goes(idle):
    x = number("x", "float32", 6)
    simple = simplify(n.Graph((("y", n.Floor(idle(x))),)))
    assert [type(node).__name__ for node in simple.nodes] == ["Input", "Floor"]


def test_concats_in_concats_are_spread():
    a, b, c = (number(name, "float32", 2) for name in "abc")
    graph = n.Graph((("y", n.Concat((n.Concat((a, b)), c))),))
    assert kinds(simplify(graph)) == ["Concat"]


def test_equal_work_is_done_once():
    graph = n.Graph(tuple((name, n.Exp(sub(number("x"), 1.0))) for name in "ab"))
    assert kinds(simplify(graph)) == ["Sub", "Exp"]


def test_concatenate_casts_and_flattens():
    graph = n.Graph(
        (
            ("image", number("image", "uint8", 2, 2)),
            ("code", number("code", "int64")),
            ("flag", number("flag", "bool")),
        )
    )
    given = {
        "image": np.arange(8, dtype=np.uint8).reshape(2, 2, 2),
        "code": np.array([10, -1]),
        "flag": np.array([True, False]),
    }
    found = run(concatenate(graph, "matrix"), given)["matrix"]
    assert found.dtype == np.float32
    assert found.tolist() == [[0, 1, 2, 3, 10, 1], [4, 5, 6, 7, -1, 0]]
    assert widths(graph) == {"image": 4, "code": 1, "flag": 1}


def test_text_is_no_feature():
    with pytest.raises(GraphError, match="column 'city': text can't be a feature"):
        concatenate(n.Graph((("city", number("city", "string")),)))


def test_a_long_chain_is_simplified_without_recursion():
    outputs = []
    for name in "ab":
        node = number(name)
        for _ in range(3_000):
            node = n.Floor(node)
        outputs.append((name, node))
    graph = n.Graph(tuple(outputs))
    given = columns(graph, 3, 0)
    wanted = np.stack(list(run(graph, given).values()), axis=1)
    assert_same(run(concatenate(graph), given), {"features": wanted})
