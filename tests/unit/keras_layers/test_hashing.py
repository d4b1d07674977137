"""Hashing gives Keras' bins, without TensorFlow, compiled or not."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from samescale.errors import SpecError, UnsupportedError  # noqa: E402 - after importorskip
from samescale.keras import Hashing, _fingerprints, _limbs, _traced  # noqa: E402
from tests.unit.keras_layers.lookups import BACKEND, needs_oracle, plain, same  # noqa: E402

pytestmark = pytest.mark.keras

# tf.strings.to_hash_bucket_fast and …_strong(key=[133, 137]) of TensorFlow 2.21, 2**31 - 1 buckets.
GOLDEN = {
    b"": (1699943623, 1380786607),
    b"a": (493484721, 1322453157),
    b"abcd": (2127136445, 298740832),
    b"abcdefgh": (245091680, 1680863114),
    b"a" * 17: (1567228540, 1728276549),
    b"b" * 40: (1845429656, 1723462835),
    b"c" * 65: (1530585753, 384936959),
    b"d" * 200: (1985376600, 65040988),
}
EDGES = [0, 1, -1, 9, 10, -10, 999_999, 12_345_678, 123_456_789, 2**31 - 1, -(2**31)]
WIDE = [2**63 - 1, -(2**63), 10**15, 10**16, -(10**15), 10**17, -(10**18)]


def texts() -> list[bytes]:
    draw = random.Random(3)
    lengths = [*range(140), 191, 192, 193, 256, 257, 1000]
    return [draw.randbytes(length) for length in lengths]


@needs_oracle
def test_fingerprints_are_tensorflows():
    import tensorflow as tf

    given, most = texts(), 2**31 - 1
    fast = tf.strings.to_hash_bucket_fast(tf.constant(given), most).numpy()
    np.testing.assert_array_equal((_fingerprints.farm(given) % np.uint64(most)).astype(int), fast)
    for key in ((133, 137), (0, 2**63 - 1)):
        strong = tf.strings.to_hash_bucket_strong(tf.constant(given), most, key=key).numpy()
        found = (_fingerprints.sip(given, key) % np.uint64(most)).astype(int)
        np.testing.assert_array_equal(found, strong)


def test_fingerprints_are_those_that_tensorflow_gave():
    most = np.uint64(2**31 - 1)
    found = (
        _fingerprints.farm(list(GOLDEN)) % most,
        _fingerprints.sip(list(GOLDEN), (133, 137)) % most,
    )
    assert list(zip(*(one.tolist() for one in found), strict=True)) == list(GOLDEN.values())


def test_siphash_gives_its_papers_vector():
    key = tuple(int.from_bytes(bytes(range(i, i + 8)), "little") for i in (0, 8))
    assert int(_fingerprints.sip([bytes(range(15))], key)[0]) == 0xA129CA6149BE45E5


@pytest.mark.parametrize("salt", [None, (5, 2**63 + 7)])
@pytest.mark.parametrize("bins", [1, 3, 1000, 70_000, 2**30])
def test_integers_hash_alike_in_numpy_and_in_the_backend(salt, bins):
    wide = _narrowest() == "int64"
    values = np.array(EDGES + (WIDE if wide else []), np.int64)
    expected = _fingerprints.hashed([str(one).encode() for one in values.tolist()], salt)
    found = _traced.buckets(keras.ops.convert_to_tensor(values), bins, salt)
    np.testing.assert_array_equal(plain(found), (expected % np.uint64(bins)).astype(int))


def _narrowest() -> str:
    return keras.backend.standardize_dtype(keras.ops.convert_to_tensor(np.int64(0)).dtype)


def test_limbs_are_64_bits_that_wrap():
    draw = random.Random(1)
    for _ in range(20):
        a, b, by = draw.getrandbits(64), draw.getrandbits(64), draw.randrange(64)
        one, other = (
            _limbs.Limbs.of([np.int32(x >> s & 0xFFFF) for s in (0, 16, 32, 48)]) for x in (a, b)
        )
        for found, expected in (
            (one * other, a * b),
            (one + other, a + b),
            (one ^ other, a ^ b),
            (one | other, a | b),
            (one & other, a & b),
            (one >> by, a >> by),
            (one << by, a << by),
        ):
            number = sum(int(part) << (16 * i) for i, part in enumerate(found.parts))
            assert number == expected % 2**64


@needs_oracle
@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_bins_are_keras_own(mode):
    given = [
        np.array([["Bern", "東京"], ["", "a" * 70]]),
        np.array([[3], [-7]]),
        np.array([1.9, -1.9], np.float32),
        np.array(["x"]),
    ]
    for inputs, salt, mask in itertools.product(given, (None, 7, [7, 9]), (None, "mask")):
        value = None if mask is None else ("" if inputs.dtype.kind == "U" else 3)
        if inputs.dtype.kind == "f":
            value = None
        arguments = {"num_bins": 5, "salt": salt, "mask_value": value, "output_mode": mode}
        same(Hashing(**arguments)(inputs), keras.layers.Hashing(**arguments)(inputs))


def test_a_model_compiles_with_integers():
    inputs = keras.Input((3,), dtype="int32")
    model = keras.Model(inputs, Hashing(6, output_mode="count", salt=4)(inputs))
    rows = np.array([[1, 2, 3], [-4, 4, 4]])
    expected = plain(Hashing(6, output_mode="count", salt=4)(rows))
    model.compile(jit_compile=BACKEND != "torch")
    np.testing.assert_array_equal(model.predict(rows, verbose=0), expected)


def test_any_rank_counts_along_the_last_axis():
    rows = np.arange(24).reshape(2, 3, 4)
    found = plain(Hashing(5, output_mode="count")(rows))
    assert found.shape == (2, 3, 5)
    np.testing.assert_array_equal(found[1], plain(Hashing(5, output_mode="count")(rows[1])))


def test_symbolic_one_hot_has_the_shape_of_the_output():
    layer = Hashing(5, output_mode="one_hot")
    symbol = layer(keras.Input((4,), dtype="int32"))
    assert symbol.shape[1:] == plain(layer(np.ones((2, 4), int))).shape[1:] == (4, 5)


def test_config_makes_the_layer_again():
    layer = Hashing(9, mask_value="", salt=[1, 2], name="bins")
    again = Hashing.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    same(again(["a", ""]), layer(["a", ""]))


@pytest.mark.parametrize(
    "arguments",
    [
        {"num_bins": 0},
        {"num_bins": 2, "salt": "x"},
        {"num_bins": 2, "output_mode": "tf_idf"},
        {"num_bins": 2, "dtype": "float32"},
        {"num_bins": 2, "sparse": True},
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments):
    with pytest.raises(SpecError):
        Hashing(**arguments)


def test_too_many_bins_are_refused_within():
    with pytest.raises(UnsupportedError, match="too many"):
        _traced.buckets(keras.ops.convert_to_tensor([1]), 2**30 + 1, None)


@pytest.mark.skipif(BACKEND == "tensorflow", reason="there, text is a tensor")
def test_text_inside_a_model_is_told():
    with pytest.warns(UserWarning, match="fitted.to_keras"):
        Hashing(3)(keras.Input((1,), dtype="string"))
