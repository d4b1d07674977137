"""TextVectorization gives Keras' tokens and indices without TensorFlow."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from samescale.errors import DataError, ModelError, SpecError  # noqa: E402 - after importorskip
from samescale.keras import TextVectorization  # noqa: E402
from tests.unit.keras_layers.lookups import BACKEND, needs_oracle, plain, same  # noqa: E402

pytestmark = pytest.mark.keras

TEXTS = [
    "The cat, the CAT; the dog!",
    "  a\ttab\x0band\u00a0a\u3000wide space\x1c. ",
    "ÉCOLE école straße STRASSE İstanbul",
    "",
    "e\u0301 👍🏽 don't-stop [it] 12.5% c:\\x ~`^",
    "...",
]
SPLITS = ["whitespace", "character", None]
STANDARDS = ["lower_and_strip_punctuation", "lower", "strip_punctuation", None]


@needs_oracle
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("standardize", STANDARDS)
def test_tokens_are_keras_own(split, standardize):
    for ngrams, most in itertools.product((None, 2, (1, 3)), (None, 8)):
        if split is None and ngrams is not None:
            continue
        arguments = {
            "split": split,
            "standardize": standardize,
            "ngrams": ngrams,
            "max_tokens": most,
            "output_sequence_length": most,
        }
        ours, theirs = TextVectorization(**arguments), keras.layers.TextVectorization(**arguments)
        ours.adapt(TEXTS)
        theirs.adapt(TEXTS)
        assert ours.get_vocabulary() == theirs.get_vocabulary()
        given = np.array(TEXTS)[:, None]
        same(ours(given), theirs(given))


@needs_oracle
@pytest.mark.parametrize("mode", ["multi_hot", "count", "tf_idf"])
def test_encoded_outputs_are_keras_own(mode):
    for pad in (False, True):
        arguments = {
            "output_mode": mode,
            "max_tokens": 60 if pad else None,
            "pad_to_max_tokens": pad,
        }
        ours, theirs = TextVectorization(**arguments), keras.layers.TextVectorization(**arguments)
        ours.adapt(TEXTS)
        theirs.adapt(TEXTS)
        same(ours(TEXTS), theirs(TEXTS))


def test_of_equally_frequent_tokens_the_greater_comes_first():
    layer = TextVectorization()
    layer.adapt(["b a", "c a"])
    assert layer.get_vocabulary() == ["", "[UNK]", "a", "c", "b"]
    assert plain(layer(["c x a", "b"])).tolist() == [[3, 1, 2], [4, 0, 0]]


@pytest.mark.skipif(BACKEND == "tensorflow", reason="functions get tensors there")
def test_functions_get_arrays_of_text():
    seen = []

    def standardize(texts):
        seen.append(texts.dtype.kind)
        return np.char.lower(texts)

    def split(texts):
        return [text.split("|") for text in texts]

    layer = TextVectorization(standardize=standardize, split=split)
    layer.adapt(["A|b c", "B c"])
    assert layer.get_vocabulary() == ["", "[UNK]", "b c", "a"]
    assert plain(layer(["A|B C|q"])).tolist() == [[3, 2, 1]]
    assert set(seen) == {"U"}


def test_batches_change_nothing():
    texts = np.random.default_rng(2).choice(["a b", "b c d", "a", "e e e"], 60)
    whole, parts = (TextVectorization(output_mode="tf_idf") for _ in range(2))
    whole.adapt(texts)
    parts.adapt(iter(np.array_split(texts, 7)))
    assert whole.get_config()["learned"] == parts.get_config()["learned"]


def test_texts_in_columns_are_refused():
    layer = TextVectorization(vocabulary=["a"])
    with pytest.raises(ValueError, match=r"column|dimension must be 1"):
        layer(np.array([["a", "b"]]))
    if BACKEND != "tensorflow":
        with pytest.raises(DataError):
            layer(np.array([["a", "b"]]))


def model_of(layer) -> keras.Model:
    return keras.Sequential([keras.Input((1,), dtype="string"), layer])


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
@pytest.mark.filterwarnings("ignore:The layer")  # JAX and torch have no text; told by a test
def test_the_vocabulary_survives_config_weights_and_file(tmp_path, mode):
    layer = TextVectorization(output_mode=mode, ngrams=(1, 2))
    layer.adapt(TEXTS)
    again = TextVectorization.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    model = model_of(layer)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras").layers[0]
    model.save_weights(tmp_path / "m.weights.h5")
    empty = TextVectorization(output_mode=mode, ngrams=(1, 2))
    model_of(empty).load_weights(tmp_path / "m.weights.h5")
    for other in (again, loaded, empty):
        assert other.get_vocabulary() == layer.get_vocabulary()
        same(other(TEXTS), layer(TEXTS))


def test_unadapted_and_sealed():
    layer = TextVectorization()
    with pytest.raises(ModelError, match=r"TextVectorization\.adapt"):
        layer(["a"])
    layer.adapt(TEXTS)
    layer.sealed = True
    with pytest.raises(ModelError, match="readapt=True"):
        layer.adapt(TEXTS)


@pytest.mark.parametrize(
    "arguments",
    [
        {"standardize": "upper"},
        {"split": "comma"},
        {"ngrams": "two"},
        {"output_mode": "count", "output_sequence_length": 3},
        {"output_sequence_length": "3"},
        {"ragged": True, "output_mode": "count"},
        {"unknown": 1},
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments):
    with pytest.raises(SpecError):
        TextVectorization(**arguments)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="text is a tensor there alone")
def test_runs_in_a_model_of_tensorflow(tmp_path):
    import tensorflow as tf

    layer = TextVectorization(output_sequence_length=6)
    layer.adapt(TEXTS)
    expected = plain(layer(TEXTS))
    model = keras.Sequential([keras.Input((1,), dtype="string"), layer])
    given = tf.constant(TEXTS)[:, None]
    np.testing.assert_array_equal(model.predict(given, verbose=0), expected)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.predict(given, verbose=0), expected)
