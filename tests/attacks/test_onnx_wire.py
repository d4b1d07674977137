"""ONNX files that read other files, bring code, lie about their lengths, or are cut short."""

import random

import pytest

onnx = pytest.importorskip("onnx")
from google.protobuf.message import DecodeError  # noqa: E402
from onnx import TensorProto, helper  # noqa: E402

from samescale.errors import FormatError  # noqa: E402
from samescale.targets import _onnx_wire as wire  # noqa: E402

pytestmark = pytest.mark.onnx


def _tensor(name="w", *, outside=False):
    tensor = helper.make_tensor(name, TensorProto.FLOAT, [2], [1.0, 2.0])
    if outside:
        tensor.ClearField("float_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "/etc/passwd"
    return tensor


def _sparse(outside):
    values = _tensor("s", outside=outside == "values")
    indices = helper.make_tensor("i", TensorProto.INT64, [2], [0, 3])
    if outside == "indices":
        indices.data_location = TensorProto.EXTERNAL
    return helper.make_sparse_tensor(values, indices, [4])


def _branch(node, *initializers):
    value = helper.make_tensor_value_info("b", TensorProto.FLOAT, None)
    return helper.make_graph([node], "branch", [], [value], list(initializers))


def _model(*nodes, initializers=(), sparse=(), **fields):
    nodes = nodes or (helper.make_node("Mul", ["x", "w"], ["y"]),)
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 2])],
        list(initializers) or [_tensor()],
        sparse_initializer=list(sparse),
    )
    opsets = fields.pop("opsets", [helper.make_opsetid("", 18)])
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **fields)


def _if(then):
    other = _branch(helper.make_node("Constant", [], ["b"], value=_tensor()))
    return helper.make_node("If", ["c"], ["y"], then_branch=then, else_branch=other)


def _nested(node, depth):
    for _ in range(depth):
        node = _if(_branch(node))
    return node


def _attribute(**settings):
    return helper.make_node("Constant", [], ["b"], **settings)


def _graphs():
    node = helper.make_node("Loop", ["n", "c"], ["y"])
    inner = _branch(_attribute(value=_tensor(outside=True)))
    node.attribute.append(helper.make_attribute("bodies", [inner]))
    return node


def _tensors():
    node = helper.make_node("Constant", [], ["y"])
    node.attribute.append(helper.make_attribute("values", [_tensor(), _tensor(outside=True)]))
    return node


OUTSIDE = {
    "initializer": _model(initializers=[_tensor(outside=True)]),
    "sparse values": _model(sparse=[_sparse("values")]),
    "sparse indices": _model(sparse=[_sparse("indices")]),
    "attribute": _model(_attribute(value=_tensor(outside=True))),
    "sparse attribute": _model(_attribute(sparse_value=_sparse("values"))),
    "attribute of tensors": _model(_tensors()),
    "graph in an attribute": _model(
        _if(_branch(helper.make_node("Abs", ["v"], ["b"]), _tensor("v", outside=True)))
    ),
    "graphs in an attribute": _model(_graphs()),
    "graph in a graph": _model(_nested(_attribute(value=_tensor(outside=True)), 3)),
}


@pytest.mark.parametrize("where", OUTSIDE)
def test_data_in_another_file_is_refused(where):
    with pytest.raises(FormatError, match="is in another file") as caught:
        wire.read(OUTSIDE[where].SerializeToString())
    assert caught.value.remedy


def test_an_entry_alone_is_data_in_another_file():
    model = _model()
    model.graph.initializer[0].external_data.add()
    with pytest.raises(FormatError, match="'w' is in another file"):
        wire.read(model.SerializeToString())


def _function():
    node = helper.make_node("Abs", ["a"], ["b"])
    return helper.make_function("own", "f", ["a"], ["b"], [node], [helper.make_opsetid("", 18)])


def _training():
    model = _model()
    model.training_info.add().algorithm.CopyFrom(model.graph)
    return model


def _referring():
    node = helper.make_node("Cast", ["x"], ["y"])
    attribute = node.attribute.add()
    attribute.name, attribute.ref_attr_name, attribute.type = "to", "kind", 2
    return _model(node)


REFUSED = {
    "brings functions": _model(functions=[_function()]),
    "training steps": _training(),
    "domain 'com.microsoft'": _model(
        helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")
    ),
    "domain 'own'": _model(opsets=[helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]),
    "domain 'deep'": _model(_nested(helper.make_node("Abs", ["x"], ["b"], domain="deep"), 2)),
    "refers to a function": _referring(),
    "nested more than 16": _model(_nested(helper.make_node("Abs", ["x"], ["b"]), 20)),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_brings_its_own_is_refused(reason):
    with pytest.raises(FormatError, match=reason):
        wire.read(REFUSED[reason].SerializeToString())


def test_more_nodes_than_allowed_are_refused():
    nodes = [helper.make_node("Abs", ["x"], [f"a{i}"]) for i in range(9)]
    model = _model(*nodes, helper.make_node("Abs", ["x"], ["y"])).SerializeToString()
    assert wire.read(model, max_nodes=10).nodes == 10
    with pytest.raises(FormatError, match="more than 9 nodes"):
        wire.read(model, max_nodes=9)
    with pytest.raises(FormatError, match=f"{len(model):,} bytes, more than 100"):
        wire.read(model, max_bytes=100)


def test_nodes_inside_count_too():
    model = _model(_nested(helper.make_node("Abs", ["x"], ["b"]), 5)).SerializeToString()
    with pytest.raises(FormatError, match="more than 10 nodes"):
        wire.read(model, max_nodes=10)


LENGTHS = {
    "a field that says it is 2**63 long": b"\x08\x08\x3a" + b"\xff" * 8 + b"\x7f",
    "a number of eleven bytes": b"\x08" + b"\xff" * 10 + b"\x01",
    "a number without an end": b"\x08\xff",
    "a group": b"\x3b\x3c",
    "field 0": b"\x02\x00",
    "a graph that is a number": b"\x08\x08\x38\x01",
    "an unknown field": b"\x08\x08\x9a\x06\x00",
    "nothing": b"",
    "no graph": b"\x08\x08\x42\x02\x10\x12",
    "two graphs": b"\x08\x08\x3a\x00\x3a\x00\x42\x02\x10\x12",
    "two versions": b"\x08\x08\x08\x09\x3a\x00\x42\x02\x10\x12",
    "a domain that is no text": b"\x08\x08\x3a\x00\x42\x03\x0a\x01\xff",
    "another kind of file": b"PK\x03\x04" + bytes(60),
}


@pytest.mark.parametrize("case", LENGTHS)
def test_what_is_no_model_is_refused(case):
    with pytest.raises(FormatError):
        wire.read(LENGTHS[case])


def _small():
    return _model(_if(_branch(_attribute(value=_tensor())))).SerializeToString()


def test_a_model_cut_short_anywhere_is_refused_or_whole():
    content = _small()
    taken = 0
    for end in range(len(content)):
        try:
            found = wire.read(content[:end])
        except FormatError:
            continue
        # What is cut between two fields of the outermost message is a model of its own.
        taken += 1
        onnx.load_model_from_string(content[:end])
        assert found.ir_version == 8
    assert taken < 5


def test_turned_bits_never_crash_and_never_hide_anything():
    content = OUTSIDE["graph in a graph"].SerializeToString()
    chance = random.Random(5)
    for _ in range(3000):
        turned = bytearray(content)
        for _ in range(chance.randint(1, 3)):
            turned[chance.randrange(len(turned))] ^= 1 << chance.randrange(8)
        try:
            found = wire.read(bytes(turned))
        except FormatError:
            continue
        assert found.nodes
        try:
            model = onnx.load_model_from_string(bytes(turned))
        except DecodeError:  # of what isn't walked
            continue
        # Taken only if the entry itself was turned into something else.
        assert _plain(model.graph)


def _plain(graph):
    tensors = [*graph.initializer, *(a.t for node in graph.node for a in node.attribute)]
    inner = [a.g for node in graph.node for a in node.attribute if a.HasField("g")]
    mine = all(t.data_location != TensorProto.EXTERNAL and not t.external_data for t in tensors)
    return mine and all(map(_plain, inner))


def test_random_bytes_never_crash():
    chance = random.Random(6)
    for _ in range(2000):
        with pytest.raises(FormatError):
            wire.read(chance.randbytes(chance.randint(1, 80)))


def test_a_sound_model_is_read_as_onnx_reads_it():
    found = wire.read(_small())
    assert (found.ir_version, dict(found.opsets)) == (8, {"": 18})
    assert found.inputs == (wire.Port("x", "float32", ("rows", 2)),)
    assert found.outputs == (wire.Port("y", "float32", ("rows", 2)),)
    assert found.operators == {("", "If"), ("", "Constant")}
    assert found.nodes == 3


def test_an_input_with_a_value_need_not_be_given():
    model = _model()
    model.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, [2]))
    assert [port.name for port in wire.read(model.SerializeToString()).inputs] == ["x"]


def test_every_dtype_and_an_open_shape():
    model = _model()
    del model.graph.input[:]
    for number in wire.DTYPES:
        model.graph.input.append(helper.make_tensor_value_info(f"x{number}", number, [None, "k"]))
    model.graph.input.append(helper.make_tensor_value_info("open", TensorProto.FLOAT, None))
    found = wire.read(model.SerializeToString()).inputs
    assert [port.dtype for port in found[:-1]] == list(wire.DTYPES.values())
    assert {port.shape for port in found[:-1]} == {(None, "k")}
    assert found[-1].shape is None
