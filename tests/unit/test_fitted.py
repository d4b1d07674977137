from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, ModelError, SchemaError, SpecError

X = [1.0, 2.0, 3.0]
NUMBER = ss.Spec({"x": ss.Normalization()}, ss.Target("y", ss.Normalization())).adapt(
    {"x": X, "y": X}
)
CLASS = ss.Spec({"x": ss.Normalization()}, ss.Target("y", ss.StringLookup())).adapt(
    {"x": X, "y": ["a", "b", "a"]}
)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))]
)
def test_one_that_was_used_can_be_copied_and_pickled(copied) -> None:
    before = NUMBER.matrix({"x": X}), NUMBER.inverse(NUMBER.labels({"y": X})), NUMBER.digest
    made = copied(NUMBER)
    after = made.matrix({"x": X}), made.inverse(made.labels({"y": X})), made.digest
    assert all(map(np.array_equal, before, after))


@pytest.mark.parametrize("answers", [np.ones((3, 2)), np.float64(1.0)])
def test_a_number_has_one_answer_a_row(answers) -> None:
    with pytest.raises(ModelError, match="one number a row"):
        NUMBER.inverse(answers)


def test_answers_of_a_last_axis_of_one_are_numbers() -> None:
    np.testing.assert_allclose(NUMBER.inverse(np.zeros((2, 1))), [2.0, 2.0])


@pytest.mark.parametrize("answers", [np.ones((2, 1)), np.ones((2, 7)), np.ones((1, 2, 2))])
def test_each_class_has_a_probability(answers) -> None:
    with pytest.raises(ModelError, match="there are 2 classes"):
        CLASS.inverse(answers)


@pytest.mark.parametrize("code", [-1, 2, 0.5, np.nan])
def test_what_is_no_code_is_no_class(code) -> None:
    with pytest.raises(ModelError, match="Row 1 has the answer"):
        CLASS.inverse(np.array([0, code]))


def test_codes_and_probabilities_give_class_names() -> None:
    assert CLASS.inverse(np.array([1.0, 0.0])).tolist() == ["b", "a"]
    assert CLASS.inverse(np.array([[0.1, 0.9]])).tolist() == ["b"]


def test_a_text_target_needs_a_lookup() -> None:
    spec = ss.Spec({"x": ss.Normalization()}, ss.Target("y"))
    with pytest.raises(SpecError, match=r"'y' is text.*StringLookup"):
        spec.adapt({"x": X, "y": ["a", "b", "a"]})


def test_a_target_is_one_value_a_row() -> None:
    spec = ss.Spec({"x": ss.Normalization()}, ss.Target("y", ss.Normalization()))
    with pytest.raises(SpecError, match=r"'y' has entries of shape \(2,\)"):
        spec.adapt({"x": X, "y": np.ones((3, 2))})


def test_floats_that_are_looked_up_are_whole_ever_after() -> None:
    fitted = ss.Spec({"x": ss.IntegerLookup()}).adapt({"x": [1.0, 2.0, None]})
    assert fitted.transform({"x": [2.0, 1, None]})["x"].tolist() == [2, 1, 0]
    with pytest.raises(SchemaError, match=r"'x' has 1\.5 in row 0, which is not whole"):
        fitted.transform({"x": [1.5]})


def test_codes_of_digits_are_text_in_a_file_too(tmp_path) -> None:
    fitted = ss.Spec({"x": ss.StringLookup()}).adapt({"x": ["01", "10", "10"]})
    path = tmp_path / "new.csv"
    path.write_text("x,z\n10,1\n12,1\n")
    assert fitted.transform(path)["x"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("transform", "values"),
    [
        (ss.Normalization(), [1.0, None, 2.0]),
        (ss.StringLookup(), ["a", None, "b"]),
        (ss.IntegerLookup(), [True, None, False]),
    ],
)
def test_a_target_misses_no_value(transform, values) -> None:
    spec = ss.Spec({"x": ss.Normalization()}, ss.Target("y", transform))
    with pytest.raises(DataError, match=r"'y' has 1 missing of 3 values.*drop those rows"):
        spec.adapt({"x": X, "y": values})


def test_one_is_short_to_look_at() -> None:
    assert repr(NUMBER).startswith("<Fitted from 1 column, for 'y' (regression), sha256:")
    assert len(repr(NUMBER)) < 90


def test_impute_behind_codes_is_told_where_it_belongs() -> None:
    spec = ss.Spec({"x": [ss.Discretization(num_bins=2), ss.Impute("median")]})
    with pytest.raises(SpecError, match=r"'x': Impute stands behind Discretization.*in front"):
        spec.adapt({"x": [1.0, None, 3.0]})
