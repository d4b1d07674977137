"""The ONNX target: both forms, what crosses, a network behind the features, and few nodes."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from samescale.errors import ModelError, UnsupportedError  # noqa: E402
from samescale.ir import nodes as n  # noqa: E402
from samescale.ir.build import array, clip, const, mul, sub, where_nan  # noqa: E402
from samescale.ir.reference import run  # noqa: E402
from samescale.ir.types import DTYPES, FLOATS, INTEGERS, TensorType  # noqa: E402
from samescale.ir.verify import verify  # noqa: E402
from samescale.targets import _onnx_wire as wire  # noqa: E402
from samescale.targets import onnx as target  # noqa: E402
from samescale.targets.base import Ulp  # noqa: E402
from samescale.targets.onnx.joined import joined  # noqa: E402
from samescale.targets.onnx.session import session  # noqa: E402
from tests.strategies import FLOAT_HOSTILE, TEXTS, columns, graphs, same_bits, tables  # noqa: E402

pytestmark = pytest.mark.onnx
ROWS = 120
CITIES = ("Oslo", "Rome", "東京")


def _column(dtype, shape, rng):
    size = (ROWS, *shape)
    if dtype == "string":
        made = np.empty(size, object)
        made[...] = rng.choice(np.array([*TEXTS, "\ud800"], object), size)
        return made
    if dtype == "bool":
        return rng.random(size) < 0.5
    if dtype in FLOATS:
        with np.errstate(over="ignore"):
            hostile = np.array([*FLOAT_HOSTILE, 65504, 7e4, -300, 2.0**31, 2.0**63, -(2.0**63)])
            hostile = hostile.astype(dtype)
            wide = (rng.normal(size=size) * 10.0 ** rng.integers(-8, 6, size)).astype(dtype)
        return np.where(rng.random(size) < 0.5, wide, rng.choice(hostile, size))
    limits = np.iinfo(dtype)
    ends = rng.integers(limits.min, limits.max, size, dtype=dtype, endpoint=True)
    return np.where(rng.random(size) < 0.6, rng.integers(0, 9, size).astype(dtype), ends)


def _chosen(d, x, y, s, c, one):
    yield from (n.Where(c, x, y), n.Where(one, s, y), n.Where(one, x, s), n.Equal(x, y))
    yield from (n.Less(x, y), n.IsNan(x), where_nan(x, 1.0 if d != "string" else "a"))
    if d in FLOATS:
        for value in (0.0, -0.0, [-0.0, 0.0, 1.0]):
            yield n.Where(c, const(value, d), x)
            yield n.Where(c, x, const(value, d))
            yield n.Where(one, const(value, d), s)
            yield n.Where(one, s, const(value, d))
        yield n.Where(c, const(-0.0, d), const(0.0, d))
        yield n.Where(c, const(0.0, d), const(-0.0, d))
        yield from (clip(x, -0.0, 1.0), clip(x, -1.0, 0.0), clip(x, -1.0, -0.0), n.Floor(x))
        yield mul(sub(x, 0.1), 0.3)


def _coded(d, x, s):
    for other in DTYPES:
        yield n.Cast(where_nan(x, 1.0), other) if d in FLOATS else n.Cast(x, other)
        if d in INTEGERS:
            yield n.OneHot(x, 5, "one_hot", other)
            yield n.OneHot(x, 5, "multi_hot", other)
            yield n.OneHot(x, 5, "count", other)
    if d in INTEGERS:
        keys = (1, 2, 7, 2**63 - 1, -1, 255, -128)
        yield n.Lookup(x, keys, (5, 4, -3, 2, 1, 7, 8), -9, 0)
        yield n.Lookup(x, (), (), -9, 0)
        yield n.HashBucket(x, 100, 1)
    if d in FLOATS | INTEGERS:
        yield n.Clip(x, array(1, d), array(5, d))
        for edges in ([], [3], range(1, 90)):
            yield n.Bucketize(x, array(np.array(edges, np.float64), d))
            yield n.Bucketize(s, array(np.array(edges, np.float64), d))


def _well_formed(nodes):
    for node in nodes:
        try:
            verify(n.Graph((("", node),)))
        except Exception:
            continue
        yield node


@pytest.mark.parametrize("form", ["packed", "columns"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_exact(dtype, form):
    rng = np.random.default_rng(3)
    types = {"x": dtype, "y": dtype, "s": dtype, "c": "bool", "one": "bool"}
    shapes = {"s": (), "one": ()}
    inputs = {k: n.Input(k, TensorType(d, shapes.get(k, (3,)))) for k, d in types.items()}
    columns = {k: _column(d, shapes.get(k, (3,)), rng) for k, d in types.items()}
    x, y, s, c, one = (inputs[k] for k in ("x", "y", "s", "c", "one"))
    found = _well_formed(itertools.chain(_chosen(dtype, x, y, s, c, one), _coded(dtype, x, s)))
    graph = n.Graph(tuple((str(i), node) for i, node in enumerate(found)))
    graph = n.Graph(tuple(p for p in graph.outputs if _type(p[1]) != "string"))
    wanted, got = run(graph, columns), joined(graph, form=form)(columns)
    for name, node in graph.outputs:
        assert same_bits(wanted[name], got[name]), node


def _type(node):
    from samescale.ir.verify import type_of

    return type_of(node).dtype


def _edges(count):
    return array(np.sort(np.random.default_rng(count).normal(size=count)), "float32")


@pytest.mark.parametrize(
    "count", [1, 2, 3, 63, 64, 65, 66, 127, 128, 129, 1000, 2047, 2048, 2080, 5000]
)
def test_edges_are_searched_as_they_are_compared(count):
    x = n.Input("x", TensorType("float32", (2,)))
    graph = n.Graph((("y", n.Bucketize(x, _edges(count))),))
    hostile = np.array([*FLOAT_HOSTILE, 0], np.float64)[:, None]
    with np.errstate(over="ignore"):
        values = np.concatenate([_edges(count), hostile.astype(np.float32).ravel()])
    columns = {"x": np.stack([values, values[::-1]], axis=1)}
    assert same_bits(run(graph, columns)["y"], target.compile(graph)(columns)["y"])


def _table(rng, *, numbers=3, rows=ROWS):
    columns = {f"n{i}": rng.normal(size=rows).astype(np.float32) for i in range(numbers)}
    for name in ("home", "work"):
        columns[name] = np.empty(rows, object)
        columns[name][:] = rng.choice(np.array([*CITIES, None, "Bern"], object), rows)
    return columns


def _numbers(count=3):
    inputs = [n.Input(f"n{i}", TensorType("float32")) for i in range(count)]
    return tuple((x.name, mul(sub(x, i), 1 / (i + 1))) for i, x in enumerate(inputs))


def _cities(default=0):
    inputs = [n.Input(name, TensorType("string")) for name in ("home", "work")]
    codes = [n.Lookup(x, CITIES, (1, 2, 3), default, 4) for x in inputs]
    hot = [n.OneHot(code, 5, "one_hot", "float32") for code in codes]
    return tuple((x.name, y) for x, y in zip(inputs, hot, strict=True))


def _network(width, *, name="features", out="answers", dtype=TensorProto.FLOAT, **fields):
    weights = np.random.default_rng(9).normal(size=(width, 1)).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", [name, "w"], ["hidden"]),
        helper.make_node("Squeeze", ["hidden", "axes"], [out]),
    ]
    graph = helper.make_graph(
        fields.pop("nodes", nodes),
        "network",
        [helper.make_tensor_value_info(name, dtype, [fields.pop("rows", "n"), width])],
        [helper.make_tensor_value_info(out, TensorProto.FLOAT, fields.pop("shape", ["n"]))],
        [
            numpy_helper.from_array(weights, "w"),
            numpy_helper.from_array(np.array([1], np.int64), "axes"),
        ],
    )
    opsets = fields.pop("opsets", [helper.make_opsetid("", 18)])
    return helper.make_model(graph, opset_imports=opsets, ir_version=fields.pop("ir", 8), **fields)


def _answer(parts, columns):
    made = session(parts.content).run(None, parts.cross(columns))
    return dict(zip([name for name, _ in parts.outputs], made, strict=True))


def _alone(network, features):
    return session(network.SerializeToString()).run(None, {"features": features})[0]


@pytest.mark.parametrize("form", ["packed", "columns"])
@pytest.mark.parametrize("text", ["graph", "host"])
@pytest.mark.parametrize("rows", [0, 1, 50])
def test_a_network_behind_the_features_answers_as_alone(form, text, rows):
    graph = n.Graph((*_numbers(), *_cities(default=-1)))
    columns = _table(np.random.default_rng(0), rows=rows)
    network = _network(13)
    parts = target.build(graph, network, form=form, text=text)
    features = np.concatenate(
        [x if x.ndim == 2 else x[:, None] for x in run(graph, columns).values()], axis=1
    ).astype(np.float32)
    assert same_bits(_answer(parts, columns)["answers"], _alone(network, features))
    found = wire.read(parts.content)
    assert dict(found.opsets) == {"": 18, "ai.onnx.ml": 3}
    assert {port.shape[0] for port in (*found.inputs, *found.outputs)} == {"rows"}


def test_a_packed_table_of_numbers_is_one_sub_and_one_mul():
    parts = target.build(n.Graph(_numbers(20)), _network(20), form="packed")
    ops = [node.op_type for node in parts.model.graph.node]
    assert ops == ["Sub", "Mul", "MatMul", "Squeeze"]
    assert [(c.name, c.shape) for c in parts.inputs] == [("float32", (20,))]


def test_text_columns_take_as_many_nodes_however_many_they_are():
    def count(columns):
        inputs = [n.Input(f"s{i}", TensorType("string")) for i in range(columns)]
        codes = [n.Lookup(x, (f"a{x.name}", "b"), (1, 2), 0, 0) for x in inputs]
        hot = tuple((x.name, n.OneHot(c, 3, "one_hot", "float32")) for x, c in zip(inputs, codes))  # noqa: B905
        return len(
            target.build(n.Graph(hot), _network(3 * columns), form="packed").model.graph.node
        )

    assert count(3) == count(12)


def test_columns_in_another_order_are_one_gather():
    first, second, *rest = _numbers(6)
    floors = tuple((f"f{name}", n.Floor(node.x.x)) for name, node in rest[::-1])
    graph = n.Graph((floors[0], second, floors[1], first, *floors[2:]))
    ops = [x.op_type for x in target.build(graph, _network(6), form="packed").model.graph.node]
    assert ops.count("Gather") <= 3
    assert "Split" not in ops


def test_the_same_graph_gives_the_same_bytes():
    graph = n.Graph((*_numbers(), *_cities()))
    made = {target.build(graph, _network(13), form="packed").content for _ in range(3)}
    assert len(made) == 1


def test_features_by_name():
    graph = n.Graph((*_numbers(), *_cities()))
    network = _network(5, name="work")
    parts = target.build(graph, network)
    columns = _table(np.random.default_rng(1))
    wanted = session(network.SerializeToString()).run(None, {"work": run(graph, columns)["work"]})
    assert same_bits(_answer(parts, columns)["answers"], wanted[0])
    assert [c.name for c in parts.inputs] == ["work"]


def test_what_the_host_computes_is_called_so():
    x = n.Input("home", TensorType("string"))
    graph = n.Graph((("home", n.Lookup(n.Lower(x), ("oslo",), (1,), 0, 0)),))
    parts = target.build(graph)
    assert parts.describe() == (
        "home_host: int64[None, 1] from home, host: Lower (ONNX follows a locale)"
    )
    columns = {"home": np.array(["OSLO", None], object)}
    assert _answer(parts, columns)["home"].tolist() == [[1], [0]]


def test_an_output_that_is_called_like_a_column_gets_another_name():
    parts = target.build(n.Graph(_numbers(2)))
    assert parts.outputs == (("n0", "n0_out"), ("n1", "n1_out"))


def test_answers_in_the_targets_own_units():
    answer = n.Input("prediction", TensorType("float64"))
    inverse = n.Graph((("price", n.Exp(mul(answer, 0.5))),))
    parts = target.build(n.Graph(_numbers()), _network(3), inverse=inverse)
    columns = _table(np.random.default_rng(2))
    features = np.stack(list(run(n.Graph(_numbers()), columns).values()), axis=1)
    wanted = run(inverse, {"prediction": _alone(_network(3), features).astype(np.float64)})
    found = _answer(parts, columns)["price"]
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, wanted["price"], rtol=1e-15)


def test_an_inverse_that_onnx_cant_run_is_refused():
    answer = n.Input("prediction", TensorType("float64"))
    inverse = n.Graph((("price", n.Cast(n.Cast(answer, "float16"), "float64")),))
    with pytest.raises(UnsupportedError, match="Cast") as caught:
        target.build(n.Graph(_numbers()), _network(3), inverse=inverse)
    assert caught.value.remedy


def _outside():
    network = _network(3)
    network.graph.initializer[0].data_location = TensorProto.EXTERNAL
    return network


def _valued():
    network = _network(3)
    network.graph.initializer.append(
        numpy_helper.from_array(np.zeros((1, 3), np.float32), "features")
    )
    return network


def _own():
    node = helper.make_node("Abs", ["a"], ["b"])
    return helper.make_function("own", "f", ["a"], ["b"], [node], [helper.make_opsetid("", 18)])


REFUSED = {
    "its IR version is 9": lambda: _network(3, ir=9),
    "its opset of ai.onnx is 17, not 18": lambda: _network(3, opsets=[helper.make_opsetid("", 17)]),
    "it uses the domain 'own'": lambda: _network(
        3, opsets=[helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    ),
    "it brings the function 'f'": lambda: _network(3, functions=[_own()]),
    "the data of 'w' is in another file": _outside,
    "its outputs are": lambda: _network(3, out="y"),
    "its input 'features' has a value already": _valued,
    "its input 'features' takes 7 rows only": lambda: _network(3, rows=7),
    "its output has no shape": lambda: _network(3, shape=None),
    "it is no ONNX model": lambda: b"PK\x03\x04",
    "input 'n11' is no feature. Did you mean 'n1'": lambda: _network(1, name="n11"),
    "input 'x' is no feature. There are: n0": lambda: _network(1, name="x"),
    r"takes float\[4\]; the feature is float32\[3\]": lambda: _network(4),
    r"takes double\[3\]": lambda: _network(3, dtype=TensorProto.DOUBLE),
    "of the domain 'com.microsoft'": lambda: _network(
        3, nodes=[helper.make_node("Gelu", ["features"], ["answers"], domain="com.microsoft")]
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_network_of_another_form_is_refused(reason):
    with pytest.raises(ModelError, match=reason) as caught:
        target.build(n.Graph(_numbers()), REFUSED[reason]())
    assert caught.value.remedy


def test_names_inside_a_network_never_meet_the_features():
    network = _network(3)
    inner = helper.make_graph(
        [helper.make_node("Abs", ["hidden"], ["b"])],
        "then",
        [],
        [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)],
    )
    chosen = helper.make_node("If", ["yes"], ["n1"], then_branch=inner, else_branch=inner)
    network.graph.node[1].input[0] = "n1"
    network.graph.node.insert(1, chosen)
    network.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    columns = _table(np.random.default_rng(4))
    features = np.stack(list(run(n.Graph(_numbers()), columns).values()), axis=1)
    for form in ("columns", "packed"):
        parts = target.build(n.Graph(_numbers()), network, form=form)
        assert same_bits(_answer(parts, columns)["answers"], _alone(network, features))


def test_an_image_goes_in_as_it_is():
    x = n.Input("image", TensorType("uint8", (2, 2, 3)))
    graph = n.Graph((("image", mul(n.Cast(x, "float32"), 1 / 255)),))
    network = helper.make_model(
        helper.make_graph(
            [helper.make_node("ReduceSum", ["features", "axes"], ["answers"], keepdims=0)],
            "network",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 2, 2, 3])],
            [helper.make_tensor_value_info("answers", TensorProto.FLOAT, ["n"])],
            [numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes")],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=8,
    )
    parts = target.build(graph, network, form="packed")
    columns = {"image": np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)}
    wanted = _alone(network, run(graph, columns)["image"])
    assert same_bits(_answer(parts, columns)["answers"], wanted)


@pytest.mark.parametrize("level", ["ORT_DISABLE_ALL", "ORT_ENABLE_ALL"])
def test_no_optimisation_changes_a_bit(level):
    x = n.Input("x", TensorType("float32"))
    graph = n.Graph((("features", n.Reshape(mul(sub(x, 0.1), 1 / 3), (1,))),))
    weights = np.full((1, 1), 3.7, np.float32)
    network = _network(1)
    network.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "w"))
    parts = target.build(graph, network)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    column = {"x": np.random.default_rng(0).normal(size=5000).astype(np.float32)}
    made = onnxruntime.InferenceSession(parts.content, options, providers=["CPUExecutionProvider"])
    found = made.run(None, parts.cross(column))[0]
    wanted = run(graph, column)["features"][:, 0] * weights[0, 0]
    assert same_bits(found, wanted)


@settings(max_examples=15, deadline=None)
@given(st.one_of(graphs(), tables()), st.integers(0, 9), st.integers(0, 999))
def test_any_graph_in_any_form_is_the_reference(graph, rows, seed):
    given_ = columns(graph, rows, seed)
    wanted = run(graph, given_)
    near = any(isinstance(target.PARITY.get(type(node)), Ulp) for node in graph.nodes)
    for form, text in itertools.product(("packed", "columns"), ("graph", "host")):
        found = joined(graph, form=form, text=text)(given_)
        for name, value in wanted.items():
            assert found[name].shape == value.shape
            assert near or same_bits(value, found[name])
