"""The figures are scikit-learn's, on any chunking."""

from __future__ import annotations

import dataclasses as dc
import json

import numpy as np
import pytest

from samescale import sources
from samescale.errors import SchemaError
from samescale.progress import NoProgress
from samescale.train.parts import parts
from samescale.train.score import Score, score

metrics = pytest.importorskip("sklearn.metrics")
pytestmark = pytest.mark.sklearn


@dc.dataclass(frozen=True)
class Answer:
    predictions: np.ndarray
    probabilities: np.ndarray | None


@dc.dataclass(frozen=True)
class Schema:
    names: tuple[str, ...] = ("x",)


@dc.dataclass(frozen=True)
class Contract:
    """Admits every row but those whose `x` is NaN."""

    schema: Schema = Schema()

    def admit(self, columns):
        if np.isnan(columns["x"]).any():
            raise SchemaError("x is missing.", findings=())


@dc.dataclass(frozen=True)
class Predictor:
    """Answers from a rule instead of a model."""

    rule: object
    classes: tuple | None = None
    schema: Schema = Schema()
    fitted: Contract = Contract()

    def answer(self, columns):
        given = self.rule(columns["x"])
        return Answer(given, None) if self.classes is None else Answer(None, given)


def scored(table, rule, classes=None):
    made = parts(sources.open(table), "y", NoProgress(), seed=0, validation=0.3)
    found = score(Predictor(rule, classes), made.training, made.validation, NoProgress())
    return found, made


def values(part, name):
    return np.concatenate([chunk.columns[name] for chunk in part.chunks((name,))])


def test_figures_of_a_number():
    random = np.random.default_rng(0)
    x = random.normal(size=400)
    found, made = scored(
        {"x": x, "y": 1e6 + 3 * x + random.normal(size=400)}, lambda x: 1e6 + 2.8 * x
    )
    y, x = values(made.validation, "y"), values(made.validation, "x")
    given = 1e6 + 2.8 * x
    assert found["RMSE"] == pytest.approx(metrics.root_mean_squared_error(y, given))
    assert found["MAE"] == pytest.approx(metrics.mean_absolute_error(y, given))
    assert found["R²"] == pytest.approx(metrics.r2_score(y, given))
    naive = np.full_like(y, values(made.training, "y").mean())
    assert found.naive["RMSE"] == pytest.approx(metrics.root_mean_squared_error(y, naive))
    assert found.naive["R²"] == pytest.approx(metrics.r2_score(y, naive), abs=1e-9)
    assert found.rows == len(y)


def test_figures_of_a_class():
    random = np.random.default_rng(0)
    names = np.array(["a", "b", "b", "c"], object)[random.integers(0, 4, 400)]
    chances = random.dirichlet(np.ones(3), 400)
    found, made = scored(
        {"x": np.arange(400), "y": names}, lambda x: chances[x.astype(int)], ("a", "b", "c")
    )
    y, given = values(made.validation, "y"), chances[values(made.validation, "x").astype(int)]
    chosen = np.array(["a", "b", "c"])[given.argmax(axis=1)]
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(y.astype(str), chosen))
    assert found["log loss"] == pytest.approx(metrics.log_loss(y.astype(str), given))
    assert found.naive_name == "always 'b'"
    assert found.naive["accuracy"] == pytest.approx((y == "b").mean())


def test_a_sure_wrong_answer_has_a_finite_log_loss():
    found, _ = scored(
        {"x": np.arange(50.0), "y": ["a", "b"] * 25},
        lambda x: np.tile([1.0, 0.0], (len(x), 1)),
        ("a", "b"),
    )
    assert 10 < found["log loss"] < 40


def test_a_class_that_training_lacks_counts_as_wrong():
    # One row of class `c`, put where the split makes it a validation row.
    names = np.array(["a", "b"] * 25, object)
    made = parts(
        sources.open({"x": np.arange(50.0), "y": names}),
        "y",
        NoProgress(),
        seed=0,
        validation=0.3,
    )
    place = int(values(made.validation, "x")[0])
    names[place] = "c"
    found, _ = scored(
        {"x": np.arange(50.0), "y": names},
        lambda x: np.stack([x % 2 == 0, x % 2 == 1], 1) * 1.0,
        ("a", "b"),
    )
    assert found.unknown == 1
    assert found["accuracy"] == pytest.approx(1 - 1 / found.rows)
    assert found["log loss"] == pytest.approx(0, abs=1e-9)
    assert "1 row is of a class" in found.text()


def test_a_constant_target_has_no_r2_and_its_score_is_json():
    found, _ = scored({"x": np.arange(50.0), "y": np.ones(50)}, lambda x: x * 0 + 1)
    assert np.isnan(found["R²"])
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["model"]["R²"] is None


def test_the_score_is_a_table_that_people_read():
    text = Score(10, {"RMSE": 123456.7, "R²": 0.98765}, {"RMSE": 3e5, "R²": 0.0}, "mean").text()
    assert text.splitlines() == [
        "                 model  mean",
        "RMSE           123,457  300,000",
        "R²              0.9877     0",
    ]


@pytest.mark.parametrize("gaps", [[3], [0, 1, 2], list(range(0, 300, 7))])
def test_rows_that_the_contract_refuses_have_no_part_in_the_figures(gaps):
    x = np.arange(300.0)
    y = x + 1
    x[gaps] = np.nan
    made = parts(sources.open({"x": x, "y": y}), "y", NoProgress(), seed=0, validation=0.3)
    held = values(made.validation, "x")
    found, _ = scored({"x": x, "y": y}, lambda x: x)
    assert found.refused == np.isnan(held).sum()
    assert found.rows == len(held) - found.refused
    assert found["MAE"] == pytest.approx(1)
    more = "1 more row has" if found.refused == 1 else f"{found.refused} more rows have"
    said = f"{more} no answer, such as: x is missing."
    assert (said in found.text()) == (found.refused > 0)


def test_a_part_of_refused_rows_alone_is_an_error():
    with pytest.raises(SchemaError, match="x is missing"):
        scored({"x": np.full(50, np.nan), "y": np.arange(50.0)}, lambda x: x)
