"""The Open Inference Protocol."""

import json

import numpy as np
import pytest

from samescale import transforms
from samescale.predictor import Predictor
from samescale.serve import Settings, app
from samescale.spec import Spec, Target
from tests.unit.predictors import LinearRuntime, row, rows
from tests.unit.serve.conftest import Client

INFER = "/v2/models/house/infer"


def tensors(count=3, **changes):
    items = rows(count)
    kinds = {"age": "FP64", "income": "FP64", "city": "BYTES", "weekday": "INT64"}
    found = {
        name: {
            "name": name,
            "datatype": kind,
            "shape": [count],
            "data": [item[name] for item in items],
        }
        for name, kind in kinds.items()
    }
    for name, change in changes.items():
        found[name] = found.get(name, {"name": name}) | change
    return list(found.values())


def infer(client, inputs, **more):
    return client.post(INFER, json={"inputs": inputs, **more})


class TestMetadata:
    def test_the_server_says_what_it_is(self, price):
        content = price.get("/v2").json()
        assert content["name"] == "samescale"
        assert content["extensions"] == []

    @pytest.mark.parametrize(
        "path",
        [
            "/v2/health/live",
            "/v2/health/ready",
            "/v2/models/house/ready",
            "/v2/models/house/versions/1/ready",
        ],
    )
    def test_it_is_alive_and_ready(self, price, path):
        assert price.get(path).status_code == 200

    @pytest.mark.parametrize("path", ["/v2/models/house", "/v2/models/house/versions/1"])
    def test_the_model_names_its_tensors(self, kind, path):
        content = kind.get(path).json()
        assert content["name"] == "house"
        assert content["versions"] == ["1"]
        assert content["platform"]
        assert [(t["name"], t["datatype"], t["shape"]) for t in content["inputs"]] == [
            ("age", "FP64", [-1]),
            ("income", "FP64", [-1]),
            ("city", "BYTES", [-1]),
            ("weekday", "INT64", [-1]),
        ]
        classes = len(kind.predictor.classes)
        assert [(t["name"], t["datatype"], t["shape"]) for t in content["outputs"]] == [
            ("prediction", "BYTES", [-1]),
            ("probabilities", "FP64", [-1, classes]),
        ]

    @pytest.mark.parametrize("path", ["/v2/models/other", "/v2/models/house/versions/2/ready"])
    def test_another_model_and_another_version_are_not_there(self, price, path):
        reply = price.get(path)
        assert reply.status_code == 404
        assert "/v2/models/house" in reply.json()["error"]


class TestInfer:
    def test_a_tensor_a_column_is_answered_as_in_python(self, price):
        content = infer(price, tensors(), id="7").json()
        assert (content["model_name"], content["model_version"], content["id"]) == (
            "house",
            "1",
            "7",
        )
        (output,) = content["outputs"]
        assert output == {
            "name": "prediction",
            "datatype": "FP64",
            "shape": [3],
            "data": price.predictor.predict(rows(3)).tolist(),
        }

    def test_what_the_answer_holds_is_what_the_metadata_says(self, kind):
        declared = {t["name"]: t for t in kind.get("/v2/models/house").json()["outputs"]}
        outputs = infer(kind, tensors()).json()["outputs"]
        assert [output["name"] for output in outputs] == list(declared)
        for output in outputs:
            assert output["datatype"] == declared[output["name"]]["datatype"]
            assert output["shape"][1:] == declared[output["name"]]["shape"][1:]
            assert len(output["data"]) == np.prod(output["shape"])

    def test_no_id_is_given_back_where_none_was_sent(self, price):
        assert "id" not in infer(price, tensors()).json()

    def test_columns_of_rows_by_one_and_nested_data_are_taken(self, price):
        expected = infer(price, tensors()).json()
        column = [[item["income"]] for item in rows(3)]
        nested = tensors(income={"shape": [3, 1], "data": column})
        flat = tensors(income={"shape": [3, 1]})
        assert infer(price, nested).json() == infer(price, flat).json() == expected

    def test_null_is_a_missing_value_where_the_contract_has_them(self, price):
        assert infer(price, tensors(age={"data": [None, 1.0, 2.0]})).status_code == 200

    @pytest.mark.parametrize("kind", ["FP32", "FP64", "INT32", "UINT8"])
    def test_whole_numbers_may_come_under_any_datatype_of_numbers(self, price, kind):
        given = tensors(age={"datatype": kind, "data": [20, 30, 40]})
        assert infer(price, given).status_code == 200

    def test_only_the_outputs_asked_for_are_given(self, kind):
        content = infer(kind, tensors(), outputs=[{"name": "probabilities"}]).json()
        assert [output["name"] for output in content["outputs"]] == ["probabilities"]

    def test_a_client_that_would_take_binary_gets_json(self, price):
        more = {"parameters": {"binary_data_output": True}}
        assert infer(price, tensors(), **more).json()["outputs"][0]["data"]

    def test_findings_come_as_a_parameter(self, price):
        content = infer(price, tensors(city={"data": ["Osl", "Oslo", "Oslo"]})).json()
        (finding,) = json.loads(content["parameters"]["findings"])
        assert finding["code"] == "SG201"

    def test_a_policy_of_raise_refuses(self, make):
        strict = make(policies={"SG201": "raise"})
        reply = infer(strict, tensors(city={"data": ["Osl", "Oslo", "Oslo"]}))
        assert reply.status_code == 422

    def test_no_rows_give_empty_outputs(self, price):
        empty = {"shape": [0], "data": []}
        names = ("age", "income", "city", "weekday")
        content = infer(price, tensors(**dict.fromkeys(names, empty))).json()
        assert content["outputs"][0]["shape"] == [0]


REFUSED = {
    "a-string-for-a-number": {"income": {"data": ["1", "2", "3"]}},
    "true-for-a-number": {"income": {"data": [True, False, True]}},
    "bool-tensor-for-a-number": {"income": {"datatype": "BOOL", "data": [True, False, True]}},
    "bytes-tensor-for-a-number": {"income": {"datatype": "BYTES", "data": ["1", "2", "3"]}},
    "null": {"income": {"data": [1.0, None, 3.0]}},
    "fraction-in-an-integer-tensor": {"weekday": {"data": [1, 2.5, 3]}},
    "fraction-for-a-code": {"weekday": {"datatype": "FP64", "data": [1, 2.5, 3]}},
    "number-for-text": {"city": {"datatype": "FP64", "data": [1, 2, 3]}},
    "too-few-values": {"income": {"data": [1.0]}},
    "too-many-values": {"income": {"data": [1.0] * 4}},
    "other-rows": {"income": {"shape": [2], "data": [1.0, 2.0]}},
    "two-wide": {"income": {"shape": [3, 2], "data": [1.0] * 6}},
    "no-shape": {"income": {"shape": []}},
    "negative-shape": {"income": {"shape": [-3]}},
    "shape-of-floats": {"income": {"shape": [3.5]}},
    "many-axes": {"income": {"shape": [3, *[1] * 20]}},
    "vast-shape": {"income": {"shape": [2**62, 2**62]}},
    "vast-shape-of-no-rows": {"income": {"shape": [0, 2**62, 8], "data": []}},
    "shape-beyond-int64-of-no-rows": {"income": {"shape": [0, 10**30], "data": []}},
    "integer-beyond-floats-beside-null": {"weekday": {"data": [1, None, 10**400]}},
    "beyond-its-datatype": {"weekday": {"datatype": "INT8", "data": [1, 2, 300]}},
    "negative-unsigned": {"weekday": {"datatype": "UINT8", "data": [1, 2, -1]}},
    "ragged": {"income": {"shape": [3, 1], "data": [[1.0], [2.0, 3.0], []]}},
    "unknown-datatype": {"income": {"datatype": "FP99"}},
    "unknown-column": {"incme": {"datatype": "FP64", "shape": [3], "data": [1.0] * 3}},
    "unknown-field": {"income": {"dta": [1]}},
    "binary": {"income": {"parameters": {"binary_data_size": 24}}},
}


class TestRefusals:
    @pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
    def test_a_wrong_tensor_is_refused(self, price, change):
        calls = list(price.predictor.runtime.calls)
        reply = infer(price, tensors(**change))
        assert reply.status_code == 400
        assert reply.json()["error"]
        assert price.predictor.runtime.calls == calls

    def test_a_missing_tensor_is_named(self, price):
        reply = infer(price, tensors()[1:])
        assert reply.status_code == 400
        assert "'age' is missing" in reply.json()["error"]

    def test_a_tensor_twice_is_refused(self, price):
        assert infer(price, tensors() + tensors()[:1]).status_code == 400

    def test_a_name_twice_in_a_tensor_is_refused(self, price):
        text = json.dumps({"inputs": tensors()}).replace('"shape"', '"shape": [3], "shape"', 1)
        reply = price.post(INFER, content=text)
        assert reply.status_code == 400
        assert "twice" in reply.json()["error"]

    def test_the_binary_extension_is_refused_by_name(self, price):
        header = {"Inference-Header-Content-Length": "10"}
        reply = price.post(INFER, content=b'{"inputs"}\x00\x01', headers=header)
        assert reply.status_code == 400
        assert "binary" in reply.json()["error"]

    @pytest.mark.parametrize("outputs", [[{"name": "nothing"}], [{"nme": 1}], "all"])
    def test_outputs_that_there_are_not_are_refused(self, price, outputs):
        assert infer(price, tensors(), outputs=outputs).status_code == 400

    def test_classification_is_not_spoken(self, price):
        outputs = [{"name": "prediction", "parameters": {"classification": 2}}]
        assert infer(price, tensors(), outputs=outputs).status_code == 400

    @pytest.mark.parametrize(
        "text",
        ["", "{}", "[]", '{"inputs": 1}', '{"inputs": []}', '{"inputs": [NaN]}', "[" * 99_999],
    )
    def test_a_body_that_is_no_request_is_refused(self, price, text):
        assert price.post(INFER, content=text).status_code == 400

    def test_too_many_rows_are_refused(self, make):
        assert infer(make(max_rows=2), tensors()).status_code == 413


@pytest.fixture(scope="module")
def numbers():
    normal = transforms.load("Normalization")
    random = np.random.default_rng(0)
    data = {name: random.normal(size=50) for name in ("a", "b", "y")}
    spec = Spec({"a": normal(), "b": normal()}, target=Target("y", normal()))
    fitted = spec.adapt(data)
    predictor = Predictor(fitted, LinearRuntime(fitted))
    client = Client(app(predictor, Settings(name="house")))
    client.predictor = predictor
    return client


class TestMatrix:
    @pytest.mark.parametrize("name", ["features", "input"])
    def test_one_tensor_in_the_schemas_order_is_taken(self, numbers, name):
        given = [[0.5, -1.0], [1.5, 2.0], [0.0, 0.25]]
        tensor = {"name": name, "datatype": "FP32", "shape": [3, 2], "data": given}
        expected = numbers.predictor.predict({"a": [0.5, 1.5, 0.0], "b": [-1.0, 2.0, 0.25]})
        content = infer(numbers, [tensor]).json()
        assert content["outputs"][0]["data"] == expected.tolist()

    @pytest.mark.parametrize("shape", [[2, 3], [6], [6, 1], [1, 3, 2]])
    def test_another_width_is_refused(self, numbers, shape):
        tensor = {"name": "features", "datatype": "FP32", "shape": shape, "data": [1.0] * 6}
        assert infer(numbers, [tensor]).status_code == 400

    def test_where_a_column_is_text_one_tensor_of_numbers_is_refused(self, price):
        tensor = {"name": "input", "datatype": "FP64", "shape": [1, 4], "data": [1, 2, 3, 4]}
        assert infer(price, [tensor]).status_code == 400


def test_both_dialects_give_the_same_numbers(price):
    plain = price.predict(*rows(3), row()).json()["predictions"][:3]
    assert infer(price, tensors()).json()["outputs"][0]["data"] == plain
