"""A fitted value that was adapted elsewhere is trained behind as it is, and the score says so."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale import bundle
from samescale.errors import DataError, SchemaError, SourceError, SpecError
from samescale.train import fit
from samescale.train.split import Split

pytestmark = pytest.mark.sklearn
CAVEAT = "learned before the split, from the dict of 4 columns (2000 rows): validation rows may"


def numbers(rows, seed=5):
    random = np.random.default_rng(seed)
    x = random.normal(50, 9, rows)
    city = np.array(["Oslo", "Rome", "Kyiv"], object)[np.arange(rows) % 3]
    y = 1000 + 20 * x + 7 * (np.arange(rows) % 3) + random.normal(size=rows)
    band = np.where(x > 50, "high", "low").astype(object)
    return {"x": x, "city": city, "y": y, "band": band}


def spec(target):
    return ss.Spec(
        {
            "x": ss.Normalization(),
            "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
        },
        target=target,
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """What a cluster learned: the file of 2,000 rows."""
    path = tmp_path_factory.mktemp("given") / "store.fitted"
    spec(ss.Target("y", ss.Normalization())).adapt(numbers(2000)).save(path)
    return path


@pytest.fixture(scope="module")
def classes():
    return spec(ss.Target("band", ss.StringLookup())).adapt(numbers(2000))


def sample(rows=300, **changed):
    return {name: values[:rows].copy() for name, values in numbers(2000).items()} | changed


def linear(table, fitted, **options):
    return fit(table, fitted=fitted, model="linear", **options)


def test_what_was_learned_elsewhere_is_in_the_bundle_unchanged(store, tmp_path):
    fitted = ss.Fitted.load(store)
    out = tmp_path / "model.samescale"
    result = linear(sample(), fitted, out=out)
    assert result.bundle.fitted is fitted
    assert ss.load(out).fitted.digest == fitted.digest
    assert 0.7 < result.score["RMSE"] < 2  # the noise that was put in is 1
    assert result.score.rows == 60


def test_the_score_says_that_its_rows_may_have_been_seen(store, tmp_path):
    fitted, out = ss.Fitted.load(store), tmp_path / "model.samescale"
    text = linear(sample(), fitted, out=out).text
    assert f"The statistics were {CAVEAT}" in text
    assert "60 validation rows, which no weight was learned from" in text
    assert "split before a weight was learned" in text
    assert "nothing" not in text
    assert CAVEAT in bundle.inspect(out).text()


def test_an_adapted_training_says_nothing_of_it():
    result = fit(sample(), spec=spec(ss.Target("y", ss.Normalization())), model="linear")
    assert "which nothing was learned from" in result.text
    assert "split before anything was learned" in result.text
    assert result.caveat == ""
    assert "statistics" not in result.bundle.provenance


def test_weights_are_those_of_the_training_rows_alone(store):
    fitted, table = ss.Fitted.load(store), sample()
    held = Split.of(300, seed=0, validation=0.2).holds("validation", 0, 300)
    assert held.sum() == 60
    before = linear(table, fitted).predictor.predict({"x": [41.0], "city": ["Oslo"]})
    table["y"] = np.where(held, -table["y"], table["y"])
    after = linear(table, fitted).predictor.predict({"x": [41.0], "city": ["Oslo"]})
    assert (before == after).all()


def test_a_class_is_trained_behind_it(classes):
    result = linear(sample(), classes)
    assert result.score["accuracy"] > 0.9
    assert result.bundle.fitted.classes == ("high", "low")


def test_a_class_that_the_sample_lacks_has_no_chance(classes):
    rows = sample(600)
    target = ss.Target("city", ss.StringLookup())
    three = ss.Spec({"x": ss.Normalization()}, target=target).adapt(numbers(2000))
    kept = rows["city"] != "Kyiv"
    result = linear({name: values[kept] for name, values in rows.items()}, three)
    chances = result.predictor.predict_proba({"x": [50.0]})
    assert chances[0, three.classes.index("Kyiv")] == 0


@pytest.mark.keras
def test_a_network_is_trained_behind_it(store, tmp_path):
    fitted = ss.Fitted.load(store)
    result = fit(sample(), fitted=fitted, training={"epochs": 30}, out=tmp_path / "n.samescale")
    assert result.score["R²"] > 0.5
    assert ss.load(tmp_path / "n.samescale").fitted.digest == fitted.digest


def test_text_is_read_as_what_was_learned(tmp_path):
    rows = {"code": np.array(["01", "02", "x"] * 100, object), "y": np.arange(300.0)}
    code = [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")]
    fitted = ss.Spec({"code": code}, target=ss.Target("y", ss.Normalization())).adapt(rows)
    path = tmp_path / "codes.csv"
    path.write_text("\n".join(["code,y", *["01,100", "02,0"] * 50]), encoding="utf-8")
    answers = linear(path, fitted).predictor.predict({"code": ["01", "02"]})
    np.testing.assert_allclose(answers, [100, 0], atol=5)


def test_a_gap_that_the_contract_does_not_allow_is_named_by_its_row(store):
    table = sample()
    table["x"][[250, 251, 252, 253]] = np.nan
    with pytest.raises(SchemaError, match="'x' has a missing value") as caught:
        linear(table, ss.Fitted.load(store))
    (note,) = caught.value.__notes__
    assert note in {f"That is row {row} of the dict of 4 columns." for row in (250, 251, 252, 253)}


def test_an_unknown_class_is_named_by_its_row(classes):
    table = sample()
    table["band"][[250, 251, 252, 253]] = "mid"
    with pytest.raises(DataError, match="class 'mid' wasn't in the training data") as caught:
        linear(table, classes)
    (note,) = caught.value.__notes__
    assert note in {f"That is row {row} of the dict of 4 columns." for row in (250, 251, 252, 253)}


def test_rows_of_a_single_class_are_refused(classes):
    with pytest.raises(DataError, match=r"240 rows to learn from is of class 'low'.*'high'"):
        linear(sample(band=np.array(["low"] * 300, object)), classes)


def test_a_column_that_is_not_there_is_named(store):
    table = sample()
    table["citi"] = table.pop("city")
    with pytest.raises(SpecError, match=r"Column 'city' of the fitted value.*Did you mean 'citi'"):
        linear(table, ss.Fitted.load(store))


def test_a_spec_beside_it_is_refused(store):
    fitted = ss.Fitted.load(store)
    with pytest.raises(SpecError, match="Both a spec and a fitted value"):
        linear(sample(), fitted, spec=fitted.spec)


def test_without_a_target_there_is_nothing_to_learn():
    fitted = spec(None).adapt(numbers(50))
    with pytest.raises(SpecError, match="has no target"):
        linear(sample(), fitted)


def test_another_target_is_refused(store):
    with pytest.raises(SpecError, match="The target is 'band', and the spec's is 'y'"):
        linear(sample(), ss.Fitted.load(store), target="band")


def test_an_option_that_the_table_does_not_take_is_refused(store):
    with pytest.raises(SourceError, match="dtypes"):
        linear(sample(), ss.Fitted.load(store), dtypes={"x": "string"})
