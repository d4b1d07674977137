"""The network of a Keras model behind its preprocessing: what the kind's runtime gives."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("onnxruntime")

import samescale as ss  # noqa: E402 - after importorskip
from samescale import models, targets  # noqa: E402
from samescale.convert.keras import to_onnx  # noqa: E402
from tests.unit.convert.keras_answers import session  # noqa: E402

pytestmark = [pytest.mark.keras, pytest.mark.onnx]
KIND = models.load("keras")
L = keras.layers
ROWS = 60


def table() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    age, city = rng.normal(40, 12, ROWS), rng.choice(np.array(["Oslo", "Rome"], object), ROWS)
    price = 1e5 + 2_000 * age + 5e4 * (city == "Rome")
    size = np.where(price > np.median(price), "large", "small").astype(object)
    shot = rng.normal(100, 20, (ROWS, 6, 5, 3)).astype(np.float32)
    when = rng.uniform(1.7e9, 1.7e9 + 100, ROWS)
    return {"age": age, "city": city, "when": when, "shot": shot, "price": price, "size": size}


TABLE = table()
ONE_HOT = [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")]
COLUMNS = {"age": ss.Normalization(), "city": ONE_HOT, "when": ss.Normalization()}
PRICE = ss.Target("price", ss.Normalization())
NUMBER = ss.Spec(COLUMNS, target=PRICE).adapt(TABLE)
CLASS = ss.Spec(COLUMNS, target=ss.Target("size", ss.StringLookup(num_oov_indices=0))).adapt(TABLE)
CODED = ss.Spec({**COLUMNS, "city": ss.StringLookup()}, target=PRICE).adapt(TABLE)
IMAGE = ss.Spec({"shot": ss.Normalization(axis=-1)}, target=PRICE).adapt(TABLE)
CITY = ss.Spec({"city": ss.StringLookup()}, target=PRICE).adapt(TABLE)


def dense(units: int, activation: str | None = None) -> keras.Model:
    width = len(NUMBER.feature_names)
    return keras.Sequential([keras.Input((width,)), L.Dense(8, "relu"), L.Dense(units, activation)])


def by_column(*order: str) -> keras.Model:
    inputs = {
        "age": keras.Input((1,), name="age"),
        "city": keras.Input((1,), name="city", dtype="int32"),
        "when": keras.Input((1,), name="when"),
    }
    places = L.Flatten()(L.Embedding(5, 3)(inputs["city"]))
    joined = L.Concatenate()([inputs["age"], places, inputs["when"]])
    return keras.Model([inputs[name] for name in order], L.Dense(1)(joined))


def convolution() -> keras.Model:
    layers = [L.Conv2D(4, 3, padding="same", activation="relu"), L.MaxPooling2D(2), L.Flatten()]
    return keras.Sequential([keras.Input((6, 5, 3)), *layers, L.Dense(1)])


def wrapped() -> keras.Model:
    inner = NUMBER.to_keras(dense(1))
    inputs = {x.name: keras.Input(x.shape[1:], dtype=x.dtype, name=x.name) for x in inner.inputs}
    return keras.Model(inputs, L.Rescaling(2.0)(inner(inputs)))


def codes() -> keras.Model:
    layers = [L.Embedding(5, 3), L.Flatten(), L.Dense(1)]
    return keras.Sequential([keras.Input((1,), dtype="int32"), *layers])


CASES = {
    "number, raw": (NUMBER, lambda: NUMBER.to_keras(dense(1)), ["features"]),
    "number, features": (NUMBER, lambda: dense(1), ["features"]),
    "softmax": (CLASS, lambda: CLASS.to_keras(dense(2, "softmax")), ["features"]),
    "sigmoid": (CLASS, lambda: CLASS.to_keras(dense(1, "sigmoid")), ["features"]),
    "sigmoid, features": (CLASS, lambda: dense(1, "sigmoid"), ["features"]),
    "nested": (NUMBER, wrapped, ["features"]),
    "by column": (
        CODED,
        lambda: CODED.to_keras(by_column("age", "city", "when")),
        ["age", "city", "when"],
    ),
    "by column, turned": (
        CODED,
        lambda: CODED.to_keras(by_column("when", "age", "city")),
        ["age", "city", "when"],
    ),
    "image": (IMAGE, lambda: IMAGE.to_keras(convolution()), ["features"]),
    "image, features": (IMAGE, convolution, ["features"]),
    "one column of codes": (CITY, lambda: CITY.to_keras(codes()), ["city"]),
}


def features(fitted, columns, names: list[str]) -> dict[str, np.ndarray]:
    if names == ["features"] and len(fitted.graph.outputs) > 1:
        made = targets.load("numpy").compile(fitted.matrix_graph)(columns)
        return {"features": next(iter(made.values()))}
    made = targets.load("numpy").compile(fitted.graph)(columns)
    if names == ["features"]:
        return {"features": next(iter(made.values()))}
    return {name: made[name].reshape(ROWS, -1) for name in names}


@pytest.mark.parametrize("name", CASES)
def test_network(name):
    fitted, make, inputs = CASES[name]
    keras.utils.set_random_seed(4)
    model = make()
    KIND.check(model, fitted)
    run = session(KIND.network(model, fitted))
    assert [x.name for x in run.get_inputs()] == inputs
    assert [x.name for x in run.get_outputs()] == ["answers"]
    columns = fitted.admit(TABLE)
    expected = KIND.load(KIND.save(model), KIND.config(model, fitted), fitted).predict(columns)
    (found,) = run.run(None, features(fitted, columns, inputs))
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    assert (np.abs(found - expected) <= KIND.rtol * np.maximum(1, np.abs(expected))).all()


def test_the_same_model_gives_the_same_bytes():
    model = NUMBER.to_keras(dense(1))
    loaded = KIND.restore(KIND.save(model))
    once = KIND.network(model, NUMBER)
    assert once == KIND.network(model, NUMBER)
    assert once == KIND.network(loaded, NUMBER)


def test_a_loaded_model_after_predicting():
    model = KIND.restore(KIND.save(NUMBER.to_keras(dense(1))))
    before = KIND.network(model, NUMBER)
    KIND.load(KIND.save(model), KIND.config(model, NUMBER), NUMBER).predict(NUMBER.admit(TABLE))
    assert KIND.network(model, NUMBER) == before


def test_an_empty_batch():
    run = session(KIND.network(dense(1), NUMBER))
    width = len(NUMBER.feature_names)
    assert run.run(None, {"features": np.zeros((0, width), np.float32)})[0].shape == (0,)


def test_to_onnx_may_begin_in_the_middle():
    model = dense(3)
    written = to_onnx(model, {"hidden": model.layers[0].output})
    assert [node.op_type for node in written.graph.node] == ["Gemm"]
    assert written.graph.input[0].name == "hidden"
