"""CatBoost's trees: the same bits after a round trip, and nothing that a file can do harm with."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("catboost")
import catboost

from samescale import models
from samescale.errors import ModelError
from samescale.models.catboost import KIND, MEMBER
from tests.unit.models import boosted
from tests.unit.models.boosted import FITTED, data, refused

pytestmark = pytest.mark.catboost
QUIET = {"iterations": 8, "depth": 4, "verbose": False, "allow_writing_files": False}


def classifier(name="three", **options):
    return catboost.CatBoostClassifier(**QUIET, thread_count=1, **options).fit(*data(name))


def regressor(**options):
    return catboost.CatBoostRegressor(**QUIET, thread_count=1, **options).fit(*data("number"))


def test_the_kind_is_found_by_its_name():
    assert models.load("catboost") is KIND
    assert models.kind_of(regressor()) is KIND
    assert not KIND.accepts(object())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"loss_function": "Tweedie:variance_power=1.5"},
        {"loss_function": "Quantile:alpha=0.3"},
        {"nan_mode": "Max"},
        {"depth": 1},
    ],
    ids=str,
)
def test_a_regressor_answers_the_same_bits(options):
    matrix, labels = data("number")
    model = catboost.CatBoostRegressor(**{**QUIET, **options})
    model.fit(matrix, np.abs(labels) if "Tweedie" in str(options) else labels)
    found = boosted.answers(KIND, model, "number")
    np.testing.assert_allclose(found, model.predict(matrix), rtol=1e-15)
    boosted.check_network(KIND, model, "number")


@pytest.mark.parametrize("loss", [None, "CrossEntropy", "MultiClassOneVsAll"])
@pytest.mark.parametrize("name", ["two", "three"])
def test_a_classifier_answers_alike(name, loss):
    if (loss, name) == ("CrossEntropy", "three"):
        loss = "MultiClass"
    model = classifier(name, loss_function=loss)
    expected = model.predict_proba(data(name)[0])
    np.testing.assert_allclose(boosted.answers(KIND, model, name), expected, rtol=1e-13)
    boosted.check_network(KIND, model, name)


@pytest.mark.parametrize("name", ["number", "two", "three"])
def test_the_laws_of_a_runtime(name):
    boosted.check_laws(KIND, regressor() if name == "number" else classifier(name), name)


def test_the_same_training_gives_the_same_bytes():
    boosted.check_bytes(KIND, regressor)


def test_a_class_that_was_not_met_has_no_chance():
    matrix, labels = data("three")
    model = catboost.CatBoostClassifier(**QUIET)
    model.fit(matrix[labels != 1], labels[labels != 1])
    assert (boosted.answers(KIND, model, "three")[:, 1] == 0).all()
    boosted.check_network(KIND, model, "three")


def test_after_an_early_stop_the_best_round_answers():
    matrix, labels = data("number")
    model = catboost.CatBoostRegressor(**{**QUIET, "iterations": 60})
    model.fit(matrix, labels, eval_set=(matrix[:, ::-1], labels), early_stopping_rounds=3)
    assert model.tree_count_ < 60
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
    refused(KIND, catboost.CatBoostRegressor(), "number", "CatBoostRegressor isn't trained")
    narrow = catboost.CatBoostRegressor(**QUIET).fit(matrix[:, 1:], labels)
    refused(KIND, narrow, "number", "trained on 4 features; this preprocessing gives 5")
    refused(KIND, classifier("two"), "number", "predicts classes")
    refused(KIND, regressor(), "two", "no probabilities")
    names = catboost.CatBoostClassifier(**QUIET).fit(matrix, boosted.TABLE["dear"])
    refused(KIND, names, "two", "not on class codes 0 to 1")
    refused(KIND, regressor(grow_policy="Depthwise"), "number", "aren't symmetric")
    refused(KIND, regressor(loss_function="RMSEWithUncertainty"), "number", "RMSEWithUncertainty")
    rows = [[str(row % 3), *map(float, values)] for row, values in enumerate(matrix[:, 1:])]
    category = catboost.CatBoostRegressor(**QUIET).fit(rows, labels, cat_features=[0])
    refused(KIND, category, "number", "takes categorical features")


def setting(place, value):
    def change(made):
        *path, last = place
        for step in path:
            made = made[step]
        made[last] = value

    return change


HARM = {
    "a feature beyond": setting(("trees", 1, "splits", 0, 0), 5),
    "a feature before": setting(("trees", 1, "splits", 0, 0), -1),
    "a border beyond": setting(("trees", 1, "splits", 0, 1), 10**6),
    "half a border": setting(("trees", 1, "splits", 0, 1), 0.5),
    "true": setting(("trees", 1, "splits", 0, 1), True),
    "three in a split": setting(("trees", 1, "splits", 0), [0, 0, 0]),
    "many levels": setting(("trees", 1, "splits"), [[0, 0]] * 40),
    "fewer leaves": setting(("trees", 1, "leaves"), [1.0]),
    "text": setting(("trees", 1, "leaves", 0), "1"),
    "borders that fall": setting(("features", 0, "borders"), [2.0, 1.0]),
    "a huge border": setting(("features", 0, "borders"), [1e300]),
    "missing": setting(("features", 0, "missing"), "Maybe"),
    "no trees": setting(("trees",), []),
    "no answers": setting(("bias",), []),
    "more answers": setting(("bias",), [0.0, 0.0]),
    "more keys": setting(("other",), 1),
}


@pytest.mark.parametrize("change", HARM.values(), ids=HARM)
def test_what_points_outside_is_refused(change):
    content = KIND.save(regressor())[MEMBER]
    with pytest.raises(ModelError):
        KIND.restore({MEMBER: boosted.changed(content, change)})


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a":1,"a":1}', b"[" * 9999, b"CBM1"])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(ModelError):
        KIND.restore({MEMBER: content})


def test_every_changed_byte_is_refused_or_harmless():
    model = catboost.CatBoostRegressor(**{**QUIET, "iterations": 2, "depth": 2})
    boosted.check_every_byte(KIND, model.fit(*data("number")), 7)


def test_another_model_than_the_manifests_is_refused():
    model, fitted = regressor(), FITTED["number"]
    with pytest.raises(ModelError, match="isn't the 'MAE' of the manifest"):
        KIND.load(KIND.save(model), {"loss": "MAE", "task": "regression"}, fitted)
