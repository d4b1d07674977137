"""Keras' preprocessing layers as fitted values: the same numbers, and models that are split."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from samescale import models
from samescale.adopt import keras as adopted_keras
from samescale.errors import SpecError

pytestmark = pytest.mark.keras
NUMBERS = np.random.default_rng(0).normal(5.0, 3.0, (64, 4)).astype(np.float32)
NAMES = ["a", "b", "c", "d"]


def ulps(found, expected):
    """How many float32 neighbours of the greatest number lie between, at most."""
    return np.abs(found - expected).max() / np.spacing(np.abs(expected).max())


def normalization(**options):
    layer = keras.layers.Normalization(**options)
    layer.adapt(NUMBERS)
    return layer


def table(numbers=NUMBERS):
    return {name: numbers[:, place] for place, name in enumerate(NAMES)}


@pytest.mark.parametrize(
    "make",
    [
        normalization,
        lambda: normalization(axis=None),
        lambda: normalization(invert=True),
        lambda: keras.layers.Normalization(mean=3.0, variance=4.0),
        lambda: keras.layers.Normalization(
            mean=[1.0, 2.0, 3.0, 4.0], variance=[4.0, 1.0, 0.0, 2.0]
        ),
        lambda: keras.layers.Rescaling(1 / 255),
        lambda: keras.layers.Rescaling(2.0, offset=-1.0),
        lambda: keras.layers.Rescaling([1.0, 2.0, 0.5, 4.0], offset=[0.0, 1.0, -1.0, 2.0]),
    ],
)
def test_a_layer_alone_gives_its_own_numbers(make):
    layer = make()
    expected = np.asarray(layer(NUMBERS))
    by_column = adopted_keras.adopt(layer if layer.built else _built(layer), columns=NAMES)
    assert by_column.model is None
    assert by_column.fitted.schema.names == tuple(NAMES)
    assert ulps(by_column.fitted.matrix(table()), expected) <= 2
    inputs = keras.Input((4,), name="x")
    together = adopted_keras.adopt(keras.Model(inputs, layer(inputs))).fitted
    assert ulps(together.matrix({"x": NUMBERS}), expected) <= 2


def _built(layer):
    layer(NUMBERS)
    return layer


def test_normalization_is_within_two_ulps():
    layer = normalization()
    fitted = adopted_keras.adopt(layer, columns=NAMES).fitted
    found, expected = fitted.matrix(table()), np.asarray(layer(NUMBERS))
    assert (np.abs(found - expected) <= 2 * np.spacing(np.abs(expected))).all()


def test_codes_and_vectors_are_equal():
    numbers = np.array([[-1.0], [0.1], [0.5], [0.7], [9.0]], np.float32)
    for mode in ("int", "one_hot"):
        layer = keras.layers.Discretization([0.1, 0.7], output_mode=mode)
        inputs = keras.Input((1,), name="x")
        model = keras.Model(inputs, layer(inputs))
        fitted = adopted_keras.adopt(model).fitted
        expected = np.asarray(model(numbers)).reshape(5, -1)
        assert fitted.matrix({"x": numbers[:, 0]}).tolist() == expected.tolist()
    inputs = keras.Input((1,), name="day", dtype="int32")
    model = keras.Model(inputs, keras.layers.CategoryEncoding(4, output_mode="one_hot")(inputs))
    codes = np.array([3, 0, 1])
    found = adopted_keras.adopt(model).fitted.matrix({"day": codes})
    assert found.tolist() == np.asarray(model(codes[:, None])).tolist()


def test_a_sequential_model_is_split():
    model = keras.Sequential(
        [keras.Input((4,)), normalization(), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)]
    )
    found = adopted_keras.adopt(model, columns=NAMES, target="price")
    assert found.fitted.target.name == "price"
    assert not any(isinstance(one, keras.layers.Normalization) for one in found.model.layers)
    answers = np.asarray(found.model(found.fitted.matrix(table())))
    np.testing.assert_allclose(answers, np.asarray(model(NUMBERS)), rtol=2e-6, atol=2e-6)
    models.load("keras").check(found.model, found.fitted)


def test_layers_behind_one_another_and_in_a_model_of_their_own():
    inner = keras.Sequential([keras.layers.Rescaling(0.5, offset=1.0), normalization()])
    inputs = keras.Input((4,), name="x")
    model = keras.Model(inputs, keras.layers.Dense(1)(inner(inputs)))
    found = adopted_keras.adopt(model)
    assert [type(one).__name__ for one in found.fitted.spec.columns["x"]] == [
        "Rescaling",
        "Normalization",
    ]
    answers = np.asarray(found.model(found.fitted.matrix({"x": NUMBERS})))
    np.testing.assert_allclose(answers, np.asarray(model(NUMBERS)), rtol=1e-5, atol=1e-5)


def test_several_inputs_keep_the_preprocessing_inside():
    inputs = {name: keras.Input((1,), name=name) for name in ("u", "v")}
    inputs["w"] = keras.Input((1,), name="w", dtype="int32")
    scaled = keras.layers.Normalization(mean=3.0, variance=4.0)(inputs["u"])
    coded = keras.layers.CategoryEncoding(3, output_mode="one_hot")(inputs["w"])
    joined = keras.layers.Concatenate()([scaled, inputs["v"], coded])
    model = keras.Model(inputs, keras.layers.Dense(2, "softmax")(joined))
    found = adopted_keras.adopt(model, target=("y", ["no", "yes"]))
    assert found.fitted.classes == ("no", "yes")
    rows = {"u": NUMBERS[:3, 0], "v": NUMBERS[:3, 1], "w": np.array([0, 1, 2])}
    expected = model({name: values[:, None] for name, values in rows.items()})
    answers = found.model(found.fitted.keras_inputs(rows))
    np.testing.assert_allclose(np.asarray(answers), np.asarray(expected), rtol=2e-6)


def test_images_keep_their_axes():
    images = np.random.default_rng(1).integers(0, 256, (2, 5, 6, 3)).astype(np.float32)
    layer = keras.layers.Normalization(mean=[100.0, 110.0, 120.0], variance=[50.0, 60.0, 70.0])
    inputs = keras.Input((5, 6, 3), name="photo")
    hidden = keras.layers.GlobalAveragePooling2D()(layer(inputs))
    found = adopted_keras.adopt(keras.Model(inputs, keras.layers.Dense(1)(hidden)))
    features = found.fitted.transform({"photo": images})["photo"]
    np.testing.assert_allclose(features, np.asarray(layer(images)), rtol=1e-6)


def test_strings_are_looked_up():
    pytest.importorskip("tensorflow")
    layer = keras.layers.StringLookup(vocabulary=["b", "a"], mask_token="", num_oov_indices=1)
    fitted = adopted_keras.adopt(layer).fitted
    given = np.array(["a", "b", "", "zz"], object)
    expected = np.asarray(layer(given[:, None].astype(str)))
    assert fitted.transform({layer.name: given})[layer.name].tolist() == expected[:, 0].tolist()


def not_adapted():
    return keras.Sequential(
        [keras.Input((4,)), keras.layers.Normalization(), keras.layers.Dense(1)]
    )


def holed():
    layer = keras.layers.Normalization()
    layer.adapt(np.where(NUMBERS > 9, np.nan, NUMBERS))
    return layer


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (not_adapted, "isn't adapted: its means are all 0"),
        (keras.layers.Normalization, "isn't adapted: it has no mean"),
        (holed, "no number"),
        (lambda: keras.layers.Dense(1), "no preprocessing layer"),
        (lambda: keras.layers.Discretization(num_bins=3), "no boundaries"),
        (lambda: keras.layers.Rescaling(0.0), "multiplies by 0"),
        (lambda: normalization(dtype="float16"), "float16"),
        (lambda: keras.Sequential([keras.layers.Dense(1)]), "isn't a built"),
        (
            lambda: keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]),
            "no preprocessing layer directly behind",
        ),
        (
            lambda: keras.Sequential(
                [keras.Input((None, None, 3)), keras.layers.Rescaling(1 / 255)]
            ),
            "axis of any size",
        ),
    ],
)
def test_what_cannot_be_taken_is_named(make, words):
    with pytest.raises(SpecError, match=words) as raised:
        adopted_keras.adopt(make())
    assert raised.value.remedy


def test_columns_must_fit():
    with pytest.raises(SpecError, match="2 columns"):
        adopted_keras.adopt(normalization(), columns=["a", "b"])


def test_only_what_is_of_keras_is_accepted():
    assert adopted_keras.accepts(keras.layers.Normalization())
    assert adopted_keras.accepts(not_adapted())
    assert not adopted_keras.accepts({"mean": 1})
    assert not adopted_keras.accepts(NUMBERS)
