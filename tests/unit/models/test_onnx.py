"""ONNX models in a bundle, and bundles' parts as ONNX: taken, refused, answered."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402 - after importorskip

import samescale as ss  # noqa: E402
from samescale import models  # noqa: E402
from samescale.errors import ModelError, UnsupportedError  # noqa: E402
from samescale.models.onnx import MEMBER  # noqa: E402
from samescale.targets.onnx.session import session  # noqa: E402

pytestmark = pytest.mark.onnx
KIND = models.load("onnx")
ROWS = 200
FLOAT, DOUBLE, INT64 = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64


def table(rows: int = ROWS, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    age, city = rng.normal(40, 12, rows), rng.choice(np.array(["Oslo", "Rome"], object), rows)
    price = 1e5 + 2_000 * age + 5e4 * (city == "Rome")
    size = np.where(price > np.median(price), "large", "small").astype(object)
    return {"age": age, "city": city, "price": price, "size": size}


COLUMNS = {"age": ss.Normalization(), "city": ss.StringLookup(output_mode="one_hot")}
TABLE = table()
PRICE, SIZE = (
    ss.Target("price", ss.Normalization()),
    ss.Target("size", ss.StringLookup(num_oov_indices=0)),
)
NUMBER = ss.Spec(COLUMNS, target=PRICE).adapt(TABLE)
CLASS = ss.Spec(COLUMNS, target=SIZE).adapt(TABLE)
WIDTH = len(NUMBER.feature_names)
WEIGHTS = np.random.default_rng(4).normal(size=(WIDTH, 2))


def value(name, kind, *dims):
    return helper.make_tensor_value_info(name, kind, ["n", *dims])


def model(nodes, inputs, outputs, constants=(), opset=18, ml=3, ir=8):
    held = [numpy_helper.from_array(np.asarray(x), name) for name, x in dict(constants).items()]
    graph = helper.make_graph(nodes, "made", inputs, outputs, held)
    opsets = [helper.make_opsetid("", opset)] + (
        [helper.make_opsetid("ai.onnx.ml", ml)] if ml else []
    )
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir)


def linear(kind=FLOAT, units=1, opset=18, last=(), **changes):
    dtype = np.float32 if kind == FLOAT else np.float64
    nodes = [helper.make_node("MatMul", ["x", "w"], ["made" if last else "y"])]
    nodes += [helper.make_node(op, ["made"], ["y"]) for op in last]
    constants = {"w": WEIGHTS[:, :units].astype(dtype)}
    inputs = [value("x", kind, WIDTH)]
    return model(nodes, inputs, [value("y", kind, units)], constants, opset, **changes)


def stored(made, fitted):
    KIND.check(made, fitted)
    return KIND.save(made), KIND.config(made, fitted)


def loaded(made, fitted):
    members, config = stored(made, fitted)
    return KIND.load(members, config, fitted)


def columns(fitted, rows=40, seed=3):
    return fitted.admit({k: v for k, v in table(rows, seed).items() if k in fitted.schema.names})


@pytest.mark.parametrize("kind", [FLOAT, DOUBLE])
def test_a_regression_is_answered_in_its_own_dtype(kind):
    given = columns(NUMBER)
    dtype = np.float32 if kind == FLOAT else np.float64
    wanted = NUMBER.matrix_of(given).astype(dtype) @ WEIGHTS[:, 0].astype(dtype)
    found = loaded(linear(kind), NUMBER).predict(given)
    assert found.shape == (40,)
    assert found.dtype == dtype
    assert np.abs(found - wanted).max() <= KIND.rtol


def test_a_row_is_answered_alike_in_any_batch():
    runtime, given = loaded(linear(), NUMBER), columns(NUMBER, 5000)
    whole = runtime.predict(given)
    for rows in (0, 1, 7):
        some = runtime.predict({name: x[:rows] for name, x in given.items()})
        assert some.shape == (rows,)
        assert np.array_equal(some, whole[:rows])


def test_probabilities_of_a_softmax_and_of_a_sigmoid():
    given = columns(CLASS)
    two = loaded(linear(units=2, last=["Softmax"]), CLASS).predict(given)
    one = loaded(linear(last=["Sigmoid"]), CLASS).predict(given)
    assert two.shape == one.shape == (40, 2)
    assert np.allclose(one.sum(1), 1)
    x = NUMBER.matrix_of(given) @ WEIGHTS[:, 0].astype(np.float32)
    assert np.allclose(one[:, 1], 1 / (1 + np.exp(-x)), atol=1e-6)


def classifier(labels, *, zipped):
    """What a converter of scikit-learn's writes: a label, and probabilities by name."""
    key = "classlabels_ints" if isinstance(labels[0], int) else "classlabels_strings"
    coefficients = [-x for x in WEIGHTS[:, 0].tolist()] + WEIGHTS[:, 0].tolist()
    nodes = [
        helper.make_node(
            "LinearClassifier",
            ["x"],
            ["label", "scores"],
            domain="ai.onnx.ml",
            coefficients=coefficients,
            intercepts=[0.0, 0.0],
            post_transform="SOFTMAX",
            **{key: labels},
        )
    ]
    kind = INT64 if isinstance(labels[0], int) else TensorProto.STRING
    outputs = [helper.make_tensor_value_info("label", kind, ["n"])]
    if zipped:
        zip_key = key.replace("ints", "int64s")
        nodes.append(
            helper.make_node("ZipMap", ["scores"], ["p"], domain="ai.onnx.ml", **{zip_key: labels})
        )
        of = helper.make_map_type_proto(kind, helper.make_tensor_type_proto(FLOAT, []))
        outputs.append(helper.make_value_info("p", helper.make_sequence_type_proto(of)))
    else:
        outputs.append(value("scores", FLOAT, 2))
    return model(nodes, [value("x", FLOAT, WIDTH)], outputs)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_label_beside_probabilities_is_left_off(zipped):
    given = columns(CLASS)
    found = loaded(classifier([0, 1], zipped=zipped), CLASS).predict(given)
    logits = 2 * NUMBER.matrix_of(given) @ WEIGHTS[:, 0].astype(np.float32)
    assert found.shape == (40, 2)
    assert np.allclose(found[:, 1], 1 / (1 + np.exp(-logits)), atol=1e-5)


def test_classes_in_another_order_are_put_in_the_targets():
    names = list(CLASS.classes)
    given = columns(CLASS)
    same = loaded(classifier(names, zipped=True), CLASS).predict(given)
    turned = loaded(classifier(names[::-1], zipped=True), CLASS).predict(given)
    assert np.array_equal(turned, same[:, ::-1])
    with pytest.raises(ModelError, match="classes"):
        KIND.check(classifier(["tall", "wide"], zipped=True), CLASS)


def by_feature():
    nodes = [
        helper.make_node("ReduceSum", ["city", "axis"], ["sum"], keepdims=1),
        helper.make_node("Add", ["age", "sum"], ["y"]),
    ]
    inputs = [value("age", FLOAT, 1), value("city", FLOAT, WIDTH - 1)]
    return model(nodes, inputs, [value("y", FLOAT, 1)], {"axis": np.array([1], np.int64)})


def test_features_may_be_taken_by_name():
    members, config = stored(by_feature(), NUMBER)
    assert config["columns"] == ["age", "city"]
    given = columns(NUMBER)
    found = KIND.load(members, config, NUMBER).predict(given)
    assert np.allclose(found, NUMBER.matrix_of(given).sum(1), atol=1e-6)


def test_the_model_is_stored_and_given_back_as_it_was():
    made = linear(opset=15)
    members, config = stored(made, NUMBER)
    assert KIND.restore(members) == made
    assert KIND.save(KIND.restore(members)) == members
    with pytest.raises(ModelError, match="manifest"):
        KIND.load(members, {**config, "opset": 3}, NUMBER)
    with pytest.raises(ModelError, match="members"):
        KIND.restore({**members, "model/extra": b""})


@pytest.mark.parametrize("opset", [13, 18, 20])
def test_the_network_stands_behind_the_preprocessing(opset):
    made = linear(opset=opset)
    content = KIND.network(made, NUMBER)
    found = onnx.load_model_from_string(content)
    assert [x.name for x in found.graph.input] == ["features"]
    assert [x.name for x in found.graph.output] == ["answers"]
    assert [(x.domain, x.version) for x in found.opset_import if not x.domain] == [("", 18)]
    given = columns(NUMBER)
    (answers,) = session(content).run(None, {"features": NUMBER.matrix_of(given)})
    assert np.array_equal(answers, loaded(made, NUMBER).predict(given))


def test_operators_of_a_later_ml_opset_are_not_served_so():
    with pytest.raises(UnsupportedError, match=r"ai\.onnx\.ml"):
        KIND.network(linear(ml=5), NUMBER)


def external():
    made = linear()
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    return made


def foreign():
    made = linear()
    made.graph.node[0].domain = "com.microsoft"
    made.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return made


def nested():
    made = linear()
    inner = foreign().graph
    made.graph.node.append(
        helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner)
    )
    return made


def huge():
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["sum"], keepdims=0),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    constants = {"shape": np.array([2**20, 2**20], np.int64)}
    return model(nodes, [value("x", FLOAT, WIDTH)], [value("y", FLOAT, WIDTH)], constants)


def fixed():
    made = linear()
    made.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    return made


def batched():
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["x", "mean"], ["all"]),
        helper.make_node("MatMul", ["all", "w"], ["y"]),
    ]
    constants = {"w": np.eye(WIDTH, 1, dtype=np.float32)}
    return model(nodes, [value("x", FLOAT, WIDTH)], [value("y", FLOAT, 1)], constants)


def nowhere():
    made = linear()
    made.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(np.full((WIDTH, 1), np.nan, np.float32), "w")
    )
    return made


def random():
    nodes = [helper.make_node("RandomNormalLike", ["x"], ["y"])]
    return model(nodes, [value("x", FLOAT, WIDTH)], [value("y", FLOAT, WIDTH)])


def wider():
    made = linear()
    made.graph.input[0].type.tensor_type.shape.dim[1].dim_value = WIDTH + 1
    made.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(np.ones((WIDTH + 1, 1), np.float32), "w")
    )
    return made


def two():
    made = linear()
    made.graph.node.append(helper.make_node("Abs", ["y"], ["z"]))
    made.graph.output.append(value("z", FLOAT, 1))
    return made


@pytest.mark.parametrize(
    ("make", "fitted", "message"),
    [
        (external, NUMBER, "another file"),
        (foreign, NUMBER, "com.microsoft"),
        (nested, NUMBER, "com.microsoft"),
        (huge, NUMBER, "more than"),
        (random, NUMBER, "random"),
        (fixed, NUMBER, "exactly 1 rows"),
        (batched, NUMBER, "rows beside it"),
        (nowhere, NUMBER, "NaN"),
        (wider, NUMBER, "aren't the features"),
        (two, NUMBER, "2 tensors"),
        (lambda: linear(units=2), NUMBER, "is a number"),
        (lambda: linear(units=2), CLASS, "probabilities"),
        (lambda: linear(opset=8), NUMBER, "opset is 8"),
        (onnx.ModelProto, NUMBER, "isn't taken"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_remedy(make, fitted, message):
    with pytest.raises(ModelError, match=message) as caught:
        KIND.check(make(), fitted)
    assert caught.value.remedy


def test_bytes_that_are_no_model_are_refused():
    with pytest.raises(ModelError):
        KIND.restore({MEMBER: b"\x08not a model"})


def test_it_is_not_trained_here():
    with pytest.raises(UnsupportedError, match="trained"):
        KIND.train(NUMBER, None, None)


# Fitted.to_onnx


def test_features_of_raw_columns():
    made = NUMBER.to_onnx()
    given = columns(NUMBER)
    sent = {"age": given["age"][:, None], "city": given["city"][:, None]}
    names = [x.name for x in made.graph.output]
    found = dict(zip(names, session(made.SerializeToString()).run(names, sent), strict=True))
    joined = np.concatenate([x.reshape(40, -1) for x in found.values()], 1)
    assert np.array_equal(joined, NUMBER.matrix_of(given))


def test_raw_columns_in_and_the_targets_own_units_out():
    made = NUMBER.to_onnx(linear())
    assert {x.name for x in made.graph.input} == {"age", "city"}
    assert [x.name for x in made.graph.output] == ["price"]
    given = columns(NUMBER)
    sent = {"age": given["age"][:, None], "city": given["city"][:, None]}
    (found,) = session(made.SerializeToString()).run(None, sent)
    wanted = NUMBER.inverse(loaded(linear(), NUMBER).predict(given))
    assert found.dtype == np.float64
    assert np.allclose(found, wanted, rtol=1e-6)


def test_probabilities_of_raw_columns_and_the_same_bytes_again():
    network = linear(units=2, last=["Softmax"])
    made = CLASS.to_onnx(network)
    assert [x.name for x in made.graph.output] == ["answers"]
    assert CLASS.to_onnx(KIND.network(network, CLASS)) == made


def test_a_model_of_raw_columns_is_no_network():
    with pytest.raises(ModelError, match="scaled twice"):
        KIND.check(NUMBER.to_onnx(linear()), NUMBER)
