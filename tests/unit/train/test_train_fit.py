"""The whole way: nothing that is learned has seen a validation row."""

from __future__ import annotations

import inspect
import re
from typing import final

import numpy as np
import pytest

import samescale as ss
from samescale import sources
from samescale.errors import BundleError, DataError, SpecError
from samescale.progress import Progress
from samescale.train import fit
from samescale.train.parts import parts
from samescale.train.settings import settings
from samescale.train.split import Split

pytestmark = pytest.mark.sklearn


def linear(table, target="y", **options):
    return fit(table, target, model="linear", **options)


def numbers(rows=300, **more):
    random = np.random.default_rng(5)
    x = random.normal(50, 9, rows)
    return {"x": x, "y": 1000 + 20 * x + random.normal(size=rows), **more}


SPEC = ss.Spec({"x": ss.Normalization()}, target=ss.Target("y", ss.Normalization()))


def validation_rows(table):
    """Which rows are validation rows, learned from a column that counts the rows."""
    result = linear({**table, "n": np.arange(float(len(table["x"])))}, spec=SPEC)
    split = result.bundle.provenance["split"]
    rows = len(table["x"])
    held = Split.of(rows, seed=split["seed"], validation=split["share"]).holds(
        "validation", 0, rows
    )
    assert held.sum() == split["validation"]
    return held


def test_statistics_are_those_of_the_training_rows_alone():
    table = numbers()
    held = validation_rows(table)
    # What leaks is seen: the validation rows are from another world.
    table["x"] = np.where(held, 1e9, table["x"])
    learned = linear(table, spec=SPEC).bundle.fitted.learned["x"][0]["moments"]
    assert learned["mean"] == (pytest.approx(table["x"][~held].mean(), rel=1e-12),)
    assert learned["count"] == ((~held).sum(),)


def test_the_target_is_learned_from_the_training_rows_alone():
    table = numbers()
    held = validation_rows(table)
    table["y"] = np.where(held, 1e9, table["y"])
    learned = linear(table, spec=SPEC).bundle.fitted.target.learned[0]["moments"]
    assert learned["mean"] == (pytest.approx(table["y"][~held].mean(), rel=1e-12),)


def test_categories_and_the_inferred_spec_are_those_of_the_training_rows_alone():
    table = numbers()
    held = validation_rows(table)
    table["city"] = np.where(held, "Atlantis", np.array(["Rome", "Oslo"])[np.arange(300) % 2])
    fitted = linear(table).bundle.fitted
    assert set(fitted.schema["city"].categories) == {"Rome", "Oslo"}
    assert fitted.spec.columns["city"][0].max_tokens == 3


def test_the_profile_is_that_of_the_training_rows_alone():
    table = numbers()
    held = validation_rows(table)
    table["x"] = np.where(held, 1e9, table["x"])
    assert linear(table, spec=SPEC).bundle.fitted.profile.columns["x"].maximum < 1e3


def test_weights_are_those_of_the_training_rows_alone():
    table = numbers()
    held = validation_rows(table)
    before = linear(table, spec=SPEC).predictor.predict({"x": [41.0]})
    table["y"] = np.where(held, -table["y"], table["y"])
    assert (linear(table, spec=SPEC).predictor.predict({"x": [41.0]}) == before).all()


def test_the_same_call_gives_the_same_bundle():
    first, second = (linear(numbers(), seed=3) for _ in range(2))
    assert first.bundle.fitted.digest == second.bundle.fitted.digest
    assert first.score == second.score
    members = [dict(one.bundle.to_members()) for one in (first, second)]
    for each in members:
        del each["manifest.json"]  # it says when
    assert members[0] == members[1]


def test_the_score_is_in_the_units_of_the_target():
    result = linear(numbers())
    assert 0.7 < result.score["RMSE"] < 1.4  # the noise that was put in
    assert 100 < result.score.naive["RMSE"] < 300
    assert result.score["R²"] > 0.99


def test_a_class_is_scored_by_accuracy():
    table = numbers()
    table["y"] = np.where(table["x"] > 50, "old", "young").astype(object)
    result = linear(table)
    assert result.bundle.fitted.classes == ("old", "young")
    assert result.score["accuracy"] > 0.9
    assert result.score["log loss"] < result.score.naive["log loss"]


def test_a_class_of_a_single_validation_row_does_not_stop_it():
    table = numbers()
    held = validation_rows(table)
    table["y"] = np.where(table["x"] > 50, "old", "young").astype(object)
    table["y"][np.flatnonzero(held)[0]] = "ageless"
    result = linear(table)
    assert result.score.unknown == 1
    assert result.bundle.fitted.classes == ("old", "young")


def test_rows_without_a_target_are_dropped_and_it_is_said():
    table = numbers()
    table["y"][:30] = np.nan
    result = linear(table)
    assert "30 rows without 'y' were left out" in result.text
    assert result.bundle.provenance["split"]["without target"] == 30


def test_what_is_saved_answers_as_what_was_scored(tmp_path):
    result = linear(numbers(), out=tmp_path / "x.samescale")
    rows = {"x": [1.0, 50.0, 99.0]}
    loaded = ss.load(tmp_path / "x.samescale").predict(rows)
    assert loaded.tobytes() == result.predictor.predict(rows).tobytes()


def test_the_bundle_says_from_what_it_was_made(tmp_path):
    result = linear(numbers(), seed=7, out=tmp_path / "x.samescale")
    made = result.bundle.provenance
    assert made["rows"] == 300
    assert made["model"] == "linear"
    assert made["split"]["seed"] == 7
    assert made["score"]["model"]["RMSE"] == result.score["RMSE"]
    assert ss.load(tmp_path / "x.samescale").manifest.provenance["split"] == made["split"]


def test_a_spec_without_a_target_is_given_one():
    result = linear(numbers(), spec=ss.Spec({"x": ss.Rescaling(0.1)}))
    assert result.bundle.fitted.spec.target == ss.Target("y", ss.Normalization())
    assert result.decisions == ""


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("yy", {}, "Did you mean 'y'"),
        (None, {}, "Nothing says what to predict"),
        ("x", {"spec": SPEC}, "and the spec's is 'y'"),
        ("y", {"model": "lineer"}, "Did you mean 'linear'"),
        ("y", {"validation": 1.5}, "share of validation rows is 1.5"),
        ("y", {"training": {"epochs": 3}}, "'linear' takes no setting 'epochs'.*takes it: keras"),
        ("y", {"training": {"alpah": 3}}, "no setting 'alpah'. Did you mean 'alpha'"),
        ("y", {"model": "keras", "training": {"epochs": 0}}, "epochs is 0. Give at least 1"),
    ],
)
def test_a_wrong_call_says_what_to_change(target, options, message):
    with pytest.raises(SpecError, match=message):
        fit(numbers(), target, **{"model": "linear", **options})


def test_a_value_that_cannot_be_taken_is_named_by_its_row_in_the_table():
    table = numbers()
    held = validation_rows(table)
    row = int(np.flatnonzero(~held)[100])
    table["x"][row] = np.inf
    with pytest.raises(DataError, match="holds inf") as caught:
        linear(table, spec=SPEC)
    assert f"row {row} of" in " ".join(caught.value.__notes__)


def test_a_gap_that_training_rows_do_not_have_is_refused_and_said():
    table = numbers()
    held = validation_rows(table)
    table["x"][np.flatnonzero(held)[[2, 5]]] = np.nan
    result = linear(table)
    assert (result.score.refused, result.score.rows) == (2, 58)
    assert "2 more rows have no answer, such as: SG105 Column 'x'" in result.text
    assert result.bundle.provenance["score"]["refused"] == 2


def test_a_folder_that_is_not_there_is_told_of_before_the_training(tmp_path):
    with pytest.raises(BundleError, match="There is no folder"):
        fit("no table either", "y", out=tmp_path / "nowhere" / "x.samescale")


def test_a_folder_in_place_of_the_file_is_told_of_before_the_training(tmp_path):
    with pytest.raises(BundleError, match="is a folder"):
        fit("no table either", "y", out=tmp_path)


def test_settings_are_checked_before_anything_is_read():
    with pytest.raises(SpecError, match="takes no setting 'epochs'"):
        linear("no table.csv", training={"epochs": 3})


@pytest.mark.keras
def test_the_settings_of_the_network_are_those_that_its_training_has():
    pytest.importorskip("keras")
    from samescale.models.keras.training import train

    parameters = inspect.signature(train).parameters.values()
    named = {one.name for one in parameters if one.kind is one.KEYWORD_ONLY}
    assert set(settings("keras")) == named - {"seed", "progress"}


def test_the_rows_of_the_split_add_up_in_one_sentence():
    table = numbers()
    table["y"][:30] = np.nan
    (sentence,) = linear(table, spec=SPEC).split.splitlines()
    total, *_, learned, held, _, _, dropped = map(int, re.findall(r"\d+", sentence))
    assert (total, learned + held + dropped) == (300, 300)


def test_a_result_is_short_in_a_console():
    result = linear(numbers(), spec=SPEC)
    assert re.fullmatch(
        r"<FitResult: RMSE .*, R² .* on 60 validation rows, <Predictor.*>>", repr(result)
    )


def test_a_table_that_does_not_know_its_rows_moves_a_bar_of_known_length(monkeypatch):
    source, told = sources.open(numbers()), Told()
    monkeypatch.setattr(type(source), "rows", None)
    parts(source, "y", told, seed=0, validation=0.2)
    assert told.events == [("count", None), 300, ("split", 300), 300]


@final
class Told(Progress):
    def __init__(self):
        self.events = []

    def start(self, what, total):
        self.events.append((what, total))

    def step(self, done):
        self.events.append(done)

    def stop(self):
        pass


@pytest.mark.slow
@pytest.mark.keras
def test_keras_stops_on_rows_of_their_own():
    pytest.importorskip("keras")
    table = numbers()
    stopping = Split.of(300, seed=0, validation=0.2, stopping=0.1).holds("stopping", 0, 300)
    table["x"][np.flatnonzero(stopping)[0]] = np.nan  # a gap that the contract refuses
    result = fit(table, "y", training={"epochs": 3})
    assert "Training took all of its 3 epochs; the weights are those of epoch" in result.text
    assert result.bundle.provenance["training"]["planned"] == 3
    split = result.bundle.provenance["split"]
    assert (split["training"], split["stopping"], split["validation"]) == (216, 24, 60)
    assert len(result.history["val_loss"]) <= 3
