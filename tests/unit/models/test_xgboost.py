"""XGBoost's trees: the same bits after a round trip, and nothing that a file can do harm with."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("xgboost")
import xgboost

from samescale import models
from samescale.errors import ModelError
from samescale.models.xgboost import KIND, MEMBER
from tests.unit.models import boosted
from tests.unit.models.boosted import FITTED, data, refused

pytestmark = pytest.mark.xgboost


def classifier(name="three", **options):
    return xgboost.XGBClassifier(n_estimators=8, n_jobs=1, **options).fit(*data(name))


def regressor(**options):
    return xgboost.XGBRegressor(n_estimators=8, n_jobs=1, **options).fit(*data("number"))


def booster(name="number", **options):
    return xgboost.train({"nthread": 1, **options}, xgboost.DMatrix(*data(name)), 8)


def test_the_kind_is_found_by_its_name():
    assert models.load("xgboost") is KIND
    assert models.kind_of(regressor()) is KIND
    assert models.kind_of(booster()) is KIND
    assert not KIND.accepts(object())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"objective": "count:poisson"},
        {"booster": "dart", "rate_drop": 0.3},
        {"num_parallel_tree": 3, "subsample": 0.5},
        {"tree_method": "exact", "gamma": 0.2},
    ],
    ids=str,
)
def test_a_regressor_answers_the_same_bits(options):
    matrix, labels = data("number")
    model = xgboost.XGBRegressor(n_estimators=8, n_jobs=1, **options)
    model.fit(matrix, np.abs(labels) if "poisson" in str(options) else labels)
    np.testing.assert_array_equal(boosted.answers(KIND, model, "number"), model.predict(matrix))


@pytest.mark.parametrize("name", ["two", "three"])
def test_a_classifier_answers_the_same_bits(name):
    model = classifier(name)
    expected = model.predict_proba(data(name)[0])
    np.testing.assert_array_equal(boosted.answers(KIND, model, name), expected)


def test_a_booster_of_softmax_gives_probabilities():
    hard = booster("three", objective="multi:softmax", num_class=3)
    soft = booster("three", objective="multi:softprob", num_class=3)
    found = boosted.answers(KIND, hard, "three")
    np.testing.assert_array_equal(found, boosted.answers(KIND, soft, "three"))


@pytest.mark.parametrize("name", ["number", "two", "three"])
def test_the_laws_of_a_runtime(name):
    boosted.check_laws(KIND, regressor() if name == "number" else classifier(name), name)


def test_the_same_training_gives_the_same_bytes():
    boosted.check_bytes(KIND, regressor)


@pytest.mark.parametrize("name", ["number", "two", "three"])
def test_the_network_answers_alike(name):
    model = regressor() if name == "number" else classifier(name)
    found, expected = boosted.check_network(KIND, model, name)
    if name == "number":
        np.testing.assert_array_equal(found, expected)


def test_after_an_early_stop_the_best_round_answers():
    matrix, labels = data("number")
    model = xgboost.XGBRegressor(n_estimators=60, n_jobs=1, early_stopping_rounds=3)
    model.fit(matrix, labels, eval_set=[(matrix[:, ::-1].copy(), labels)], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    np.testing.assert_array_equal(boosted.answers(KIND, model, "number"), model.predict(matrix))


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
    refused(KIND, xgboost.XGBRegressor(), "number", "XGBRegressor isn't trained")
    narrow = xgboost.XGBRegressor(n_estimators=1).fit(matrix[:, 1:], labels)
    refused(KIND, narrow, "number", "trained on 4 features; this preprocessing gives 5")
    refused(KIND, classifier("two"), "number", "predicts classes")
    refused(KIND, regressor(), "two", "no probabilities")
    refused(KIND, booster("two", objective="binary:hinge"), "two", "no probabilities")
    refused(KIND, classifier("two"), "three", "trained on 2 classes, and the target has 3")
    refused(KIND, booster(booster="gblinear"), "number", "gblinear")
    several = xgboost.XGBRegressor(n_estimators=1).fit(matrix, np.stack([labels, labels], 1))
    refused(KIND, several, "number", "gives 2 answers")
    # Zero was missing to its trees, and is a number to those of the bundle.
    sent = xgboost.XGBRegressor(n_estimators=1, missing=0.0).fit(matrix, labels)
    refused(KIND, sent, "number", "missing=0.0")
    leaves = xgboost.XGBClassifier(n_estimators=1, multi_strategy="multi_output_tree")
    leaves.fit(*data("three"))
    refused(KIND, leaves, "three", "several answers at once")
    codes = np.abs(np.nan_to_num(matrix)).astype(np.int64) % 3
    kinds = {"feature_types": ["c"] * codes.shape[1], "enable_categorical": True}
    by_code = xgboost.XGBRegressor(n_estimators=1, **kinds).fit(codes, labels)
    refused(KIND, by_code, "number", "categories")


def test_names_of_a_frame_are_compared():
    pandas = pytest.importorskip("pandas")
    matrix, labels = data("number")
    names = ["x", "y", "none", "bern", "oslo"]
    model = xgboost.XGBRegressor(n_estimators=1).fit(
        pandas.DataFrame(matrix, columns=names), labels
    )
    refused(KIND, model, "number", "the feature 'none'")


def test_splits_by_categories_are_refused():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 30, (200, 5)).astype(np.float32)
    given = xgboost.DMatrix(
        codes, codes[:, 0] % 7, feature_types=["c"] * 5, enable_categorical=True
    )
    model = xgboost.train({"max_cat_to_onehot": 1}, given, 2)
    with pytest.raises(ModelError, match="trained on categories"):
        KIND.save(model)


TREE = ("learner", "gradient_booster", "model", "trees", 1)


def setting(place, value):
    def change(made):
        *path, last = place
        for step in path:
            made = made[step]
        made[last] = value

    return change


HARM = {
    "left beyond": setting((*TREE, "left_children", 0), 10**6),
    "left before": setting((*TREE, "left_children", 0), -7),
    "a cycle": setting((*TREE, "right_children", 1), 0),
    "itself": setting((*TREE, "left_children", 1), 1),
    "one child": setting((*TREE, "right_children", 0), -1),
    "a feature beyond": setting((*TREE, "split_indices", 0), 5),
    "a feature before": setting((*TREE, "split_indices", 0), -2),
    "a short array": setting((*TREE, "default_left"), []),
    "no nodes": setting((*TREE, "tree_param", "num_nodes"), "0"),
    "many nodes": setting((*TREE, "tree_param", "num_nodes"), "2000000000"),
    "text": setting((*TREE, "split_conditions", 0), "1.5"),
    "categories": setting((*TREE, "split_type", 0), 1),
    "a group beyond": setting(("learner", "gradient_booster", "model", "tree_info", 0), 3),
    "rounds": setting(("learner", "gradient_booster", "model", "iteration_indptr", 1), 10**9),
    "trees": setting(
        ("learner", "gradient_booster", "model", "gbtree_model_param", "num_trees"), "9999999"
    ),
    "classes": setting(("learner", "learner_model_param", "num_class"), "2000000000"),
    "a base score": setting(("learner", "learner_model_param", "base_score"), "[1,2,3,4,5]"),
    "another booster": setting(("learner", "gradient_booster", "name"), "gblinear"),
    "a script": setting(("learner", "objective", "name"), "../x;rm"),
    "another objective": setting(("learner", "objective", "name"), "reg:nothing"),
    "no learner": setting(("learner",), {}),
}


@pytest.mark.parametrize("change", HARM.values(), ids=HARM)
def test_what_points_outside_is_refused(change):
    data = KIND.save(regressor())[MEMBER]
    with pytest.raises(ModelError):
        KIND.restore({MEMBER: boosted.changed(data, change)})


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a":1,"a":1}', b"[" * 9999, b"\xff"])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(ModelError):
        KIND.restore({MEMBER: content})


def test_every_changed_byte_is_refused_or_harmless():
    matrix, labels = data("number")
    model = xgboost.XGBRegressor(n_estimators=2, max_depth=2).fit(matrix, labels)
    boosted.check_every_byte(KIND, model, 17)


def test_another_model_than_the_manifests_is_refused():
    model, fitted = regressor(), FITTED["number"]
    with pytest.raises(ModelError, match="isn't the 'reg:gamma' of the manifest"):
        KIND.load(KIND.save(model), {"objective": "reg:gamma", "task": "regression"}, fitted)
    with pytest.raises(ModelError, match="members"):
        KIND.restore({"model/other": b""})
