"""What the server says of itself."""

import json
import shlex

import pytest

from samescale.schema import Column, Schema
from samescale.serve import examples, openapi, page
from tests.unit import predictors


def test_every_column_is_described_with_its_type_and_none_beside_them(price):
    document = price.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    row = document["components"]["schemas"]["Row"]
    assert row["required"] == ["age", "income", "city", "weekday"]
    assert row["additionalProperties"] is False
    kinds = {name: column["type"] for name, column in row["properties"].items()}
    assert kinds == {
        "age": ["number", "null"],
        "income": "number",
        "city": ["string", "null"],
        "weekday": "integer",
    }
    assert "Bergen" in row["properties"]["city"]["description"]


@pytest.mark.parametrize("name", ["price", "kind"])
def test_the_example_it_gives_is_answered(make, name):
    client = make(name)
    example = client.get("/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]
    body = example["content"]["application/json"]["example"]
    reply = client.post("/predict", json=body)
    assert reply.status_code == 200
    assert reply.json()["findings"] == []


def test_every_path_that_it_names_is_there(price):
    for path, methods in price.get("/openapi.json").json()["paths"].items():
        for method in methods:
            assert price(method.upper(), path).status_code not in {404, 405}


@pytest.mark.parametrize("name", ["price", "kind"])
def test_what_is_answered_is_what_the_description_says(make, name):
    client = make(name)
    answer = client.get("/openapi.json").json()["components"]["schemas"]["Answer"]
    assert sorted(client.predict(predictors.row()).json()) == sorted(answer["required"])


def test_every_reference_leads_somewhere(price):
    document = price.get("/openapi.json").json()
    found = set(_references(document))
    assert found
    assert {name.rpartition("/")[2] for name in found} <= set(document["components"]["schemas"])


def _references(value):
    if isinstance(value, dict):
        yield from [value["$ref"]] if "$ref" in value else []
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


@pytest.fixture
def odd(monkeypatch):
    columns = (
        Column("image", "uint8", (2, 3)),
        Column("sold", "float64", kind="datetime"),
        Column("new", "float32", kind="boolean", nullable=True),
        Column("rooms", "float32", kind="integer"),
    )
    predictor = predictors.predictor()
    monkeypatch.setattr(type(predictor), "schema", Schema(columns))
    return predictor


def test_tensors_dates_and_truths_are_described(odd):
    columns = openapi.row(odd)["properties"]
    pixel = {"type": "integer", "minimum": 0, "maximum": 255}
    inner = {"type": "array", "items": pixel, "minItems": 3, "maxItems": 3}
    assert columns["image"] == {"type": "array", "items": inner, "minItems": 2, "maxItems": 2}
    assert columns["sold"]["type"] == ["string", "number"]
    assert columns["new"]["type"] == ["boolean", "null"]
    assert columns["rooms"] == {"type": "integer"}


def test_an_example_has_a_value_of_each_kind(odd):
    assert examples.row(odd) == {
        "image": [[0, 0, 0], [0, 0, 0]],
        "sold": "1970-01-01T00:00:00+00:00",
        "new": True,
        "rooms": 0,
    }


def test_the_command_is_quoted_for_a_shell():
    words = shlex.split(page.command(predictors.predictor(), "http://h:1"))
    assert words[:3] == ["curl", "http://h:1/predict", "-d"]
    assert json.loads(words[3])["rows"][0].keys() == predictors.row().keys()
