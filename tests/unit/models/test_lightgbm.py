"""LightGBM's trees: the same bits after a round trip, and nothing that a file can do harm with."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("lightgbm")
import lightgbm

from samescale import models
from samescale.errors import ModelError
from samescale.models.lightgbm import KIND, MEMBER
from tests.unit.models import boosted
from tests.unit.models.boosted import FITTED, data, refused

pytestmark = pytest.mark.lightgbm
QUIET = {"verbosity": -1, "n_jobs": 1, "min_child_samples": 5}


def classifier(name="three", **options):
    return lightgbm.LGBMClassifier(n_estimators=8, **QUIET, **options).fit(*data(name))


def regressor(**options):
    return lightgbm.LGBMRegressor(n_estimators=8, **QUIET, **options).fit(*data("number"))


def booster(name="number", **options):
    return lightgbm.train({**QUIET, **options}, lightgbm.Dataset(*data(name)), 8)


def test_the_kind_is_found_by_its_name():
    assert models.load("lightgbm") is KIND
    assert models.kind_of(regressor()) is KIND
    assert models.kind_of(booster()) is KIND
    assert not KIND.accepts(object())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"objective": "tweedie"},
        {"boosting_type": "dart"},
        {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
        {"zero_as_missing": True},
        {"reg_sqrt": True},
        {"min_child_samples": 10_000},
    ],
    ids=str,
)
def test_a_regressor_answers_the_same_bits(options):
    matrix, labels = data("number")
    model = lightgbm.LGBMRegressor(n_estimators=8, **{**QUIET, **options})
    model.fit(matrix, np.abs(labels) if "tweedie" in str(options) else labels)
    found = boosted.answers(KIND, model, "number")
    np.testing.assert_array_equal(found, model.booster_.predict(matrix))
    boosted.check_network(KIND, model, "number")


@pytest.mark.parametrize("name", ["two", "three"])
def test_a_classifier_answers_the_same_bits(name):
    model = classifier(name)
    expected = model.booster_.predict(data(name)[0])
    expected = np.stack([1 - expected, expected], 1) if name == "two" else expected
    np.testing.assert_array_equal(boosted.answers(KIND, model, name), expected)


def test_splits_by_categories_answer_the_same_bits():
    codes = np.random.default_rng(0).integers(0, 9, (300, 5)).astype(np.float32)
    part = lightgbm.Dataset(codes, codes[:, 0] % 3, categorical_feature=[0])
    model = lightgbm.train({**QUIET, "min_data_per_group": 1, "max_cat_to_onehot": 1}, part, 4)
    assert "cat_threshold" in model.model_to_string()
    back = KIND.restore(KIND.save(model))
    np.testing.assert_array_equal(back.predict(codes), model.predict(codes))


@pytest.mark.parametrize("name", ["number", "two", "three"])
def test_the_laws_of_a_runtime(name):
    boosted.check_laws(KIND, regressor() if name == "number" else classifier(name), name)


def test_the_same_training_gives_the_same_bytes():
    boosted.check_bytes(KIND, regressor)


@pytest.mark.parametrize("name", ["number", "two", "three"])
def test_the_network_answers_alike(name):
    boosted.check_network(KIND, regressor() if name == "number" else classifier(name), name)


def test_a_class_that_was_not_met_has_no_chance():
    matrix, labels = data("three")
    model = lightgbm.LGBMClassifier(n_estimators=5, **QUIET)
    model.fit(matrix[labels != 1], labels[labels != 1])
    found = boosted.answers(KIND, model, "three")
    assert (found[:, 1] == 0).all()
    boosted.check_network(KIND, model, "three")


def test_after_an_early_stop_the_best_round_answers():
    matrix, labels = data("number")
    other = boosted.table(60, seed=9)
    unseen = {"eval_X": FITTED["number"].matrix(other), "eval_y": FITTED["number"].labels(other)}
    model = lightgbm.LGBMRegressor(n_estimators=200, learning_rate=0.5, **QUIET)
    stop = lightgbm.early_stopping(3, verbose=False)
    model.fit(matrix, labels, **unseen, callbacks=[stop])
    assert model.best_iteration_ < 200
    expected = model.booster_.predict(matrix)
    np.testing.assert_array_equal(boosted.answers(KIND, model, "number"), expected)


@pytest.mark.parametrize("name", ["number", "two", "three"])
def test_the_default_trees_learn(name):
    model, _ = boosted.check_training(KIND, name)
    boosted.loaded(KIND, model, FITTED[name])


def test_the_default_trees_stop_early():
    boosted.check_early_stop(KIND)


def test_an_unknown_option_is_refused():
    boosted.check_options(KIND)


def test_what_does_not_fit_is_refused_with_a_remedy():
    matrix, labels = data("number")
    refused(KIND, lightgbm.LGBMRegressor(), "number", "LGBMRegressor isn't trained")
    narrow = lightgbm.LGBMRegressor(n_estimators=1, **QUIET).fit(matrix[:, 1:], labels)
    refused(KIND, narrow, "number", "trained on 4 features; this preprocessing gives 5")
    refused(KIND, classifier("two"), "number", "predicts classes")
    refused(KIND, regressor(), "two", "no probabilities")
    refused(KIND, booster("two", objective="binary"), "three", "2 classes, and the target has 3")
    names = lightgbm.LGBMClassifier(n_estimators=1, **QUIET)
    names.fit(matrix, np.array(boosted.TABLE["dear"], str))
    refused(KIND, names, "two", "not on class codes 0 to 1")
    linear = lightgbm.LGBMRegressor(n_estimators=2, linear_tree=True, **QUIET)
    linear.fit(matrix, labels)
    refused(KIND, linear, "number", "linear models")


HARM = {
    "left beyond": ("left_child", "10 " * 100),
    "a cycle": ("left_child", "0 1 -1"),
    "itself": ("left_child", "1 1 -1"),
    "a leaf twice": ("right_child", "-2 -2 -2"),
    "a leaf beyond": ("right_child", "-9 -3 -4"),
    "a feature beyond": ("split_feature", "5 0 0"),
    "a feature before": ("split_feature", "-1 0 0"),
    "leaves": ("num_leaves", "2000000000"),
    "no leaves": ("num_leaves", "-1"),
    "a short list": ("leaf_value", "1 2"),
    "nan": ("leaf_value", "nan 1 2 3"),
    "text": ("threshold", "x 1 2"),
    "categories": ("decision_type", "1 1 1"),
    "another decision": ("decision_type", "12 2 2"),
    "linear": ("is_linear", "1"),
}


@pytest.mark.parametrize(("key", "value"), HARM.values(), ids=HARM)
def test_what_points_outside_is_refused(key, value):
    content = KIND.save(regressor(num_leaves=4))[MEMBER]
    assert b"num_leaves=4" in content
    with pytest.raises(ModelError, match=r"isn't sound|form"):
        KIND.restore({MEMBER: boosted.line(content, 1, key, value)})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("num_tree_per_iteration=1", "num_tree_per_iteration=2000000000"),
        ("num_class=1", "num_class=2000000000"),
        ("max_feature_idx=4", "max_feature_idx=2000000000"),
        ("max_feature_idx=4", "max_feature_idx=3"),
        ("version=v4", "version=v4\ntree_sizes=1 2 3"),
        ("version=v4", "version=v9"),
        ("objective=regression", "objective=../x"),
        ("objective=regression", "objective=nothing"),
    ],
)
def test_a_head_that_lies_is_refused(old, new):
    content = KIND.save(regressor())[MEMBER].decode()
    assert old in content
    with pytest.raises(ModelError):
        KIND.restore({MEMBER: content.replace(old, new).encode()})


@pytest.mark.parametrize("content", [b"", b"tree", b"tree\n\nTree=0\n", b"\xff", b"{}"])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(ModelError):
        KIND.restore({MEMBER: content})


def test_every_changed_byte_is_refused_or_harmless():
    model = lightgbm.LGBMRegressor(n_estimators=2, num_leaves=4, **QUIET).fit(*data("number"))
    boosted.check_every_byte(KIND, model, 5)


def test_another_model_than_the_manifests_is_refused():
    model, fitted = regressor(), FITTED["number"]
    told = {**KIND.config(model, fitted), "objective": "gamma"}
    with pytest.raises(ModelError, match="isn't the 'gamma' of the manifest"):
        KIND.load(KIND.save(model), told, fitted)
    for classes in ([0, 0], [0, 9], ["a", "b"], [0], None):
        told = {**KIND.config(classifier("two"), FITTED["two"]), "classes": classes}
        with pytest.raises(ModelError):
            KIND.load(KIND.save(classifier("two")), told, FITTED["two"])
