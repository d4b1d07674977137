"""A network that scales its inputs as if they were raw is refused; one that doesn't is taken."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import samescale as ss  # noqa: E402 - after importorskip
from samescale.errors import ModelError  # noqa: E402
from samescale.targets.keras import build  # noqa: E402

pytestmark = pytest.mark.keras
layers = keras.layers
ROWS = 400
RNG = np.random.default_rng(0)
TABLE = {
    "age": RNG.normal(40, 12, ROWS),
    "income": RNG.lognormal(10, 1, ROWS),
    "city": RNG.choice(np.array(["Oslo", "Rome"], object), ROWS),
    "price": RNG.normal(size=ROWS),
}
PIXELS = {
    "image": RNG.integers(0, 256, (64, 6, 6, 3)).astype(np.float32),
    "price": RNG.normal(size=64),
}
TARGET = ss.Target("price", ss.Normalization())
NUMBERS = {"age": ss.Normalization(), "income": [ss.Log1p(), ss.Normalization()]}
TWO = ss.Spec(NUMBERS, target=TARGET).adapt(TABLE)
CITY = [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")]
THREE = ss.Spec({**NUMBERS, "city": CITY}, target=TARGET).adapt(TABLE)
RAW = np.stack([TABLE["age"], TABLE["income"]], axis=1).astype(np.float32)


def adapted(data):
    layer = layers.Normalization(name="own")
    layer.adapt(np.asarray(data, np.float32))
    return layer


def network(first, fitted=THREE):
    shape = (len(fitted.feature_names),)
    return keras.Sequential([keras.Input(shape), first, layers.Dense(1)])


def raw_of(fitted):
    matrix = fitted.matrix(TABLE)
    return np.concatenate([RAW, matrix[:, 2:]], axis=1)


def nested(net):
    return keras.Sequential([keras.Input(net.input_shape[1:]), layers.Identity(), net])


# What is done with a network: each must refuse one that would scale twice.
WAYS = {
    "to_keras": THREE.to_keras,
    "to_keras, nested": lambda net: THREE.to_keras(nested(net)),
    "bundle": lambda net: ss.Bundle(THREE, net),
    "bundle of both": lambda net: ss.Bundle(THREE, build(THREE.graph, net).model),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_normalization_that_learned_the_raw_columns_is_refused(way) -> None:
    with pytest.raises(ModelError, match="scaled twice") as caught:
        way(network(adapted(raw_of(THREE))))
    assert "layer 'own'" in str(caught.value)
    assert "raw column 'age'" in str(caught.value)
    assert "Take the layer out" in caught.value.remedy


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_rescaling_of_pixels_behind_scaled_features_is_refused(way) -> None:
    with pytest.raises(ModelError, match=r"by 0\.00392, and the features of column 'age'"):
        way(network(layers.Rescaling(1 / 255)))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    "make",
    [
        lambda: adapted(THREE.matrix(TABLE)),
        lambda: layers.Normalization(mean=0.0, variance=1.0),
        lambda: layers.Rescaling(2.0, -1.0),
        layers.BatchNormalization,
    ],
    ids=["of the features", "of nothing", "to and fro", "by batch"],
)
def test_what_a_network_does_to_features_is_its_own(way, make) -> None:
    way(network(make()))


def test_a_layer_adapted_later_is_seen_when_it_is_bundled() -> None:
    layer = layers.Normalization()
    model = THREE.to_keras(network(layer))
    layer.adapt(raw_of(THREE).astype(np.float32))
    with pytest.raises(ModelError, match="scaled twice"):
        ss.Bundle(THREE, model)


@pytest.mark.parametrize("order", [("age", "income"), ("income", "age")])
def test_a_column_taken_alone_is_known_by_its_name(order) -> None:
    taken = {name: keras.Input((1,), name=name) for name in order}
    own = adapted(RAW[:, :1])(taken["age"])
    joined = layers.Concatenate()([taken["income"], own])
    net = keras.Model([taken[name] for name in order], layers.Dense(1)(joined))
    with pytest.raises(ModelError, match="raw column 'age'"):
        TWO.to_keras(net)


def test_columns_that_the_network_joins_are_followed() -> None:
    def net(income, age):
        return layers.Dense(1)(adapted(RAW[:, ::-1])(layers.Concatenate()([income, age])))

    with pytest.raises(ModelError, match="raw column 'income'"):
        TWO.to_keras(net)


def images(chain):
    return ss.Spec({"image": chain}, target=TARGET).adapt(PIXELS)


def vision(first):
    return keras.Sequential([keras.Input((6, 6, 3)), first, layers.Flatten(), layers.Dense(1)])


@pytest.mark.parametrize("chain", [ss.Normalization(axis=-1), ss.Rescaling(1 / 255)], ids=repr)
@pytest.mark.parametrize(
    "make", [lambda: adapted(PIXELS["image"]), lambda: layers.Rescaling(1 / 255)]
)
def test_an_image_is_scaled_once(chain, make) -> None:
    fitted = images(chain)
    fitted.to_keras(vision(layers.Identity()))
    with pytest.raises(ModelError, match="scaled twice"):
        fitted.to_keras(vision(make()))


@pytest.mark.parametrize(
    "make", [lambda: adapted(PIXELS["image"]), lambda: layers.Rescaling(1 / 255)]
)
def test_a_network_that_scales_raw_pixels_is_taken(make) -> None:
    images(ss.Rescaling(1.0)).to_keras(vision(make()))


def test_a_model_that_to_keras_made_is_not_put_behind_another() -> None:
    made = THREE.to_keras(network(layers.Dense(2)))
    with pytest.raises(ModelError, match=f"'{made.name}' takes raw columns already"):
        THREE.to_keras(made)


def test_a_column_that_is_standard_already_may_be_normalised_by_the_network() -> None:
    table = {**TABLE, "age": RNG.standard_t(5, ROWS) * 0.6**0.5}
    fitted = ss.Spec({"age": ss.Normalization()}, target=TARGET).adapt(table)
    fitted.to_keras(network(adapted(table["age"][:, None]), fitted))


def test_another_width_is_told_in_a_line() -> None:
    with pytest.raises(ModelError) as caught:
        THREE.to_keras(keras.Sequential([keras.Input((7,)), layers.Dense(1)]))
    assert caught.value.message == (
        "The network doesn't take the features: it takes 7 features a row, and the preprocessing "
        "gives 5 features."
    )


def test_what_keras_says_of_a_layer_is_told_without_colours() -> None:
    layer = layers.Dense(1)
    layer.build((None, 7))
    with pytest.raises(ModelError, match="have value 7, but received") as caught:
        THREE.to_keras(layer)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
