"""StringLookup gives Keras' indices without TensorFlow, and keeps its vocabulary."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from samescale.errors import DataError, IntegrityError, ModelError, SpecError  # noqa: E402
from samescale.keras import StringLookup  # noqa: E402
from tests.unit.keras_layers.lookups import BACKEND, needs_oracle, plain, same  # noqa: E402

pytestmark = pytest.mark.keras

DATA = [["Bern", "Basel"], ["Bern", "Chur"], ["東京", "Chur"], ["", "[UNK]"], ["é", "Z"]]
ASKED = np.array([["Bern", "Genf", "Chur"], ["", "東京", "Basel"], ["[UNK]", "x" * 80, "é"]])


def adapted(**arguments) -> StringLookup:
    layer = StringLookup(**arguments)
    layer.adapt(DATA)
    return layer


@needs_oracle
@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count", "tf_idf"])
def test_what_is_learned_and_answered_is_keras_own(mode):
    for mask, buckets, most in itertools.product((None, ""), (1, 3), (None, 5)):
        arguments = {
            "mask_token": mask,
            "num_oov_indices": buckets,
            "max_tokens": most,
            "output_mode": mode,
            "salt": [3, 4] if most else None,
            "pad_to_max_tokens": bool(most),
        }
        ours, theirs = StringLookup(**arguments), keras.layers.StringLookup(**arguments)
        ours.adapt(np.array(DATA))
        theirs.adapt(np.array(DATA))
        assert ours.get_vocabulary() == theirs.get_vocabulary()
        assert ours.get_vocabulary(False) == theirs.get_vocabulary(False)
        assert ours.vocabulary_size() == theirs.vocabulary_size()
        if mode == "tf_idf":
            np.testing.assert_allclose(ours.idf_weights, theirs.idf_weights.numpy(), rtol=3e-7)
        for asked in (ASKED, ASKED[0]):
            same(ours(asked), theirs(asked))


@needs_oracle
@pytest.mark.parametrize("weights", [None, [0.5, 0.25, 0.1]])
def test_a_given_vocabulary_is_keras_own(weights):
    mode = "int" if weights is None else "tf_idf"
    for special, mask in itertools.product((True, False), (None, "")):
        words = ["a", "b", "c"]
        start = ["[UNK]"] if mask is None or weights else [mask, "[UNK]"]
        arguments = {
            "vocabulary": [*start, *words] if special else words,
            "idf_weights": weights and [*([9.0] if special else []), *weights],
            "mask_token": mask,
            "output_mode": mode,
        }
        ours, theirs = StringLookup(**arguments), keras.layers.StringLookup(**arguments)
        assert ours.get_vocabulary() == theirs.get_vocabulary()
        same(ours(["c", "q", "a"]), theirs(["c", "q", "a"]))
        assert ours.get_config()["vocabulary"] == theirs.get_config()["vocabulary"]


def test_inverted_gives_words():
    layer = StringLookup(vocabulary=["a", "b"], mask_token="", invert=True)
    found = plain(layer([[0, 1, 2], [3, 4, -1]]))
    words = [
        [one.decode() if isinstance(one, bytes) else one for one in row] for row in found.tolist()
    ]
    assert words == [["", "[UNK]", "a"], ["b", "[UNK]", "[UNK]"]]


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_order_and_batches_change_nothing(mode):
    rows = np.random.default_rng(1).choice(["a", "b", "c", "d", "e"], (200, 3))
    whole, parts = StringLookup(output_mode=mode), StringLookup(output_mode=mode)
    whole.adapt(rows)
    parts.adapt(iter(np.array_split(rows[::-1], 7)))
    assert whole.get_config()["learned"] == parts.get_config()["learned"]


def test_adapts_on_what_keras_users_have():
    import polars as pl

    rows = np.array(["a", "b", "b", "c"])
    given = [
        rows,
        rows.tolist(),
        pl.DataFrame({"city": rows}),
        {"city": rows},
        (rows, np.zeros(4)),
        (batch for batch in (rows[:1], rows[1:])),
        [rows[:3], rows[3:]],
    ]
    for data in given:
        layer = StringLookup()
        layer.adapt(data)
        assert layer.get_vocabulary() == ["[UNK]", "b", "c", "a"]


def test_a_tuple_of_tokens_is_a_batch_as_in_keras():
    for data in (("a", "b", "b"), iter([("a", "b"), ("b", "b", "b", "b")])):
        layer = StringLookup()
        layer.adapt(data)
        assert layer.get_vocabulary() == ["[UNK]", "b", "a"]


@pytest.mark.torch
@pytest.mark.skipif(BACKEND != "torch", reason="torch")
def test_a_loader_of_text_is_read_whole():
    import torch

    rows = ["a", "b", "c", "c", "b", "c"]
    labelled = [(word, i) for i, word in enumerate(rows)]
    for data in (rows, labelled):
        layer = StringLookup()
        layer.adapt(torch.utils.data.DataLoader(data, batch_size=2))
        assert layer.get_vocabulary() == ["[UNK]", "c", "b", "a"]


def test_steps_bound_an_endless_generator():
    layer = StringLookup()
    layer.adapt((batch for batch in iter(lambda: ["a", "b"], None)), steps=3)
    assert layer.get_vocabulary() == ["[UNK]", "b", "a"]


def test_unadapted_is_refused():
    with pytest.raises(ModelError, match=r"call StringLookup\.adapt"):
        StringLookup()(["a"])


def test_values_that_are_no_text_are_refused_with_their_row():
    with pytest.raises(DataError, match="Entry 1 is None"):
        StringLookup().adapt(np.array(["a", None], object))
    with pytest.raises(DataError, match="takes text"):
        StringLookup().adapt(np.array([1, 2]))
    with pytest.raises(DataError, match="no token"):
        StringLookup(mask_token="").adapt([""])


@pytest.mark.skipif(BACKEND == "tensorflow", reason="Keras' layer answers there")
def test_without_a_bucket_unknown_tokens_are_refused():
    with pytest.raises(DataError, match="num_oov_indices=1"):
        StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"])


def test_sealed_once_a_model_has_used_it():
    layer = adapted()
    keras.Sequential([layer]).get_config()
    layer.adapt(DATA)  # nothing has used it
    layer.sealed = True
    with pytest.raises(ModelError, match="readapt=True"):
        layer.adapt(["x"])
    with pytest.raises(ModelError, match="sealed"):
        layer.set_vocabulary(["x"])
    assert StringLookup.from_config(layer.get_config()).sealed
    layer.adapt(["x"], readapt=True)
    assert layer.get_vocabulary() == ["[UNK]", "x"]


def test_a_failed_adapt_leaves_the_vocabulary():
    layer = adapted()
    before = layer.get_vocabulary()
    with pytest.raises(DataError):
        layer.adapt(iter([np.array(["q"]), np.array([1.5])]))
    assert layer.get_vocabulary() == before


def test_a_given_vocabulary_does_not_adapt():
    with pytest.raises(ModelError, match="was given its vocabulary"):
        StringLookup(vocabulary=["a"]).adapt(["b"])


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_config_and_clone_keep_the_vocabulary(mode):
    layer = adapted(output_mode=mode, num_oov_indices=2)
    again = StringLookup.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    same(again(ASKED), layer(ASKED))


def model_of(layer) -> keras.Model:
    """A model that is built, and could run on TensorFlow's backend alone."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The layer")
        return keras.Sequential([keras.Input((3,), dtype="string"), layer])


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
@pytest.mark.filterwarnings("ignore:The layer")
def test_a_model_file_keeps_the_vocabulary(tmp_path, mode):
    layer = adapted(output_mode=mode)
    model = model_of(layer)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").layers[0]
    assert loaded.get_vocabulary() == layer.get_vocabulary()
    same(loaded(ASKED), layer(ASKED))


@pytest.mark.filterwarnings("ignore:The layer")
def test_words_with_line_breaks_survive_a_model_file(tmp_path):
    layer = StringLookup()
    layer.adapt(["a\nb", "c\u2028d", "e\x0cf", "g "])
    model_of(layer).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").layers[0]
    assert loaded.get_vocabulary() == layer.get_vocabulary()


def test_a_weights_file_restores_the_vocabulary(tmp_path):
    layer = adapted(output_mode="tf_idf")
    model_of(layer).save_weights(tmp_path / "a.weights.h5")
    for other in (StringLookup(output_mode="tf_idf"), adapted(output_mode="tf_idf")):
        model_of(other).load_weights(tmp_path / "a.weights.h5")
        assert other.get_vocabulary() == layer.get_vocabulary()
        np.testing.assert_array_equal(other.idf_weights, layer.idf_weights)


def test_a_weights_file_of_another_given_vocabulary_is_refused(tmp_path):
    model_of(adapted()).save_weights(tmp_path / "a.weights.h5")
    other = model_of(StringLookup(vocabulary=["x"]))
    with pytest.raises(ValueError, match="another vocabulary"):  # Keras says it in its own words
        other.load_weights(tmp_path / "a.weights.h5")


def test_a_changed_asset_is_refused(tmp_path):
    layer = adapted()
    layer.save_assets(tmp_path)
    path = tmp_path / "vocabulary.txt"
    path.write_text(path.read_text("utf-8").replace("Bern", "Genf"), "utf-8")
    with pytest.raises(IntegrityError):
        layer.load_assets(tmp_path)


def test_the_asset_is_read_by_a_layer_without_vocabulary(tmp_path):
    layer = adapted(mask_token="")
    layer.save_assets(tmp_path)
    other = StringLookup(mask_token="")
    other.load_assets(tmp_path)
    assert other.get_vocabulary() == layer.get_vocabulary()


def test_a_vocabulary_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\nb\u2028c\n", "utf-8")
    layer = StringLookup(vocabulary=str(path))
    assert layer.get_vocabulary() == ["[UNK]", "a", "b\u2028c"]
    assert layer.get_config()["vocabulary"] is None
    path.unlink()
    assert StringLookup.from_config(layer.get_config()).get_vocabulary() == layer.get_vocabulary()
    with pytest.raises(SpecError, match="does not exist"):
        StringLookup(vocabulary=str(path))


@pytest.mark.parametrize(
    "arguments",
    [
        {"vocabulary": []},
        {"vocabulary": ["a", "a"]},
        {"vocabulary": ["a", ""], "mask_token": ""},
        {"vocabulary": ["a", "b"], "max_tokens": 2},
        {"vocabulary": ["a"], "output_mode": "tf_idf"},
        {"vocabulary": ["a"], "output_mode": "tf_idf", "idf_weights": [1.0, 2.0]},
        {"vocabulary": ["a"], "idf_weights": [1.0]},
        {"max_tokens": 1},
        {"pad_to_max_tokens": True},
        {"num_oov_indices": -1},
        {"output_mode": "nothing"},
        {"invert": True, "output_mode": "count"},
        {"sparse": True},
        {"salt": "x"},
        {"unknown": 1},
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments):
    with pytest.raises(SpecError):
        StringLookup(**arguments)


@needs_oracle
@pytest.mark.skipif(BACKEND == "tensorflow", reason="its own test below")
def test_runs_in_a_tf_data_pipeline():
    import tensorflow as tf

    layer = adapted(num_oov_indices=2)
    data = tf.data.Dataset.from_tensor_slices(ASKED).batch(2).map(layer)
    found = np.concatenate([batch.numpy() for batch in data])
    np.testing.assert_array_equal(found, plain(layer(ASKED)))
    assert layer.sealed


@pytest.mark.skipif(BACKEND != "tensorflow", reason="text is a tensor there alone")
def test_runs_in_a_model_of_tensorflow(tmp_path):
    import tensorflow as tf

    layer = adapted(output_mode="count")
    model = keras.Sequential([keras.Input((3,), dtype="string"), layer])
    expected = plain(layer(ASKED))
    np.testing.assert_array_equal(model.predict(tf.constant(ASKED), verbose=0), expected)
    with pytest.raises(ModelError, match="readapt=True"):
        layer.adapt(DATA)
    model.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(tmp_path / "saved").serve(tf.constant(ASKED))
    np.testing.assert_array_equal(served.numpy(), expected)
    clone = keras.models.clone_model(model)
    np.testing.assert_array_equal(clone.predict(tf.constant(ASKED), verbose=0), expected)


WITHOUT = """
from importlib.machinery import PathFinder
find = PathFinder.find_spec
def find_others(name, path=None, target=None):
    return None if name.partition(".")[0] == "tensorflow" else find(name, path, target)
PathFinder.find_spec = find_others
import keras, numpy as np
from samescale.keras import Hashing, HashedCrossing, IntegerLookup, StringLookup, TextVectorization
from samescale.errors import UnsupportedError
words = StringLookup(num_oov_indices=3); words.adapt(iter([np.array(["a", "b"]), np.array(["b"])]))
numbers = IntegerLookup(); numbers.adapt(iter([np.array([4, 4, 7])]))
texts = TextVectorization(); texts.adapt(["the cat", "the dog"])
to = keras.ops.convert_to_numpy
print(to(words(["b", "a", "zz"])).tolist(), to(numbers([7, 4, 1])).tolist(),
      to(texts(["The dog!"])).tolist(), to(Hashing(3)(["A", "B"])).tolist(),
      to(HashedCrossing(5)((["A"], [101]))).tolist())
try:
    words(keras.Input((1,), dtype="string"))
except UnsupportedError as error:
    print(error.code)
"""


@pytest.mark.skipif(BACKEND == "tensorflow", reason="the backend itself")
def test_all_of_them_run_without_tensorflow():
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    done = subprocess.run(  # our own code above
        [sys.executable, "-c", WITHOUT],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.stdout.splitlines() == [
        "[3, 4, 1] [2, 1, 0] [[2, 3]] [1, 0] [1]",
        "E310",
    ], done.stderr
