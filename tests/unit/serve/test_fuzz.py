"""Nothing that a caller sends is the server's fault: no body gives a status of 500 or above."""

import asyncio
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from samescale.serve import Settings, app
from tests.unit import predictors
from tests.unit.predictors import rows

ODD = [
    *(None, True, False, 0, -1, 1.5, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 1e39, 1e308),
    *(5e-324, "", "1.5", "Oslo", "\x00", "\ud800", "NaN", "0x1", "é" * 50, [], [[]], {}, [1.0]),
    *({"rows": []}, {"age": 1}, ["Oslo"], [None], "2024-01-01", -999),
]
NAMES = ["age", "income", "city", "weekday", "rows", "inputs", "Age", "", "data", "shape", "name"]
JSON_VALUES = st.recursive(
    st.sampled_from(ODD) | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)
APPS = {
    name: app(predictors.predictor(name), Settings(name="m", max_rows=50, max_body_bytes=20_000))
    for name in ("price", "kind")
}


def infer_body(count=2):
    items = rows(count)
    kinds = {"age": "FP64", "income": "FP32", "city": "BYTES", "weekday": "INT64"}
    return {
        "id": "a",
        "inputs": [
            {"name": n, "datatype": k, "shape": [count], "data": [item[n] for item in items]}
            for n, k in kinds.items()
        ],
        "outputs": [{"name": "prediction"}],
    }


def status(name, path, body):
    """The status of one request, without a client between."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": []}
    asyncio.run(APPS[name](scope, receive, send))
    json.loads(sent[1]["body"])
    return sent[0]["status"]


PATHS = st.sampled_from(["/predict", "/v2/models/m/infer"])
WHICH = st.sampled_from(["price", "kind"])


@settings(max_examples=300, deadline=None)
@given(WHICH, PATHS, st.binary(max_size=200))
def test_bytes_at_random(name, path, body):
    assert status(name, path, body) == 400


@settings(max_examples=300, deadline=None)
@given(WHICH, PATHS, JSON_VALUES)
def test_json_at_random(name, path, value):
    assert status(name, path, json.dumps(value).encode()) < 500


@settings(max_examples=300, deadline=None)
@given(WHICH, st.sampled_from(["row", "rows", "body"]), st.sampled_from(NAMES), JSON_VALUES)
def test_rows_with_one_thing_changed(name, place, key, value):
    body = {"rows": rows(2)}
    match place:
        case "row":
            body["rows"][1][key] = value
        case "rows":
            body["rows"] = value
        case "body":
            body[key] = value
    assert status(name, "/predict", json.dumps(body).encode()) < 500


@settings(max_examples=400, deadline=None)
@given(
    WHICH,
    st.integers(0, 3),
    st.sampled_from(["name", "datatype", "shape", "data", "parameters", "more"]),
    JSON_VALUES
    | st.sampled_from(["FP64", "BYTES", "BOOL", "INT8", "UINT64", "FP16"])
    | st.lists(st.integers(-1, 5), max_size=4),
    st.sampled_from(["inputs", "outputs", "id", "parameters"]),
    st.booleans(),
)
def test_tensors_with_one_thing_changed(name, index, key, value, part, whole):
    body = infer_body()
    if whole:
        body[part] = value
    else:
        body["inputs"][index][key] = value
    assert status(name, "/v2/models/m/infer", json.dumps(body).encode()) < 500


@settings(max_examples=400, deadline=None)
@given(WHICH, st.booleans(), st.integers(0, 10_000), st.binary(max_size=3), st.integers(0, 3))
def test_valid_bodies_with_some_bytes_changed(name, plain, place, inserted, dropped):
    body = json.dumps({"rows": rows(2)} if plain else infer_body()).encode()
    place %= len(body)
    changed = body[:place] + inserted + body[place + dropped :]
    path = "/predict" if plain else "/v2/models/m/infer"
    assert status(name, path, changed) < 500


def test_the_bodies_that_are_changed_are_valid():
    assert status("price", "/predict", json.dumps({"rows": rows(2)}).encode()) == 200
    assert status("kind", "/v2/models/m/infer", json.dumps(infer_body()).encode()) == 200
