"""Rows fetched instead of one-hot vectors multiplied: the same answers, and no vector."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from samescale.spec import Spec  # noqa: E402
from samescale.targets import load  # noqa: E402
from samescale.targets.onnx.session import session  # noqa: E402
from samescale.transforms import load as transform  # noqa: E402

pytestmark = pytest.mark.onnx
CITIES = ("Bergen", "Kyiv", "Oslo", "Rome", "Quito")


def _network(width, units, *, op="Gemm", double=False, transposed=False):
    rng = np.random.default_rng(0)
    dtype = np.float64 if double else np.float32
    matrix = rng.normal(size=(width, units)).astype(dtype)
    constants = {"w": matrix.T if transposed else matrix, "b": rng.normal(size=units).astype(dtype)}
    nodes, features = [], "features"
    if double:
        nodes.append(helper.make_node("Cast", ["features"], ["wide"], to=TensorProto.DOUBLE))
        features = "wide"
    if op == "Gemm":
        nodes.append(helper.make_node("Gemm", [features, "w", "b"], ["h"], transB=int(transposed)))
    else:
        nodes.append(helper.make_node("MatMul", [features, "w"], ["m"]))
        nodes.append(helper.make_node("Add", ["m", "b"], ["h"]))
    nodes.append(helper.make_node("Tanh", ["h"], ["answers"]))
    kind = TensorProto.DOUBLE if double else TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", width])],
        [helper.make_tensor_value_info("answers", kind, ["rows", units])],
        [numpy_helper.from_array(np.ascontiguousarray(a), n) for n, a in constants.items()],
    )
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def _fitted(numbers, texts):
    rng = np.random.default_rng(1)
    hot = [transform("StringLookup")(), transform("CategoryEncoding")(output_mode="one_hot")]
    spec = {f"n{i}": transform("Normalization")() for i in range(numbers)}
    spec |= {f"t{i}": hot for i in range(texts)}
    table = {f"n{i}": rng.normal(size=200) for i in range(numbers)}
    table |= {f"t{i}": np.array(CITIES, object)[rng.integers(0, 4, 200)] for i in range(texts)}
    return Spec(spec).adapt(table), table


def _answers(model, parts, columns):
    sent = parts.cross(columns)
    return session(model.SerializeToString()).run(None, sent)[0]


@pytest.mark.parametrize(
    "network", [{}, {"op": "MatMul"}, {"double": True, "op": "MatMul"}, {"transposed": True}]
)
@pytest.mark.parametrize(("numbers", "texts"), [(0, 2), (1, 2), (3, 4)])
def test_the_answers_are_the_products(numbers, texts, network):
    fitted, table = _fitted(numbers, texts)
    made = _network(len(fitted.feature_names), 6, **network)
    parts = load("onnx").build(fitted.graph, made, form="packed", text="host")
    quick = load("onnx").fetched(parts.model)
    table = {**table, **{f"t{i}": np.array([*CITIES] * 40, object) for i in range(texts)}}
    columns = fitted.admit(table)
    wanted, found = _answers(parts.model, parts, columns), _answers(quick, parts, columns)
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-6)
    ops = [node.op_type for node in quick.graph.node]
    assert "Equal" not in ops
    assert ops.count("Gather") == 2


def test_codes_out_of_range_add_nothing():
    fitted, _ = _fitted(1, 2)
    made = _network(len(fitted.feature_names), 3)
    parts = load("onnx").build(fitted.graph, made, form="packed", text="host")
    quick = load("onnx").fetched(parts.model)
    sent = {
        "float32": np.zeros((4, 1), np.float32),
        "int64": np.array([[-1, 99], [0, 5], [2**62, -(2**63)], [5, 1]], np.int64),
    }
    wanted, found = (
        session(m.SerializeToString()).run(None, sent)[0] for m in (parts.model, quick)
    )
    np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-6)


def test_the_same_answers_in_any_batch():
    fitted, table = _fitted(3, 4)
    made = _network(len(fitted.feature_names), 6)
    parts = load("onnx").build(fitted.graph, made, form="packed", text="host")
    quick = load("onnx").fetched(parts.model)
    columns = fitted.admit(table)
    whole = _answers(quick, parts, columns)
    for start in (0, 7, 199):
        one = {name: x[start : start + 1] for name, x in columns.items()}
        assert _answers(quick, parts, one).tobytes() == whole[start : start + 1].tobytes()


def test_weights_that_arent_finite_are_left_alone():
    fitted, _ = _fitted(1, 2)
    made = _network(len(fitted.feature_names), 3)
    matrix = numpy_helper.to_array(made.graph.initializer[0]).copy()
    matrix[-1, 0] = np.inf
    made.graph.initializer[0].CopyFrom(numpy_helper.from_array(matrix, "w"))
    parts = load("onnx").build(fitted.graph, made, form="packed", text="host")
    assert load("onnx").fetched(parts.model) is parts.model


def test_features_that_something_else_needs_are_left_alone():
    fitted, _ = _fitted(1, 2)
    made = _network(len(fitted.feature_names), 3)
    made.graph.node.append(helper.make_node("ReduceMax", ["features"], ["most"], keepdims=1))
    made.graph.node.append(helper.make_node("Add", ["h", "most"], ["other"]))
    made.graph.node[1].input[0] = "other"
    nodes = [made.graph.node[i] for i in (0, 2, 3, 1)]
    graph = helper.make_graph(
        nodes, "n", made.graph.input, made.graph.output, made.graph.initializer
    )
    made = helper.make_model(graph, opset_imports=made.opset_import, ir_version=8)
    parts = load("onnx").build(fitted.graph, made, form="packed", text="host")
    assert load("onnx").fetched(parts.model) is parts.model


@pytest.mark.parametrize("scale", ["alpha", "beta"])
def test_a_product_that_is_scaled_is_left_alone(scale):
    fitted, _ = _fitted(1, 2)
    made = _network(len(fitted.feature_names), 3)
    made.graph.node[0].attribute.append(helper.make_attribute(scale, 0.5))
    parts = load("onnx").build(fitted.graph, made, form="packed", text="host")
    assert load("onnx").fetched(parts.model) is parts.model


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize(("numbers", "texts"), [(0, 2), (2, 3)])
def test_two_products_of_the_same_features_are_both_fetched(numbers, texts, double):
    fitted, table = _fitted(numbers, texts)
    width = len(fitted.feature_names)
    made = _network(width, 3, op="MatMul", double=double)
    dtype = np.float64 if double else np.float32
    features = "wide" if double else "features"
    zeros = numpy_helper.from_array(np.zeros((width, 1), dtype), "zeros")
    made.graph.initializer.append(zeros)  # what tells a row that isn't finite
    nodes = [
        *made.graph.node[:-1],
        helper.make_node("MatMul", [features, "zeros"], ["nothing"]),
        helper.make_node("Add", ["h", "nothing"], ["answers"]),
    ]
    graph = helper.make_graph(
        nodes, "n", made.graph.input, made.graph.output, made.graph.initializer
    )
    made = helper.make_model(graph, opset_imports=made.opset_import, ir_version=8)
    parts = load("onnx").build(fitted.graph, made, form="packed", text="host")
    quick = load("onnx").fetched(parts.model)
    assert "Equal" not in [node.op_type for node in quick.graph.node]
    columns = fitted.admit(table)
    wanted, found = _answers(parts.model, parts, columns), _answers(quick, parts, columns)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-6)
