import numpy as np

from samescale.ir import nodes as n
from samescale.ir.build import sub, where_nan
from samescale.ir.cut import cut
from samescale.ir.reference import run
from samescale.ir.types import TensorType
from samescale.ir.verify import verify

AGE = n.Input("age", TensorType("float32"))
CITY = n.Input("city", TensorType("string"))
CODE = n.Lookup(n.Strip(CITY), ("a", "b"), (1, 2), 0, 0)
HOT = n.OneHot(CODE, 3, "one_hot", "float32")


def is_lookup(node):
    return isinstance(node, n.Lookup)


def test_what_the_host_needs_runs_on_the_host():
    host, device = cut(n.Graph((("age", sub(AGE, 1.0)), ("city", HOT))), is_lookup)
    assert [type(node).__name__ for node in host.nodes] == ["Input", "Strip", "Lookup"]
    assert [(node.name, str(node.type)) for node in device.inputs] == [
        ("age", "float32[rows]"),
        ("host_0", "int64[rows]"),
    ]
    assert [name for name, _ in device.outputs] == ["age", "city"]


def test_a_value_crosses_once():
    host, device = cut(
        n.Graph((("hot", HOT), ("code", CODE), ("more", n.Cast(CODE, "float32")))), is_lookup
    )
    assert [name for name, _ in host.outputs] == ["host_0"]
    assert len(device.inputs) == 1


def test_nothing_on_the_host_is_an_empty_graph():
    host, device = cut(n.Graph((("age", AGE),)), is_lookup)
    assert host.outputs == ()
    assert device.outputs[0][1] is AGE


def test_names_that_are_columns_are_not_taken_again():
    column = n.Input("host_0", TensorType("float32"))
    graph = n.Graph((("city", HOT), ("column", n.Floor(column))))
    host, device = cut(graph, is_lookup)
    assert [name for name, _ in host.outputs] == ["host_1"]
    given = {"city": np.array(["b"], object), "host_0": np.array([1.5], np.float32)}
    found = run(device, {**given, **run(host, given)})
    assert found["city"].tolist() == [[0, 0, 1]]
    assert found["column"].tolist() == [1]


def test_a_cast_to_an_integer_stays_with_what_makes_it_whole():
    whole = n.Cast(n.Floor(where_nan(n.Power(AGE, 0.5), 0.0)), "int64")
    host, device = cut(n.Graph((("y", whole),)), lambda node: isinstance(node, n.Power))
    verify(host)
    verify(device)
    assert str(device.inputs[0].type) == "int64[rows]"
