"""The guard behind the server: findings, refusals and counts over HTTP."""

import json

import pytest

from samescale.errors import SpecError
from samescale.serve import Settings, app, serve
from tests.unit import guarding
from tests.unit.serve.conftest import Client

pytestmark = pytest.mark.usefixtures("counted")


def client(policies=None, **options):
    predictor = guarding.predictor(policies, lane=True, **options)
    found = Client(app(predictor, Settings(name="house")))
    found.predictor = predictor
    return found


def bad(count):
    return [guarding.row(seed, a=150_000.0) for seed in range(count)]


def test_a_mistake_in_a_request_comes_beside_the_predictions():
    (finding,) = client().predict(*bad(4)).json()["findings"]
    assert finding["code"] == "SG307"
    assert finding["columns"] == ["a"]
    assert finding["alternatives"] == [["drift", 1.0]]


def test_a_refusal_is_a_422_with_the_finding():
    reply = client({"other-unit": "raise"}).predict(*bad(4))
    assert reply.status_code == 422
    assert reply.json()["findings"][0]["code"] == "SG307"
    assert "another unit" in reply.json()["error"]


def test_single_rows_add_up_and_clear():
    asked = client()
    told = [
        [one["code"] for one in asked.predict(one).json()["findings"]]
        for one in [*bad(3), guarding.row(a=150.0)]
    ]
    assert ["SG307" in codes for codes in told] == [False, True, True, False]


def test_single_rows_are_refused_by_what_they_say_together():
    asked = client({"other-unit": "raise"})
    assert [asked.predict(one).status_code for one in bad(3)] == [200, 422, 422]
    assert asked.predict(guarding.row(a=150.0)).status_code == 200


def test_what_was_repaired_is_told():
    asked = client({"other-unit": "repair"})
    (finding,) = asked.predict(*bad(4)).json()["findings"]
    assert "taken back" in finding["message"]
    assert asked.predictor.runtime.asked[0]["a"].max() < 200


def test_health_counts_findings_by_code_and_rows():
    asked = client()
    asked.predict(*bad(4))
    asked.predict(guarding.row())
    told = asked.get("/health").json()["guard"]
    assert told == {"findings": {"SG307": 1}, "rows_seen": 1, "rows_skipped": 0, "unweighed": 0}


def test_the_tensors_of_the_protocol_carry_it_too():
    rows = guarding.raw(4) | {"a": [150_000.0] * 4}
    inputs = [
        {"name": n, "datatype": "FP64", "shape": [4], "data": list(map(float, c))}
        for n, c in (rows | {"b": [1500.0] * 4}).items()
    ]
    reply = client().post("/v2/models/house/infer", json={"inputs": inputs}).json()
    assert json.loads(reply["parameters"]["findings"])[0]["code"] == "SG307"


def test_every_field_of_a_finding_is_described():
    asked = client()
    known = asked.get("/openapi.json").json()["components"]["schemas"]["Finding"]["properties"]
    (finding,) = asked.predict(*bad(4)).json()["findings"]
    assert set(finding) <= set(known)


class TestSettings:
    @pytest.fixture
    def made(self, monkeypatch):
        found = {}
        monkeypatch.setattr("samescale.serve.load", lambda *_, **given: found.update(given))
        monkeypatch.setattr("samescale.serve.app", lambda *_: None)
        server = type("Server", (), {"run": staticmethod(lambda *_: None)})
        monkeypatch.setattr("samescale.serve._module", lambda _: server)
        return found

    def test_policies_and_workers_may_come_from_the_environment(self, made, monkeypatch):
        monkeypatch.setenv("SAMESCALE_SERVE_POLICY", "other-unit:age=repair, drift=warn")
        monkeypatch.setenv("SAMESCALE_SERVE_WORKERS", "4")
        serve("model.samescale")
        assert made["policies"] == {"other-unit": {"age": "repair"}, "drift": "warn"}
        assert made["workers"] == 4

    def test_those_that_are_given_come_first(self, made, monkeypatch):
        monkeypatch.setenv("SAMESCALE_SERVE_POLICY", "drift=warn")
        serve("model.samescale", policies={"SG202": "off"}, workers=2)
        assert (made["policies"], made["workers"]) == ({"SG202": "off"}, 2)

    def test_without_a_worker_there_is_no_server(self):
        with pytest.raises(SpecError, match="workers are 0"):
            Settings(workers=0)
