"""What an encoder raises for is refused at the door, by every way in."""

from __future__ import annotations

import dataclasses as dc
import json

import numpy as np
import pytest

pytest.importorskip("sklearn")
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

import samescale as ss
from samescale.bundle.synthetic import rows as synthetic_rows
from samescale.door import door
from samescale.errors import FormatError, SchemaError
from samescale.lane import Lane
from samescale.schema import Column, Schema

pytestmark = pytest.mark.sklearn
FRAME = pd.DataFrame(
    {
        "city": ["Oslo", "Rome", "Bern", "Oslo"] * 10,
        "rooms": [1, 2, 3, 3] * 10,
        "area": np.linspace(20.0, 90.0, 40),
    }
)
PRICE = FRAME["area"] * 2.0 + FRAME["rooms"]
ENCODERS = [OneHotEncoder(), OrdinalEncoder(), OneHotEncoder(drop="first")]
GOOD = {"city": "Rome", "rooms": 2, "area": 50.0}


def refused(value, table):
    """The findings of a table that is refused."""
    with pytest.raises(SchemaError) as caught:
        value(table)
    return caught.value.findings


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A bundle of a model behind an encoder that raises."""
    pipeline = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["city", "rooms"]), (StandardScaler(), ["area"])),
        Ridge(),
    ).fit(FRAME, PRICE)
    made = ss.adopt(pipeline, target="price")
    where = tmp_path_factory.mktemp("closed") / "price.samescale"
    ss.Bundle(made.fitted, made.model).save(where)
    return where


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
@pytest.mark.parametrize(
    ("column", "new", "remedy"),
    [("city", "oslo ", "Did you mean 'Oslo'?"), ("rooms", 7, "Send one of 1, 2, 3.")],
)
def test_a_new_category_is_refused_with_its_place_and_the_nearest(encoder, column, new, remedy):
    fitted = ss.adopt(encoder.fit(FRAME[[column]]))
    with pytest.raises(ValueError, match="unknown"):
        encoder.transform(pd.DataFrame({column: [new]}))
    known = FRAME[column].tolist()[:3]
    for table in ({column: [*known, new]}, [{column: one} for one in [*known, new]]):
        (found,) = refused(fitted.transform, table)
        assert (found.code, found.severity, found.row) == ("SG201", "error", 3)
        assert (found.column, found.remedy, found.share) == (column, remedy, 0.25)
    assert np.isfinite(fitted.matrix({column: known})).all()


def test_an_encoder_that_takes_them_leaves_the_column_open():
    for encoder in (
        OneHotEncoder(handle_unknown="ignore"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
    ):
        fitted = ss.adopt(encoder.fit(FRAME[["city"]]))
        assert not fitted.schema["city"].closed
        assert fitted.transform({"city": ["Paris"]})


def test_of_two_encoders_that_raise_each_counts():
    both = make_column_transformer(
        (OneHotEncoder(categories=[["Bern", "Oslo", "Rome", "Kyiv"]]), ["city"]),
        (OrdinalEncoder(), ["city"]),
        (OneHotEncoder(handle_unknown="ignore"), ["city"]),
    ).fit(FRAME)
    column = ss.adopt(both).schema["city"]
    assert column.closed
    assert column.categories == ("Bern", "Oslo", "Rome")


def test_what_is_imputed_first_counts_as_what_it_becomes():
    text = make_pipeline(
        SimpleImputer(missing_values="?", strategy="constant", fill_value="Oslo"), OneHotEncoder()
    ).fit(FRAME[["city"]])
    fitted = ss.adopt(text)
    assert fitted.matrix({"city": ["?"]}).tolist() == fitted.matrix({"city": ["Oslo"]}).tolist()
    assert refused(fitted.matrix, {"city": ["??"]})
    holes = FRAME[["rooms"]].astype(float)
    holes.iloc[0] = np.nan
    numbers = ss.adopt(
        make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()).fit(holes)
    )
    assert numbers.matrix({"rooms": [np.nan]}).tolist() == [[0.0, 0.0, 1.0]]
    assert refused(numbers.matrix, {"rooms": [np.nan, 4.0]})[0].row == 1


@pytest.mark.parametrize("policies", [None, "off"])
def test_no_policy_lets_it_in_and_no_way_in_is_open(path, policies):
    predictor = ss.load(path, policies=policies)
    assert np.isfinite(predictor.predict(GOOD)).all()
    many = {name: [value] * 300 for name, value in GOOD.items()}
    texts = np.array([GOOD["city"]] * 300, dtype=object)
    for bad in ({"city": "Paris"}, {"rooms": 4}):
        for ask in (predictor.predict, predictor.check):
            assert refused(ask, {**GOOD, **bad})[0].code == "SG201"
            assert refused(ask, [GOOD, {**GOOD, **bad}])[0].row == 1
        name, value = next(iter(bad.items()))
        long = {**many, name: [*many[name][:-1], value]}
        assert refused(predictor.predict, long)[0].row == 299
        assert refused(predictor.predict, pd.DataFrame(long))[0].row == 299
    texts[17] = "Paris"
    assert refused(predictor.predict, {**many, "city": texts})[0].row == 17


def test_a_server_refuses_it_with_the_finding(path):
    pytest.importorskip("msgspec")
    from samescale.serve.rows import RowReader

    predictor = ss.load(path)
    reader = RowReader.of(predictor.schema, 10_000)
    for count in (1, 500):  # as rows, and as columns that msgspec has typed
        body = json.dumps({"rows": [GOOD] * (count - 1) + [{**GOOD, "city": "oslo"}]}).encode()
        (found,) = refused(predictor.predict, reader.read(body))
        assert (found.row, found.remedy) == (count - 1, "Did you mean 'Oslo'?")


def test_a_row_of_closed_numbers_takes_no_short_cut():
    from samescale.models.sklearn import KIND

    numbers = FRAME[["rooms", "area"]]
    transforms = make_column_transformer(
        (OrdinalEncoder(), ["rooms"]), (StandardScaler(), ["area"])
    )
    made = ss.adopt(make_pipeline(transforms, Ridge()).fit(numbers, PRICE), target="price")
    runtime = KIND.load(KIND.save(made.model), KIND.config(made.model, made.fitted), made.fitted)
    predictor = ss.Predictor(made.fitted, runtime, policies="off")
    assert predictor.lane is None
    assert Lane.of(made.fitted, runtime, predictor.guard) is None
    assert refused(predictor.predict, {"rooms": 9, "area": 30.0})


def test_it_is_written_only_where_it_holds_and_read_back(path):
    schema = ss.load(path).schema
    assert schema["city"].closed
    assert "closed" not in schema["area"].to_json()
    assert Schema.from_json(schema.to_json()) == schema
    opened = Column("a", "string", kind="string", categories=("x",))
    assert list(opened.to_json()) == [
        "name", "dtype", "shape", "kind", "nullable", "categories",
    ]  # fmt: skip


def test_probe_rows_keep_to_it(path):
    predictor = ss.load(path)
    assert door(predictor.schema, synthetic_rows(predictor.schema, predictor.fitted.profile)).rows


def test_an_array_in_each_row_is_looked_through():
    column = Column("tags", "string", (2,), "string", categories=("a", "b"), closed=True)
    schema = Schema((column, Column("n", "int64", (2,), "integer", categories=(1, 2), closed=True)))
    good = {"tags": [["a", "b"], ["b", "b"]], "n": [[1, 2], [2, 2]]}
    assert door(schema, good).rows == 2
    bad = door(schema, {**good, "n": [[1, 2], [2, 3]]}, on_finding="return")
    assert [(found.row, found.value, found.share) for found in bad.findings] == [(1, "3", 0.25)]
    nullable = Schema((dc.replace(column, nullable=True),))
    assert door(nullable, {"tags": [[None, "a"]]}).rows == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"closed": False},
        {"closed": 1},
        {"closed": True, "categories": None},
        {"closed": True, "categories": []},
        {"closed": True, "categories": [1, 2]},
        {"open": True},
    ],
)
def test_a_file_says_it_soundly_or_is_refused(path, changed):
    from samescale.bundle.members import _column

    city = ss.load(path).schema["city"]
    assert _column(city.to_json()) == city
    with pytest.raises(FormatError):
        _column({**city.to_json(), **changed})
