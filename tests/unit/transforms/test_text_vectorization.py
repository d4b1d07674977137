"""TextVectorization: Keras' own layer on texts of ASCII, and scikit-learn's vectorizers."""

from __future__ import annotations

import math
import string
from fractions import Fraction

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SpecError
from samescale.transforms._words import inverse_document_frequency
from samescale.transforms.text_vectorization import TextVectorization

LETTERS = [*"abcdeFGH", *"''-.!?,;()", " ", " ", " ", "\t", "\n", "  "]


def corpus(rows: int = 300, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 30, rows)
    return ["".join(rng.choice(LETTERS, length)) for length in lengths]


def fit(transform: TextVectorization, values) -> ss.Fitted:
    return ss.Spec({"x": transform}).adapt({"x": values})


def of(transform: TextVectorization, values, asked=None) -> np.ndarray:
    return fit(transform, values).transform({"x": values if asked is None else asked})["x"]


def learned(fitted: ss.Fitted) -> dict:
    """What each of the statistic's values is, of its one feature."""
    found = fitted.learned["x"][0]["tokens"]
    return {name: of[0] if name in {"rows", "longest"} else [*of[0]] for name, of in found.items()}


ARGUMENTS = [
    {},
    {"standardize": "lower"},
    {"standardize": "strip_punctuation"},
    {"standardize": None},
    {"split": "character"},
    {"split": None},
    {"ngrams": 2},
    {"ngrams": (3, 1)},
    {"ngrams": (2,), "split": "character"},
]


def keras_layer(**arguments):
    pytest.importorskip("tensorflow")
    return pytest.importorskip("keras").layers.TextVectorization(**arguments)


def keras_answer(layer, texts) -> np.ndarray:
    # Texts that aren't split are one document together, unless each has an axis of its own.
    alone = layer.get_config()["split"] is None
    found = np.asarray(layer(np.array(texts)[:, None] if alone else texts))
    return found[:, 0] if alone and found.shape[1] == 1 else found


@pytest.mark.keras
@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_the_vocabulary_is_keras_s_but_for_ties(arguments) -> None:
    texts = corpus()
    theirs = keras_layer(**arguments)
    theirs.adapt(texts)
    ours = learned(fit(TextVectorization(**arguments), texts))
    counts = dict(zip(ours["values"], ours["counts"], strict=True))
    given = [str(token) for token in theirs.get_vocabulary(include_special_tokens=False)]
    assert len(given) > 3
    assert sorted(given, key=lambda token: (-counts[token], token)) == ours["values"]
    assert [counts[token] for token in given] == ours["counts"]


@pytest.mark.keras
@pytest.mark.parametrize("mode", ["int", "multi_hot", "count"])
@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_codes_and_counts_are_keras_s(arguments, mode) -> None:
    texts, asked = corpus(), corpus(seed=1)
    fitted = fit(TextVectorization(output_mode=mode, **arguments), texts)
    theirs = keras_layer(output_mode=mode, vocabulary=learned(fitted)["values"], **arguments)
    found = fitted.transform({"x": asked})["x"]
    wanted = keras_answer(theirs, asked)
    if mode == "int" and wanted.ndim > 1:
        width = max(found.shape[1], wanted.shape[1])
        wanted = np.pad(wanted, ((0, 0), (0, width - wanted.shape[1])))[:, : found.shape[1]]
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.keras
@pytest.mark.parametrize("length", [1, 4, 60])
def test_a_given_length_cuts_and_pads_as_in_keras(length) -> None:
    texts = corpus()
    fitted = fit(TextVectorization(output_sequence_length=length), texts)
    theirs = keras_layer(output_sequence_length=length, vocabulary=learned(fitted)["values"])
    np.testing.assert_array_equal(fitted.transform({"x": texts})["x"], np.asarray(theirs(texts)))


@pytest.mark.keras
@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_weights_are_keras_s(arguments) -> None:
    texts, asked = corpus(), corpus(seed=2)
    fitted = fit(TextVectorization(output_mode="tf_idf", **arguments), texts)
    theirs = keras_layer(output_mode="tf_idf", **arguments)
    theirs.adapt(texts)
    tokens = [str(token) for token in theirs.get_vocabulary()]
    order = [tokens.index(token) for token in ("[UNK]", *learned(fitted)["values"])]
    wanted = keras_answer(theirs, asked)[:, order]
    # Keras takes logarithms and means of float32.
    np.testing.assert_allclose(fitted.transform({"x": asked})["x"], wanted, rtol=3e-6)


@pytest.mark.keras
def test_given_weights_padding_and_special_tokens_are_as_in_keras() -> None:
    for vocabulary, weights in (
        (("a", "b"), (0.5, 0.25)),
        (("[UNK]", "a", "b"), (0.75, 0.5, 0.25)),
    ):
        arguments = {
            "vocabulary": vocabulary,
            "idf_weights": weights,
            "output_mode": "tf_idf",
            "max_tokens": 5,
            "pad_to_max_tokens": True,
        }
        theirs = np.asarray(keras_layer(**arguments)(["a b b", "z a", ""]))
        ours = of(TextVectorization(**arguments), ["a b b", "z a", ""])
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.keras
def test_tokens_side_by_side_are_as_in_keras() -> None:
    rows = np.array([["a", "b", "a"], ["", "c", "c"], ["z", "", ""]], object)
    for mode in ("int", "multi_hot", "count"):
        arguments = {"split": None, "vocabulary": ("a", "b", "c"), "output_mode": mode}
        theirs = np.asarray(keras_layer(**arguments)(rows.astype(str)))
        np.testing.assert_array_equal(of(TextVectorization(**arguments), rows), theirs)


def sentences(rows: int = 200) -> list[str]:
    rng = np.random.default_rng(5)
    words = [letter * size for letter in "abcdefgh" for size in (2, 3)]
    return [" ".join(rng.choice(words, rng.integers(1, 12))) for _ in range(rows)]


@pytest.mark.parametrize("ngrams", [(1,), (1, 2)])
def test_counts_are_scikit_learn_s(ngrams) -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    given = sentences()
    fitted = fit(TextVectorization(output_mode="count", ngrams=ngrams), given)
    theirs = text.CountVectorizer(
        vocabulary=learned(fitted)["values"], ngram_range=(ngrams[0], ngrams[-1])
    )
    found = fitted.transform({"x": given})["x"]
    np.testing.assert_array_equal(found[:, 1:], theirs.transform(given).toarray())
    assert not found[:, 0].any()


def test_idf_is_scikit_learn_s_but_for_what_is_added_where() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    given = sentences()
    fitted = fit(TextVectorization(output_mode="tf_idf"), given)
    tokens = learned(fitted)["values"]
    theirs = text.TfidfVectorizer(vocabulary=tokens).fit(given).idf_
    # log((1 + n) / (1 + df)) + 1 there, log(1 + n / (1 + df)) here
    among = (1 + len(given)) / np.exp(theirs - 1) - 1
    wanted = np.log(1 + len(given) / (1 + among))
    weights = fitted.transform({"x": tokens})["x"][:, 1:].diagonal()
    np.testing.assert_allclose(weights, wanted, rtol=1e-7)


def test_idf_is_correctly_rounded() -> None:
    counts = [0, 1, 2, 7, 999, 10**6, 10**12]
    found = inverse_document_frequency(10**12, counts)
    for weight, count in zip(found, counts, strict=True):
        exact = float(Fraction(1) + Fraction(10**12, 1 + count))
        assert math.isclose(weight, math.log(exact), rel_tol=4e-16)
    assert inverse_document_frequency(1, [0]) == (0.6931471805599453,)


def test_what_is_unicode_s() -> None:
    texts = ["É\u00a0é\u2003É", "ÀB-c «q»"]
    tokens = learned(fit(TextVectorization(), texts))
    assert tokens["values"] == ["é", "«q»", "àbc"]
    assert tokens["counts"] == [3, 1, 1]
    characters = learned(fit(TextVectorization(split="character"), ["é!", "e\u0301"]))
    assert characters["values"] == ["e", "é", "\u0301"]


def test_punctuation_is_ascii_s() -> None:
    codes = of(TextVectorization(), [f"a{mark}b" for mark in string.punctuation])
    assert codes.tolist() == [[2]] * 32


def test_ties_stand_in_the_order_of_the_tokens() -> None:
    assert learned(fit(TextVectorization(), ["b a", "a b", "c"]))["values"] == ["a", "b", "c"]


def test_the_longest_training_text_gives_the_length() -> None:
    transform = TextVectorization()
    assert of(transform, ["a b c", "a"]).shape == (2, 3)
    assert of(transform, ["a b", "b"], ["a", "b a a a a"]).tolist() == [[3, 0], [2, 3]]
    pairs = of(TextVectorization(ngrams=2), ["a b c"], ["a b"])
    assert pairs.tolist() == [[2, 4, 3, 0, 0]]


def test_a_bag_counts_what_is_beyond_the_longest_training_text() -> None:
    counted = TextVectorization(output_mode="count")
    assert of(counted, ["a b", "b"], ["a " * 7 + "z z"]).tolist() == [[2, 0, 7]]


def test_a_missing_text_has_no_words() -> None:
    texts = ["a b", None, ""]
    assert of(TextVectorization(), texts).tolist() == [[2, 3], [0, 0], [0, 0]]
    assert of(TextVectorization(output_mode="count"), texts)[1:].tolist() == [[0, 0, 0]] * 2
    assert of(TextVectorization(split=None), texts).tolist() == [2, 0, 0]
    whole = of(TextVectorization(split=None, output_mode="multi_hot"), texts)
    assert whole.tolist() == [[0, 1], [0, 0], [0, 0]]
    assert learned(fit(TextVectorization(output_mode="tf_idf"), texts))["rows"] == 3


def test_max_tokens_counts_the_special_codes() -> None:
    texts = ["a a a b b c"]
    assert learned(fit(TextVectorization(max_tokens=3), texts))["values"] == ["a", "b"]
    assert of(TextVectorization(max_tokens=4), texts).max() == 3
    assert of(TextVectorization(max_tokens=3, output_mode="count"), texts).tolist() == [[1, 3, 2]]
    padded = TextVectorization(max_tokens=6, output_mode="count", pad_to_max_tokens=True)
    assert of(padded, texts).tolist() == [[0, 3, 2, 1, 0, 0]]


def test_the_token_of_unknown_ones_is_never_learned() -> None:
    transform = TextVectorization(standardize=None)
    assert of(transform, ["[UNK] a", "[UNK]"]).tolist() == [[1, 2], [1, 0]]
    given = TextVectorization(vocabulary=("", "[UNK]", "a"), output_sequence_length=2)
    assert of(given, ["a b"]).tolist() == [[2, 1]]


def test_entries_are_called_by_their_tokens() -> None:
    transform = TextVectorization(
        output_mode="tf_idf", ngrams=2, max_tokens=5, pad_to_max_tokens=True
    )
    names = fit(transform, ["a b"]).feature_names
    assert names == ("x=[UNK]", "x=a", "x=a b", "x=b", "x=[0]")


def test_a_text_column_of_one_axis() -> None:
    rows = np.array([["a b"], ["b"]], object)
    assert of(TextVectorization(), rows).tolist() == [[3, 2], [2, 0]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"standardize": "upper"}, "It is one of lower_and_strip_punctuation"),
        ({"split": "line"}, "It is one of whitespace, character"),
        ({"output_mode": "one_hot"}, "It is one of int, multi_hot, count, tf_idf"),
        ({"output_mode": None}, "It is one of int, multi_hot, count, tf_idf"),
        ({"ngrams": 0}, "Give a whole number from 1"),
        ({"ngrams": ()}, "Give a whole number from 1"),
        ({"ngrams": (2, 0)}, "Give a whole number from 1"),
        ({"ngrams": (1, 1)}, "several, each once"),
        ({"ngrams": ((1,), (2,))}, "Give a whole number from 1"),
        ({"ngrams": 1.5}, "not a whole number"),
        ({"ngrams": 2, "split": None}, "has no neighbours"),
        ({"output_sequence_length": 0}, "Give 1 or more"),
        ({"output_sequence_length": 3, "output_mode": "count"}, "It is for output_mode='int'"),
        ({"output_sequence_length": 3, "split": None}, "It is for output_mode='int'"),
        ({"output_sequence_length": (1, 2)}, "Give 1 or more"),
        ({"max_tokens": (5, 6)}, "2 codes are special"),
        (
            {"vocabulary": ("a",), "idf_weights": 1.0, "output_mode": "tf_idf"},
            "Give as many as there are tokens",
        ),
        ({"max_tokens": 2}, "2 codes are special"),
        ({"max_tokens": 1, "output_mode": "count"}, "1 codes are special"),
        ({"pad_to_max_tokens": True, "output_mode": "count"}, "It needs max_tokens"),
        ({"pad_to_max_tokens": True, "max_tokens": 9}, "It needs max_tokens"),
        ({"vocabulary": ("a", "a")}, "Give each token once"),
        ({"vocabulary": ("a", "")}, "Give each token once"),
        ({"vocabulary": ()}, "Give each token once"),
        ({"vocabulary": ("a", "b"), "max_tokens": 3}, "There are 2 tokens"),
        ({"vocabulary": ("a",), "output_mode": "tf_idf"}, "They go with vocabulary"),
        ({"idf_weights": (1.0,), "output_mode": "tf_idf"}, "They go with vocabulary"),
        ({"vocabulary": ("a",), "idf_weights": (1.0,)}, "They go with vocabulary"),
        (
            {"vocabulary": ("a",), "idf_weights": (1.0, 2.0), "output_mode": "tf_idf"},
            "Give as many as there are tokens",
        ),
    ],
)
def test_what_can_t_be_is_refused_by_name(arguments, said) -> None:
    with pytest.raises(SpecError, match=said):
        TextVectorization(**arguments)


@pytest.mark.parametrize("arguments", [{}, {"split": None, "output_mode": "tf_idf"}])
def test_several_texts_a_row_are_refused(arguments) -> None:
    with pytest.raises(SpecError, match=r"'x': .*one text a row"):
        fit(TextVectorization(**arguments), np.array([["a", "b"]], object))


def test_numbers_are_refused() -> None:
    with pytest.raises(SpecError, match=r"'x': .*takes texts"):
        fit(TextVectorization(), [1.0, 2.0])


@pytest.mark.parametrize("texts", [["", "..."], [None, ""]])
def test_no_word_at_all_is_refused(texts) -> None:
    with pytest.raises(DataError, match=r"'x': .*no vocabulary to learn"):
        fit(TextVectorization(), texts)
