"""A bundle whose features are normalised by the key of their row, saved, loaded and asked."""

import json

import numpy as np
import pytest

import samescale as ss
from samescale.serve import Settings, app
from tests.unit.serve.conftest import Client

ROW = {"store": "kiosk", "shelf": 1, "sales": 100.0, "size": 3.0}


def saved(model, path):
    rng = np.random.default_rng(0)
    store = rng.choice(np.array(["kiosk", "market", None], object), 300)
    store[7] = "sold only once"
    table = {
        "store": store,
        "shelf": rng.integers(0, 4, 300),
        "sales": rng.normal(100, 20, 300),
        "size": rng.normal(3, 1, 300),
    }
    table["price"] = table["sales"] * 2 + table["size"]
    spec = ss.Spec(
        {"sales": ss.Normalization(by="store"), "size": ss.Normalization(by="shelf")},
        target=ss.Target("price", ss.Normalization()),
    )
    training = {"epochs": 1} if model == "keras" else {}
    ss.fit(table, spec=spec, model=model, training=training).bundle.save(path)
    return path


@pytest.fixture(
    name="path",
    scope="module",
    params=[
        pytest.param("keras", marks=pytest.mark.keras),
        pytest.param("linear", marks=pytest.mark.sklearn),
    ],
)
def _path(request, tmp_path_factory):
    return saved(request.param, tmp_path_factory.mktemp("by_key") / "m.samescale")


def test_one_row_is_answered_as_by_the_predictor(path):
    predictor = ss.load(path)
    asked = Client(app(predictor, Settings(name="sales"))).predict(ROW)
    assert asked.status_code == 200
    alone = predictor.predict({name: [value] for name, value in ROW.items()})
    assert asked.json()["predictions"][0] == pytest.approx(float(alone[0]), rel=1e-12)


@pytest.mark.parametrize("key", ["store", "shelf"])
def test_a_row_without_its_key_is_refused_by_name(path, key):
    client = Client(app(ss.load(path), Settings(name="sales")))
    asked = client.predict({name: value for name, value in ROW.items() if name != key})
    assert asked.status_code == 400
    assert key in asked.text


def test_an_unseen_key_is_answered_and_told(path):
    client = Client(app(ss.load(path), Settings(name="sales")))
    known = client.predict(ROW)
    unseen = client.predict({**ROW, "store": "elsewhere"})
    missing = client.predict({**ROW, "store": None})
    assert "SG201" not in known.text
    assert "SG201" in unseen.text
    assert "SG201" not in missing.text
    assert unseen.json()["predictions"] == missing.json()["predictions"]


def test_a_key_of_one_row_is_not_in_the_file(path):
    assert b"sold only once" not in path.read_bytes()
    assert "kiosk" in json.dumps(ss.load(path).schema.to_json())
