"""Statistics that somebody wrote down: what they mean, and what is asked where they don't say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from samescale.adopt import _stored, adopt, statistics
from samescale.errors import SpecError

ROWS = {"a": [1.0, 5.0, -3.0], "b": [10.0, 0.0, 2.5]}
SCORES = [[0, 0], [2, -2.5], [-2, -1.875]]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"mean": [1.0, 10.0], "std": [2.0, 4.0]}, SCORES),
        ({"mean": [1.0, 10.0], "var": [4.0, 16.0]}, SCORES),
        ({"mean_": np.array([1, 10]), "scale_": np.array([2, 4])}, SCORES),
        ({"mean": [1, 10], "std": [2, 4], "var": [4, 16], "count": 3}, SCORES),
        ({"min": [-3.0, 0.0], "max": [5.0, 10.0]}, [[0.5, 1], [1, 0], [0, 0.25]]),
    ],
)  # fmt: skip
def test_what_they_mean(said, expected):
    by_argument = statistics.adopt(said, columns=["a", "b"]).fitted
    assert by_argument.matrix(ROWS).tolist() == expected
    own = statistics.adopt({**said, "columns": ["a", "b"]}).fitted
    assert own.matrix(ROWS).tolist() == expected
    keys = [key for key in said if np.size(said[key]) > 1]
    turned = {
        name: {key: float(said[key][place]) for key in keys} for place, name in enumerate("ab")
    }
    assert adopt(turned).matrix(ROWS).tolist() == expected


def test_files(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"mean": [1.0], "std": [2.0]}))
    np.savez(tmp_path / "b.npz", mean=np.ones(1), std=np.full(1, 2.0))
    for name in ("a.json", "b.npz"):
        fitted = adopt(_stored.read(tmp_path / name), columns=["a"])
        assert fitted.matrix({"a": [5.0]}).tolist() == [[2.0]]


def test_the_profile_is_what_they_tell():
    found = statistics.adopt({"mean": [3.0], "var": [4.0]}).fitted.profile.columns["x0"]
    assert (found.mean, found.deviation, found.minimum, found.rows) == (3.0, 2.0, None, 0)
    found = statistics.adopt({"min": [3.0], "max": [4.0]}).fitted.profile.columns["x0"]
    assert (found.minimum, found.maximum, found.mean) == (3.0, 4.0, None)


def test_a_target_and_its_classes():
    said = {"mean": [1.0], "std": [2.0]}
    assert statistics.adopt(said, target="price").fitted.target.task == "regression"
    fitted = statistics.adopt(said, target=("kind", ["no", "yes"])).fitted
    assert fitted.classes == ("no", "yes")
    assert fitted.labels({"kind": ["yes", "no"]}).tolist() == [1, 0]
    back = statistics.adopt(said, target="price").fitted.inverse(np.array([2.0, 3.0]))
    assert back.tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("said", "words", "question"),
    [
        ({"mean": [1.0]}, "several things", "What is divided by"),
        ({"std": [1.0]}, "several things", "What is subtracted"),
        ({"mean": [1.0], "std": [1.0], "min": [0.0], "max": [1.0]}, "several", "which|Is it"),
        ({"min": [1.0]}, "several", "Is it"),
        ({"mean": [1.0], "std": [1.0], "var": [1.2]}, "isn't its square", "ddof"),
        ({"mean": [1.0], "std": [1.0], "scale": [2.0]}, "twice", "Which one"),
        ({"mean": [1.0], "std": [1.0], "clip": 3}, "'clip'", "What is it"),
        ({"mean": [1.0, 2.0], "std": [1.0]}, "1 numbers, for 2", "one for each"),
        ({"mean": [1.0], "std": [0.0]}, "std of 0", "write 1"),
        ({"mean": [1.0], "std": [-1.0]}, "std of -1", "write 1"),
        ({"min": [1.0], "max": [1.0]}, "by 0", "write 1"),
        ({"mean": [np.nan], "std": [1.0]}, "is nan", "missing"),
        ({"mean": ["a"], "std": [1.0]}, "no list of numbers", "number"),
        ({"mean": [1.0], "std": [1.0], "columns": ["a", "b"]}, "2 columns", "name"),
        ({"mean": [1.0, 1.0], "std": [1.0, 1.0], "columns": ["a", "a"]}, "columns", "name"),
        ({"a": {"mean": 1, "std": 1}, "b": {"min": 0, "max": 1}}, "'b'", "same ones"),
        (np.ones((2, 3)), "which of its numbers", "Which row"),
    ],
)
def test_what_can_mean_two_things_is_asked(said, words, question):
    with pytest.raises(SpecError, match=words) as raised:
        statistics.adopt(said)
    assert any(word in raised.value.remedy for word in question.split("|"))


def test_other_columns_than_they_say():
    with pytest.raises(SpecError, match="not of"):
        statistics.adopt({"mean": [1.0], "std": [1.0], "columns": ["a"]}, columns=["b"])
    with pytest.raises(SpecError, match="neither a name"):
        statistics.adopt({"mean": [1.0], "std": [1.0]}, target=3)


def test_what_is_accepted():
    assert statistics.accepts({"mean": [1], "std": [1]})
    assert statistics.accepts({"a": {"min": 0, "max": 1}})
    assert not statistics.accepts({"image_mean": [1]})
    assert not statistics.accepts({"columns": ["a"]})
    assert not statistics.accepts([1])
