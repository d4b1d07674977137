"""Each Keras layer and its options: ONNX Runtime gives what Keras gives."""

from __future__ import annotations

import functools

import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("onnxruntime")

from tests.unit.convert.keras_answers import (  # noqa: E402 - after importorskip
    NEAR,
    beside,
    chain,
    codes,
    difference,
    differences,
    numbers,
    ops,
    shaken,
)

pytestmark = [pytest.mark.keras, pytest.mark.onnx]
L = keras.layers
LENGTH, CHANNELS = 6, 4

SEQUENCE = {
    "dense": lambda: L.Dense(3, "tanh"),
    "dense without bias": lambda: L.Dense(3, use_bias=False),
    "einsum dense": lambda: L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"),
    "einsum dense, crossed": lambda: L.EinsumDense("abc,dbc->ad", (3,), activation="relu"),
    "batch": L.BatchNormalization,
    "batch, bare": lambda: L.BatchNormalization(center=False, scale=False),
    "batch, axis 1": lambda: L.BatchNormalization(axis=1),
    "layer": L.LayerNormalization,
    "layer, axis 1": lambda: L.LayerNormalization(axis=1, epsilon=0.1),
    "layer, both": lambda: L.LayerNormalization(axis=(1, 2), center=False),
    "layer, rms": lambda: L.LayerNormalization(epsilon=0.1, center=False),
    "group": lambda: L.GroupNormalization(2),
    "unit": L.UnitNormalization,
    "rms": L.RMSNormalization,
    "normalization": lambda: L.Normalization(mean=[1.0, 2, 3, 4], variance=[1.0, 2, 0, 4]),
    "normalization, invert": lambda: L.Normalization(mean=1.0, variance=2.0, invert=True),
    "rescaling": lambda: L.Rescaling(0.1, 0.5),
    "rescaling, vector": lambda: L.Rescaling([0.1, 0.2, 0.3, 0.4]),
    "discretization": lambda: L.Discretization([-1.0, 0.0, 1.0]),
    "flatten": L.Flatten,
    "reshape": lambda: L.Reshape((3, 8)),
    "reshape, open": lambda: L.Reshape((-1, 2)),
    "permute": lambda: L.Permute((2, 1)),
    "cropping": lambda: L.Cropping1D((1, 2)),
    "zero padding": lambda: L.ZeroPadding1D((1, 2)),
    "up": lambda: L.UpSampling1D(2),
    "softmax": L.Softmax,
    "softmax, axis 1": lambda: L.Softmax(axis=1),
    "prelu": L.PReLU,
    "prelu, shared": lambda: L.PReLU(shared_axes=[1]),
    "leaky": lambda: L.LeakyReLU(0.1),
    "elu": L.ELU,
    "relu, all": lambda: L.ReLU(1.0, 0.1, 0.2),
    "relu, slope and most": lambda: L.ReLU(1.0, 0.1),
    "relu 6": lambda: L.ReLU(6.0),
    "each step": lambda: L.TimeDistributed(L.Dense(3, "relu")),
    "max": lambda: L.MaxPooling1D(2, padding="same"),
    "average": lambda: L.AveragePooling1D(4, 1, padding="same"),
    "global max, kept": lambda: L.GlobalMaxPooling1D(keepdims=True),
    "global average": L.GlobalAveragePooling1D,
    "dropout": lambda: L.Dropout(0.5),
    "noise": lambda: L.GaussianNoise(0.5),
    "identity": L.Identity,
    "masking alone": L.Masking,
    "lstm": lambda: L.LSTM(3),
    "lstm, bare": lambda: L.LSTM(3, use_bias=False, recurrent_activation="hard_sigmoid"),
    "lstm, backwards": lambda: L.LSTM(3, return_sequences=True, go_backwards=True),
    "gru": lambda: L.GRU(3),
    "gru, before": lambda: L.GRU(3, reset_after=False, return_sequences=True),
    "gru, bare": lambda: L.GRU(3, use_bias=False, activation="relu"),
    "simple": lambda: L.SimpleRNN(3, return_sequences=True),
    "simple, linear": lambda: L.SimpleRNN(3, activation="linear", go_backwards=True),
    "both ways": lambda: L.Bidirectional(L.LSTM(3)),
    "both ways, sum": lambda: L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum"),
    "both ways, ave": lambda: L.Bidirectional(L.SimpleRNN(3), merge_mode="ave"),
    "both ways, mul": lambda: L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="mul"),
    "conv": lambda: L.Conv1D(3, 4, padding="same", activation="gelu"),
    "conv, causal": lambda: L.Conv1D(3, 3, padding="causal", dilation_rate=2),
    "conv, transposed": lambda: L.Conv1DTranspose(3, 2, strides=3),
    "separable": lambda: L.SeparableConv1D(3, 3, padding="same", depth_multiplier=2),
    "depthwise": lambda: L.DepthwiseConv1D(3, strides=2, padding="same"),
}


@pytest.fixture(scope="module")
def sequences() -> dict[str, float]:
    model = beside((LENGTH, CHANNELS), SEQUENCE)
    return dict(zip(SEQUENCE, differences(model, numbers(3, LENGTH, CHANNELS)), strict=True))


@pytest.mark.parametrize("name", SEQUENCE)
def test_layer(name, sequences):
    assert sequences[name] <= NEAR


IMAGE = {
    "conv": lambda p, s: L.Conv2D(4, 3, strides=s, padding=p, activation="relu"),
    "conv, even": lambda p, s: L.Conv2D(4, (2, 4), strides=s, padding=p, use_bias=False),
    "transposed": lambda p, s: L.Conv2DTranspose(4, 3, strides=s, padding=p),
    "transposed, short": lambda p, s: L.Conv2DTranspose(4, 1, strides=s, padding=p),
    "depthwise": lambda p, s: L.DepthwiseConv2D(3, s, p, depth_multiplier=2),
    "separable": lambda p, s: L.SeparableConv2D(4, 3, s, p),
    "max": lambda p, s: L.MaxPooling2D(3, s, p),
    "average": lambda p, s: L.AveragePooling2D((2, 3), s, p),
}


WINDOWS = {
    f"{name}, {padding}, {strides}": functools.partial(make, padding, strides)
    for name, make in IMAGE.items()
    for padding in ("same", "valid")
    for strides in (1, 2)
}


@pytest.fixture(scope="module")
def windows() -> dict[str, float]:
    found = differences(beside((7, 6, 3), WINDOWS), numbers(2, 7, 6, 3))
    return dict(zip(WINDOWS, found, strict=True))


@pytest.mark.parametrize("name", WINDOWS)
def test_windows_over_images(name, windows):
    assert windows[name] <= NEAR


OTHERS = {
    "dilated": ((9, 9, 3), lambda: L.Conv2D(4, 3, padding="same", dilation_rate=2)),
    "groups": ((8, 8, 4), lambda: L.Conv2D(6, 3, groups=2, activation="relu")),
    "channels first": (
        (3, 8, 7),
        lambda: L.Conv2D(4, 3, 2, "same", data_format="channels_first"),
    ),
    "flatten first": ((3, 4, 5), lambda: L.Flatten(data_format="channels_first")),
    "cube": ((5, 6, 7, 3), lambda: L.Conv3D(4, 2, strides=2, padding="same")),
    "cube, pooled": ((5, 6, 7, 3), lambda: L.AveragePooling3D(2, padding="same")),
    "crop": ((6, 5, 2), lambda: L.Cropping2D(((1, 2), (1, 0)))),
    "pad": ((6, 5, 2), lambda: L.ZeroPadding2D(((1, 2), (1, 0)))),
    "crop cube": ((6, 5, 4, 2), lambda: L.Cropping3D(1)),
    "pad cube": ((6, 5, 4, 2), lambda: L.ZeroPadding3D(1)),
    "up": ((6, 5, 2), lambda: L.UpSampling2D((2, 3))),
    "up, linear": ((6, 5, 2), lambda: L.UpSampling2D(2, interpolation="bilinear")),
    "up cube": ((3, 2, 4, 2), lambda: L.UpSampling3D(2)),
    "smaller": ((6, 5, 2), lambda: L.Resizing(4, 3)),
    "larger": ((6, 5, 2), lambda: L.Resizing(9, 11)),
    "nearest": ((6, 5, 2), lambda: L.Resizing(12, 4, interpolation="nearest")),
    "repeat": ((4,), lambda: L.RepeatVector(3)),
    "each image": ((3, 6, 6, 2), lambda: L.TimeDistributed(L.Conv2D(3, 3))),
}


@pytest.fixture(scope="module")
def others() -> dict[str, float]:
    inputs = [keras.Input(shape) for shape, _ in OTHERS.values()]
    made = [layer()(x) for x, (_, layer) in zip(inputs, OTHERS.values(), strict=True)]
    given = [numbers(2, *shape) for shape, _ in OTHERS.values()]
    return dict(zip(OTHERS, differences(shaken(keras.Model(inputs, made)), *given), strict=True))


@pytest.mark.parametrize("name", OTHERS)
def test_other_shapes(name, others):
    assert others[name] <= NEAR


def test_sizes_that_differ_by_call():
    layers = [L.Conv2D(4, 3, strides=2, padding="same"), L.MaxPooling2D(3, 2, "same")]
    model = chain((None, None, 3), *layers, L.GlobalMaxPooling2D())
    assert difference(model, numbers(2, 9, 8, 3)) <= NEAR
    assert difference(model, numbers(2, 6, 11, 3)) <= NEAR


def test_category_encoding():
    one, three = keras.Input((1,), dtype="int32"), keras.Input((3,), dtype="int32")
    encode = [L.CategoryEncoding(5, mode) for mode in ("one_hot", "multi_hot", "count")]
    model = keras.Model([one, three], [layer(x) for x in (one, three) for layer in encode])
    assert difference(model, codes(5, 6, 1), codes(5, 6, 3)) == 0


def test_embedding():
    x = keras.Input((6,), dtype="int32")
    made = [L.Embedding(9, 4, mask_zero=mask)(x) for mask in (False, True)]
    means = [L.GlobalAveragePooling1D()(L.Dropout(0.1)(y)) for y in made]
    found = shaken(keras.Model(x, means))
    assert difference(found, codes(3, 5, 6)) <= NEAR


def two() -> list[keras.KerasTensor]:
    return [keras.Input((6,), name="a"), keras.Input((6,), name="b")]


def test_merging():
    inputs = two()
    kinds = [L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum, L.Concatenate]
    layers = [*(kind() for kind in kinds), L.Dot(1), L.Dot(1, normalize=True)]
    model = keras.Model(inputs, [layer(inputs) for layer in layers])
    assert difference(model, numbers(4, 6), numbers(4, 6)) <= NEAR


def test_attention():
    query, value = keras.Input((6, 4), name="q"), keras.Input((5, 4), name="v")
    tokens = keras.Input((6,), dtype="int32", name="t")
    masked = L.Embedding(4, 4, mask_zero=True)(tokens)
    made = {
        "plain": L.MultiHeadAttention(2, 3)(query, value),
        "dropout": L.MultiHeadAttention(2, 3, dropout=0.1)(query, value),
        "causal": L.MultiHeadAttention(2, 3)(query, query, use_causal_mask=True),
        "grouped": L.GroupQueryAttention(3, 4, 2)(query, value),
        "simple": L.Attention()([query, value]),
        "masked": L.MultiHeadAttention(2, 3)(masked, masked),
    }
    model = shaken(keras.Model([query, value, tokens], list(made.values())))
    found = differences(model, numbers(3, 6, 4), numbers(3, 5, 4), codes(4, 3, 6))
    assert {name: e for name, e in zip(made, found, strict=True) if e > NEAR} == {}


def test_nested_and_shared_models():
    inner = keras.Sequential([keras.Input((6,)), L.Dense(4, "relu")])
    a, b = two()
    model = shaken(keras.Model([a, b], L.Subtract()([inner(a), inner(b)])))
    assert difference(model, numbers(4, 6), numbers(4, 6)) <= NEAR


def test_a_nested_model_takes_its_inputs_by_name():
    inputs = {name: keras.Input((6,), name=name) for name in ("z", "y")}
    inner = keras.Model(inputs, L.Dense(2)(L.Concatenate()([inputs["z"], inputs["y"]])))
    a, b = two()
    model = shaken(keras.Model([a, b], inner({"y": a, "z": b})))
    assert difference(model, numbers(4, 6), numbers(4, 6)) <= NEAR


def test_several_outputs():
    a, b = two()
    joined = L.Concatenate()([a, b])
    model = shaken(keras.Model([a, b], {"x": L.Dense(2)(a), "y": L.Dense(3)(joined)}))
    assert difference(model, numbers(4, 6), numbers(4, 6)) <= NEAR


def test_states_and_sequences():
    x = keras.Input((5, 3))
    model = shaken(keras.Model(x, L.LSTM(4, return_sequences=True, return_state=True)(x)))
    assert difference(model, numbers(2, 5, 3)) <= NEAR


def test_a_residual_network_moves_its_channels_once():
    x = keras.Input((8, 8, 3))
    h = L.Conv2D(4, 3, padding="same", activation="relu")(x)
    h = L.Add()([h, L.BatchNormalization()(L.Conv2D(4, 3, padding="same")(h))])
    h = L.Concatenate()([L.Activation("silu")(h), L.MaxPooling2D(3, 1, "same")(h)])
    model = shaken(keras.Model(x, L.Dense(3, "softmax")(L.GlobalAveragePooling2D()(h))))
    assert difference(model, numbers(2, 8, 8, 3)) <= NEAR
    assert ops(model).count("Transpose") == 1


def test_a_dense_layer_is_one_node_and_its_activation():
    model = chain((5,), L.Dense(4, "relu"), L.Dense(3, "softmax"))
    assert ops(model) == ["Gemm", "Relu", "Gemm", "Softmax"]


def test_no_layer_remembers_being_written():
    layer = L.MultiHeadAttention(2, 3)
    x = keras.Input((6, 4))
    model = keras.Model(x, layer(x, x))
    inside = list(layer._flatten_layers())
    before = [(len(one._inbound_nodes), len(one._outbound_nodes)) for one in inside]
    ops(model)
    assert before == [(len(one._inbound_nodes), len(one._outbound_nodes)) for one in inside]
