"""POST /predict: plain rows."""

import json

import pytest

from tests.unit.predictors import row, rows

MANY = 300  # their body is long enough to be read with types


def body(text):
    return text.encode() if isinstance(text, str) else text


def test_rows_are_answered_as_in_python(price):
    reply = price.predict(*rows(20))
    assert reply.status_code == 200
    assert reply.json() == {
        "predictions": price.predictor.predict(rows(20)).tolist(),
        "findings": [],
    }


def test_a_long_body_gives_the_same_bits_as_its_rows_alone(price):
    together = price.predict(*rows(MANY)).json()["predictions"]
    assert together == price.predictor.predict(rows(MANY)).tolist()
    assert together[:3] == [price.predict(r).json()["predictions"][0] for r in rows(MANY)[:3]]


def test_classes_come_by_name_with_probabilities(kind):
    content = kind.predict(*rows(5)).json()
    assert content["classes"] == list(kind.predictor.classes)
    assert content["probabilities"] == kind.predictor.predict_proba(rows(5)).tolist()
    assert content["predictions"] == kind.predictor.predict(rows(5)).tolist()


def test_columns_may_come_in_any_order_and_no_type_is_asked_of_the_body(price):
    mixed = json.dumps({"rows": [dict(reversed(row().items()))]})
    reply = price.post("/predict", content=mixed, headers={"content-type": ""})
    assert reply.json()["predictions"] == price.predict(row()).json()["predictions"]


def test_null_is_a_missing_value_where_the_contract_has_them(price):
    assert price.predict(row(age=None, city=None)).status_code == 200


def test_no_rows_are_answered_with_none(price):
    assert price.predict().json() == {"predictions": [], "findings": []}


def test_findings_of_the_guard_come_with_the_answer(price):
    reply = price.predict(row(city="Osl"))
    assert reply.status_code == 200
    (finding,) = reply.json()["findings"]
    assert finding["code"] == "SG201"
    assert finding["remedy"] == "Did you mean 'Oslo'?"


def test_under_the_policy_raise_nothing_is_answered(make):
    strict = make(policies={"SG201": "raise"})
    reply = strict.predict(row(city="Osl"))
    assert reply.status_code == 422
    assert [finding["code"] for finding in reply.json()["findings"]] == ["SG201"]
    assert strict.predictor.runtime.calls == []


BAD_VALUES = {
    "null": ({"income": None}, "SG105"),
    "number-as-text": ({"income": "1.5"}, "SG106"),
    "true": ({"income": True}, "SG103"),
    "word": ({"income": "abc"}, "SG106"),
    "list": ({"income": [1.0]}, "SG104"),
    "object": ({"income": {"a": 1}}, "SG104"),
    "number-for-text": ({"city": 7}, "SG103"),
    "true-for-text": ({"city": True}, "SG103"),
    "fraction-for-a-code": ({"weekday": 2.5}, "SG106"),
    "code-as-text": ({"weekday": "2"}, "SG106"),
    "null-for-a-code": ({"weekday": None}, "SG105"),
    "code-beyond-int64": ({"weekday": 2**70}, "SG106"),
    "float-beyond-float32": ({"income": 1e39}, "SG107"),
}


@pytest.mark.parametrize("count", [1, MANY])
@pytest.mark.parametrize(("change", "code"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_a_wrong_value_is_refused_with_column_row_and_code(price, change, code, count):
    calls = list(price.predictor.runtime.calls)
    given = [*rows(count - 1), row(**change)]
    reply = price.predict(*given)
    assert reply.status_code == 400
    (finding,) = reply.json()["findings"]
    assert (finding["code"], finding["column"]) == (code, *change)
    assert finding["row"] == count - 1
    assert finding["message"] in reply.json()["error"]
    assert price.predictor.runtime.calls == calls


@pytest.mark.parametrize("count", [1, MANY])
@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda item: item.pop("income"), {"SG101"}),
        (lambda item: item.update(more=1), {"SG102"}),
        (lambda item: item.update(incme=item.pop("income")), {"SG101", "SG102"}),
    ],
    ids=["missing", "unknown", "misspelt"],
)
def test_a_short_a_long_and_a_misspelt_row_are_refused(price, change, codes, count):
    given = rows(count)
    change(given[-1])
    reply = price.predict(*given)
    assert reply.status_code == 400
    assert {finding["code"] for finding in reply.json()["findings"]} == codes


ROW = json.dumps(row())
REFUSED = {
    "nothing": "",
    "no-json": "hello",
    "cut-short": '{"rows": [{"age": 1',
    "two-values": '{"rows": []} {}',
    "a-list": "[]",
    "a-number": "3",
    "no-rows": "{}",
    "rows-null": '{"rows": null}',
    "rows-object": '{"rows": {}}',
    "row-a-list": '{"rows": [[41, 1, "Oslo", 3]]}',
    "row-null": '{"rows": [null]}',
    "another-name": f'{{"rows": [{ROW}], "more": 1}}',
    "rows-twice": f'{{"rows": [], "rows": [{ROW}]}}',
    "column-twice": f'{{"rows": [{ROW[:-1]}, "age": 7}}]}}',
    "column-twice-and-colons": f'{{"rows": [{ROW[:-1].replace("Oslo", "a:b")}, "age": 7}}]}}',
    "not-utf8": b'{"rows": [{"age": "\xff"}]}',
    "byte-order-mark": b'\xef\xbb\xbf{"rows": []}',
    "half-a-pair": '{"rows": [{"city": "\\ud800"}]}',
    "half-a-pair-in-a-name": '{"rows": [{"\\ud800": 1}]}',
    "deep": "[" * 100_000,
    "deep-rows": '{"rows": ' + "[" * 100_000,
    "deep-value": '{"rows": [{"age": ' + "[" * 500 + "]" * 500 + "}]}",
    "comment": '{"rows": [] /* none */}',
    "trailing-comma": '{"rows": [],}',
    "huge-integer": ROW.join(['{"rows": [', "]}"]).replace("41.0", "1" * 5000),
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_a_body_of_another_form_is_refused_with_a_reason(price, sent):
    reply = price.post("/predict", content=body(sent))
    assert reply.status_code == 400
    content = reply.json()
    assert content["error"]
    assert content["findings"]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("count", [1, MANY])
def test_a_literal_that_is_no_json_number_is_named_with_column_and_row(price, literal, count):
    given = [*rows(count - 1), row(age=12345.5)]
    text = json.dumps({"rows": given}).replace("12345.5", literal)
    reply = price.post("/predict", content=text)
    assert reply.status_code == 400
    (finding,) = reply.json()["findings"]
    assert (finding["column"], finding["row"]) == ("age", count - 1)


def test_a_column_twice_in_a_long_body_is_refused(price):
    text = json.dumps({"rows": rows(MANY)}).replace('"weekday"', '"age": 1, "weekday"', 1)
    reply = price.post("/predict", content=text)
    assert reply.status_code == 400
    assert reply.json()["findings"][0]["column"] == "age"


def test_text_with_colons_is_no_repetition(price):
    given = [row(city="a:b::c")] * MANY
    assert price.predict(*given).status_code == 200
    assert price.predict(given[0]).status_code == 200


def test_a_million_unknown_names_are_refused_at_once(price):
    wide = {"rows": [{f"n{i}": 1 for i in range(100_000)}]}
    reply = price.post("/predict", json=wide)
    assert reply.status_code == 400
    assert "100000 names" in reply.json()["error"]


def test_a_body_that_repeats_many_names_is_refused_at_once(price):
    names = ", ".join(f'"n{i}": 1' for i in range(50_000))
    reply = price.post("/predict", content=f'{{"rows": [{{{names}, {names}}}]}}')
    assert reply.status_code == 400


def test_too_many_rows_are_refused(make):
    few = make(max_rows=3)
    assert few.predict(*rows(3)).status_code == 200
    reply = few.predict(*rows(4))
    assert reply.status_code == 413
    assert "4 rows" in reply.json()["error"]


@pytest.mark.parametrize("text", ['[{"age": 41}]', '"rows"', "5", '{"row": []}', '{"rows": {}}'])
def test_json_of_another_form_is_told_the_form(price, text):
    reply = price.post("/predict", content=text)
    assert reply.status_code == 400
    (finding,) = reply.json()["findings"]
    assert finding["code"] == "SG104"
    assert finding["remedy"].startswith('Send {"rows": [')
