"""Keras networks of several inputs and outputs, images, sequences: bundled, they answer alike."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import samescale as ss
from samescale.bundle import Bundle
from samescale.errors import ModelError, SpecError, UnsupportedError
from tests.unit.models.several import (
    KIND,
    PLAIN,
    PRICE,
    RAW,
    SOLD,
    TABLE,
    adapted,
    bundled,
    pair,
    rows_of,
)

if TYPE_CHECKING:
    from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")


@pytest.mark.keras
@pytest.mark.parametrize("gives", ["dict", "list by name", "list by order"])
def test_keras_two_inputs_and_three_outputs(tmp_path: Path, gives: str) -> None:
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(1)
    fitted = adapted(PLAIN, PRICE, KIND, SOLD)
    names = {name: None if gives == "list by order" else name for name in ("price", "kind", "sold")}
    inputs = {"age": keras.Input((1,), name="age"), "city": keras.Input((4,), name="city")}
    both = keras.layers.Concatenate()([*inputs.values()])
    hidden = keras.layers.Dense(6, activation="tanh")(both)
    heads = {
        "price": keras.layers.Dense(1, name=names["price"])(hidden),
        "kind": keras.layers.Dense(3, activation="softmax", name=names["kind"])(hidden),
        "sold": keras.layers.Dense(1, activation="sigmoid", name=names["sold"])(hidden),
    }
    order = ["price", "kind", "sold"] if gives == "list by order" else ["sold", "price", "kind"]
    given: Any = heads if gives == "dict" else [heads[name] for name in order]
    network = keras.Model(inputs, given)
    model = fitted.to_keras(network)
    if gives == "dict":
        losses = {
            "price": "mean_squared_error",
            "kind": "sparse_categorical_crossentropy",
            "sold": "binary_crossentropy",
        }
        model.compile("adam", loss=losses)
        before = network.get_weights()[0].copy()
        data = fitted.raw_dataset(TABLE, columns=list(PLAIN), batch_size=16)
        history = model.fit(data, epochs=2, verbose=0).history
        assert np.isfinite(history["loss"]).all()
        assert not np.array_equal(before, network.get_weights()[0])
    raw = model.predict(fitted.keras_inputs(rows_of(fitted), columns=list(PLAIN)), verbose=0)
    raw = raw if isinstance(raw, dict) else dict(zip(order, raw, strict=True))
    raw = {**raw, "price": raw["price"][:, 0], "sold": pair(raw["sold"])}
    predictor = bundled(fitted, model, raw, tmp_path, 1e-5)
    assert predictor.classes == {"kind": ("mid", "old", "young"), "sold": (False, True)}
    alone = predictor.predict([{"age": float(RAW["age"][3]), "city": RAW["city"][3]}])
    whole = predictor.predict(rows_of(fitted))
    np.testing.assert_allclose(alone["price"][0], whole["price"][3], rtol=1e-6)


@pytest.mark.keras
@pytest.mark.parametrize("takes", ["parameters", "a list out of order"])
def test_keras_an_image_and_numbers(tmp_path: Path, takes: str) -> None:
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(2)
    columns = {"image": ss.Rescaling(1 / 255), "age": ss.Normalization()}
    fitted = adapted(columns, PRICE, KIND)

    def network(image: Any, age: Any) -> Any:
        seen = keras.layers.Flatten()(keras.layers.Conv2D(2, 3, activation="relu")(image))
        both = keras.layers.Concatenate()([seen, age])
        kind = keras.layers.Dense(3, activation="softmax")(both)
        return {"kind": kind, "price": keras.layers.Dense(1)(both)}

    inputs = [keras.Input((6, 6, 1), name="image"), keras.Input((1,), name="age")]
    listed = keras.Model(inputs, network(*inputs))  # Keras sorts a dict's keys: age, image
    model = fitted.to_keras(network if takes == "parameters" else listed)
    raw = model.predict(fitted.keras_inputs(rows_of(fitted), columns=list(columns)), verbose=0)
    bundled(fitted, model, {**raw, "price": raw["price"][:, 0]}, tmp_path, 1e-5)


@pytest.mark.keras
@pytest.mark.parametrize("name", ["steps", "series"])
@pytest.mark.parametrize("several", [False, True])
def test_keras_a_sequence(tmp_path: Path, name: str, several: bool) -> None:
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(3)
    fitted = adapted({name: ss.Normalization()}, PRICE, *([KIND] if several else []))
    inputs = keras.Input(TABLE[name].shape[1:])
    steps = inputs if name == "series" else keras.layers.Reshape((5, 1))(inputs)
    state = keras.layers.GRU(4)(steps)
    heads = [keras.layers.Dense(1)(state), keras.layers.Dense(3, activation="softmax")(state)]
    model = fitted.to_keras(keras.Model(inputs, heads if several else heads[0]))
    found = model.predict(fitted.keras_inputs(rows_of(fitted)), verbose=0)
    price, *rest = found if several else [found]
    bundled(
        fitted,
        model,
        {"price": price[:, 0], **({"kind": rest[0]} if several else {})},
        tmp_path,
        1e-5,
    )


@pytest.mark.keras
def test_keras_outputs_that_arent_the_targets_are_refused() -> None:
    keras = pytest.importorskip("keras")
    fitted = adapted(PLAIN, PRICE, KIND)
    inputs = keras.Input((5,))
    number = keras.layers.Dense(1)(inputs)
    chances = keras.layers.Dense(3, activation="softmax")(inputs)
    logits = keras.layers.Dense(3)(inputs)
    for outputs, match in [
        (number, "has 1 output, and there are 2 targets"),
        ([number, chances, number], "has 3 outputs, and there are 2 targets"),
        ([chances, number], r"gives \(3,\) for a row, and 'price' is a number"),
        ([number, number], r"gives \(1,\) for a row, and the target 'kind' has 3 classes"),
        ([number, logits], "aren't probabilities"),
        ({"cost": number, "kind": chances}, "are called 'cost', 'kind'"),
    ]:
        with pytest.raises(ModelError, match=match):
            Bundle(fitted, fitted.to_keras(keras.Model(inputs, outputs)))
    one = adapted(PLAIN, PRICE)
    with pytest.raises(ModelError, match=r"has 2 outputs, not one.*the spec has a list"):
        Bundle(one, one.to_keras(keras.Model(inputs, [number, chances])))


@pytest.mark.keras
def test_keras_several_have_no_onnx_form_and_no_training() -> None:
    keras = pytest.importorskip("keras")
    from samescale.models.keras import KIND as KERAS

    fitted = adapted(PLAIN, PRICE, KIND)
    inputs = keras.Input((5,))
    heads = [keras.layers.Dense(1)(inputs), keras.layers.Dense(3, activation="softmax")(inputs)]
    model = fitted.to_keras(keras.Model(inputs, heads))
    KERAS.check(model, fitted)
    with pytest.raises(UnsupportedError, match="2 targets has no form as an ONNX graph"):
        KERAS.network(model, fitted)
    source: Any = None
    with pytest.raises(SpecError, match="There are 2 targets"):
        KERAS.train(fitted, source, source)
