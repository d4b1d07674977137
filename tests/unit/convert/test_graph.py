"""The builder of ONNX graphs: names, constants, order, versions, faults."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from samescale import convert  # noqa: E402 - after importorskip
from samescale.convert._graph import ML, Builder, Value  # noqa: E402
from samescale.errors import GraphError, MissingExtraError, SpecError  # noqa: E402

pytestmark = pytest.mark.onnx
X = Value("x", "float32", ("rows", 3))
Y = Value("y", "float32", ("rows", 3))


def doubled(build: Builder) -> str:
    return build.node("Mul", ["x", build.constant(np.float32(2))])


def test_the_same_calls_give_the_same_bytes():
    contents = set()
    for _ in range(2):
        build = Builder([X])
        model = build.model([(build.node("Relu", [doubled(build)]), Y)])
        contents.add(model.SerializeToString(deterministic=True))
    assert len(contents) == 1


def test_versions_and_domains():
    build = Builder([X])
    model = build.model([(doubled(build), Y)])
    assert model.ir_version == 8
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 18)]
    build = Builder([X])
    model = build.model([(build.node("Scaler", ["x"], domain=ML, scale=[2.0], offset=[0.0]), Y)])
    assert {(o.domain, o.version) for o in model.opset_import} == {("", 18), (ML, 3)}


def test_equal_constants_are_held_once_and_idle_ones_not():
    build = Builder([X])
    one = build.constant(np.float32(2))
    assert build.constant(np.array(2, np.float32)) == one
    assert build.constant(np.array([2], np.float32)) != one
    assert build.constant(np.array(2, np.float64)) != one
    model = build.model([(build.node("Mul", ["x", one]), Y)])
    assert [tensor.name for tensor in model.graph.initializer] == [one]


def test_strings_and_zeros_are_told_apart():
    build = Builder([X])
    first = build.constant(np.array(["a", "b"], object))
    assert build.constant(np.array(["a", "b"], object)) == first
    assert build.constant(np.array(["a", "c"], object)) != first
    assert build.constant(np.float32(-0.0)) != build.constant(np.float32(0.0))


def test_nodes_that_no_output_needs_are_left_out():
    build = Builder([X])
    kept = doubled(build)
    build.node("Exp", [kept])
    assert [node.op_type for node in build.model([(kept, Y)]).graph.node] == ["Mul"]


def test_an_output_may_be_called_like_a_node_and_be_an_input_as_it_is():
    build = Builder([X])
    first = doubled(build)
    second = build.node("Relu", [first])
    model = build.model([(second, Value("mul", "float32", ("rows", 3)))])
    assert model.graph.output[0].name == "mul"
    assert model.graph.node[0].output[0] != "mul"
    build = Builder([X])
    assert [n.op_type for n in build.model([("x", Y)]).graph.node] == ["Identity"]


def test_one_tensor_may_give_two_outputs():
    build = Builder([X])
    made = doubled(build)
    model = build.model([(made, Y), (made, Value("z", "float32", ("rows", 3)))])
    assert [o.name for o in model.graph.output] == ["y", "z"]


def test_names_that_clash_are_refused():
    with pytest.raises(GraphError, match="called alike: x, x"):
        Builder([X, X])
    build = Builder([X])
    with pytest.raises(GraphError, match="like an input"):
        build.model([(doubled(build), X)])


def test_what_onnx_finds_is_said():
    build = Builder([X])
    made = build.node("MatMul", ["x", build.constant(np.zeros((4, 2), np.float32))])
    with pytest.raises(GraphError, match="isn't well formed"):
        build.model([(made, Y)])


def test_kinds_are_found_by_name():
    assert "keras" in convert.names()
    assert not [name for name in convert.names() if name.startswith("_")]
    with pytest.raises(SpecError, match="keras"):
        convert.load("kerass")


def test_a_missing_package_is_named(monkeypatch):
    def missing(name: str):
        raise ModuleNotFoundError("no", name="onnx")

    monkeypatch.setattr(convert.importlib, "import_module", missing)
    with pytest.raises(MissingExtraError, match=r"samescale\[onnx\]"):
        convert.load("keras")
