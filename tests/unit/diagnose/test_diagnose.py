"""Two tables, or a bundle and a table: what is compared, what is left out, and what is said."""

from __future__ import annotations

import functools
import json
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import samescale as ss
from samescale.diagnose import diagnose as whole
from samescale.errors import SourceError, SpecError

ROWS = 600
diagnose = functools.partial(whole, needed=False)  # which takes seconds


def table(rows=ROWS, seed=0):
    random = np.random.default_rng(seed)
    return {
        "age": random.integers(18, 90, rows),
        "income": np.round(random.lognormal(10, 0.5, rows), 2),
        "city": random.choice(["Rome", "Oslo", "Kyiv"], rows, p=[0.5, 0.3, 0.2]).astype(object),
    }


def csv(path, columns):
    pd.DataFrame(columns).to_csv(path, index=False)
    return str(path)


def test_live_like_training_has_nothing_to_tell():
    found = diagnose(table(), table(200, 1))
    assert found.status == "nothing"
    assert found.said == "All 200 rows that arrived look like training."
    assert [column.is_near for column in found.columns] == [True] * 3
    assert found.verdict.best is None


@pytest.mark.parametrize("form", ["frame", "arrow", "csv", "parquet", "folder", "rows", "batches"])
def test_every_kind_of_table_is_taken(form, tmp_path):
    live = table(50, 1)
    given = {
        "frame": lambda: pd.DataFrame(live),
        "arrow": lambda: pa.table(live),
        "csv": lambda: csv(tmp_path / "live.csv", live),
        "parquet": lambda: (
            pq.write_table(pa.table(live), tmp_path / "live.parquet") or tmp_path / "live.parquet"
        ),
        "folder": lambda: (
            (tmp_path / "live").mkdir()
            or (csv(tmp_path / "live" / "a.csv", live) and str(tmp_path / "live"))
        ),
        "rows": lambda: pd.DataFrame(live).to_dict("records"),
        "batches": lambda: iter([pa.table(live)]),
    }[form]()
    found = diagnose(table(), given)
    assert found.live.rows == 50
    assert {column.name for column in found.columns} == {"age", "income", "city"}
    expected = diagnose(table(), live)
    assert [c.live for c in found.columns] == [c.live for c in expected.columns]


def test_the_same_tables_give_the_same_diagnosis():
    one, other = (diagnose(table(), table(90, 1), seed=3).to_json() for _ in range(2))
    assert one == other
    json.dumps(one, allow_nan=False)


def test_arrays_without_names():
    random = np.random.default_rng(0)
    found = diagnose(random.normal(0, 1, (300, 2)), random.normal(0, 1, (30, 2)))
    assert {column.name for column in found.columns} == {"x0", "x1"}


def test_what_cant_be_compared_is_said_with_the_reason():
    train = {**table(), "id": np.arange(ROWS), "label": np.zeros(ROWS),
             "note": np.array([f"note number {i} of a long story" for i in range(ROWS)], object),
             "place": np.random.default_rng(0).normal(0, 1, (ROWS, 2))}  # fmt: skip
    live = {**table(20, 1), "id": np.arange(20), "extra": np.ones(20),
            "note": np.array(["x"] * 20, object), "place": np.ones((20, 2))}  # fmt: skip
    found = diagnose(train, live)
    assert set(found.skipped) == {"id", "label", "note", "place", "extra"}
    assert "identifier" in found.skipped["id"]
    assert found.skipped["label"] == "live doesn't have it"
    assert found.skipped["extra"] == "training doesn't have it"
    assert found.status == "nothing"


def test_columns_can_be_chosen():
    found = diagnose(table(), table(50, 1), columns=["age"])
    assert [column.name for column in found.columns] == ["age"]
    with pytest.raises(SpecError, match="Did you mean 'age'"):
        diagnose(table(), table(50, 1), columns=["agee"])


def test_tables_without_a_common_column_are_refused():
    with pytest.raises(SourceError, match="No column"):
        diagnose({"a": [1.0, 2.0]}, {"b": [1.0]})


@pytest.mark.parametrize("empty", [{"age": []}, {"age": np.zeros(0)}])
def test_no_rows_are_refused(empty):
    with pytest.raises(ss.SamescaleError, match="no row"):
        diagnose(table(), empty)


def test_alpha_must_be_a_chance():
    with pytest.raises(SpecError, match="alpha=2"):
        diagnose(table(), table(5), alpha=2)


def test_an_infinity_in_training_leaves_its_column_out():
    train = table()
    train["income"][3] = np.inf
    found = diagnose(train, table(50, 1))
    assert "income" in found.skipped
    assert {column.name for column in found.columns} == {"age", "city"}


def test_hostile_live_values_are_compared_all_the_same():
    live = table(50, 1)
    live["income"][:4] = np.inf, -np.inf, np.nan, 1e308
    live["age"] = live["age"].astype(float)
    live["age"][:] = np.nan
    live["city"][:2] = None, "\ud800"
    found = diagnose(table(), live)
    assert {column.name: column.live.missing for column in found.columns}["age"] == 1
    json.dumps(found.to_json(), allow_nan=False)


def test_text_where_training_had_numbers():
    live = {**table(20, 1), "income": np.array(["much"] * 20, object)}
    found = diagnose(table(), live)
    assert found.status == "mistake"
    assert any(one.column == "income" and one.severity == "error" for one in found.findings)
    assert "income" in found.skipped


def test_categories_in_another_form_have_a_name():
    live = table(100, 1)
    live["city"] = np.array([f" {city.upper()}" for city in live["city"]], object)
    found = diagnose(table(), live)
    assert found.status == "mistake"
    assert found.findings[0].code == "SG331"
    assert found.columns[0].name == "city"
    assert found.columns[0].live.unseen_share == 1
    assert {name for name, _ in found.columns[0].live.unseen} == {" ROME", " OSLO", " KYIV"}
    assert found.said == found.findings[0].message


def test_categories_are_counted_over_all_of_training():
    train = {"city": np.array(["Rome"] * 5000 + ["Oslo"] * 3, object)}
    found = diagnose(train, {"city": np.array(["Oslo", "Rome"], object)})
    assert found.columns[0].live.unseen_share == 0
    assert found.columns[0].training.shares == (5000 / 5003, 3 / 5003)


def test_dates_and_gaps():
    days = pd.date_range("2024-01-01", periods=ROWS, freq="h")
    live = pd.DataFrame({"day": days[:50] + pd.Timedelta(days=400), "x": [None, 1.5] * 25})
    found = diagnose(pd.DataFrame({"day": days, "x": np.arange(ROWS) % 7 + 0.5}), live)
    by_name = {column.name: column for column in found.columns}
    assert by_name["day"].kind == "date"
    assert by_name["day"].distance == 1
    assert by_name["x"].live.missing == 0.5
    assert any(one.code == "SG203" for one in found.findings)
    assert not any(one.code == "SG105" for one in found.findings)


def fitted():
    return ss.Spec({"age": ss.Normalization(), "city": ss.StringLookup()}).adapt(table())


def test_a_fitted_against_a_table(tmp_path):
    path = tmp_path / "x.fitted"
    fitted().save(path)
    live = csv(tmp_path / "live.csv", table(80, 1))
    for train in (fitted(), str(path)):
        found = diagnose(train, live)
        assert found.status == "nothing"
        assert found.training.rows == ROWS
        assert found.skipped == {"income": "the bundle doesn't read it"}
        age = next(column for column in found.columns if column.name == "age")
        # Training is drawn from its distribution alone, and must look like it.
        assert age.is_near
        assert age.training.mean == pytest.approx(table()["age"].mean())


def test_a_broken_contract_is_a_mistake():
    found = diagnose(fitted(), {"city": np.array(["Rome"], object)})
    assert found.status == "mistake"
    assert found.findings[0].code == "SG101"


def test_what_a_bundle_says_itself_isnt_given():
    with pytest.raises(SpecError, match="scaled"):
        diagnose(fitted(), table(5), scaled={"age": (1.0, 2.0)})
    with pytest.raises(SpecError, match="columns"):
        diagnose(fitted(), table(5), columns=["age"])


def test_long_tables_are_sampled_fairly():
    rows = 120_000
    found = diagnose({"x": np.arange(rows) % 1000 + 0.25}, {"x": np.arange(rows) % 1000 + 0.25})
    (column,) = found.columns
    assert found.live.rows == rows
    assert found.live.looked == 50_000
    assert column.training.mean == pytest.approx((np.arange(rows) % 1000).mean() + 0.25)
    assert column.is_near


def test_options_go_to_the_side_that_takes_them(tmp_path):
    train, live = table(), table(60, 1)
    train["zip"], live["zip"] = np.array(["01234"] * ROWS, object), np.array(["01234"] * 60, object)
    path = csv(tmp_path / "live.csv", live)
    found = diagnose(train, path, dtypes={"zip": "string"})
    assert found.status == "nothing"
    with pytest.raises(SourceError, match="no option"):
        diagnose(train, path, dtipes={})


def test_the_package_is_called_as_its_function():
    package = sys.modules["samescale.diagnose"]
    assert package(table(), table(30, 1)).live.rows == 30
