"""Model files of others that lie about themselves: each is read soundly, or refused at once."""

from __future__ import annotations

import io
import json
import random
import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest
import skops.io
import xgboost
from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.linear_model import LinearRegression

from samescale import models
from samescale.cli import model_files
from samescale.errors import ModelError

pytestmark = [
    pytest.mark.sklearn, pytest.mark.xgboost, pytest.mark.catboost, pytest.mark.keras
]  # fmt: skip
NUMBERS = np.random.default_rng(0).normal(size=(60, 3))
TREES = xgboost.XGBRegressor(n_estimators=3, max_depth=3).fit(NUMBERS, NUMBERS[:, 0])
UBJ = bytes(TREES.get_booster().save_raw("ubj"))
LENGTH = struct.pack(">q", 2**40)


@pytest.fixture(scope="module")
def catboost(tmp_path_factory):
    """CatBoost's own JSON, by loss."""
    folder = tmp_path_factory.mktemp("catboost")
    options = {"iterations": 4, "verbose": 0, "allow_writing_files": False}
    made = {
        "number": CatBoostRegressor(**options).fit(NUMBERS, NUMBERS[:, 0]),
        "classes": CatBoostClassifier(**options).fit(NUMBERS, np.digitize(NUMBERS[:, 0], [-1, 1])),
        "texts": CatBoostClassifier(**options).fit(NUMBERS, np.where(NUMBERS[:, 0] > 0, "a", "b")),
    }
    files = {}
    for name, model in made.items():
        model.save_model(str(folder / name), format="json")
        files[name] = (folder / name).read_bytes()
    model.save_model(str(folder / "cbm"))
    return made, {**files, "cbm": (folder / "cbm").read_bytes()}


def refused(content: bytes) -> ModelError:
    """The error, which comes soon and takes no memory."""
    for kind in ("keras", "sklearn", "xgboost", "catboost"):
        models.load(kind)  # a framework takes seconds to import
    before = time.monotonic()
    tracemalloc.start()
    with pytest.raises(ModelError) as caught:
        model_files.read(content, "given")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**27
    assert time.monotonic() - before < 10
    assert caught.value.remedy
    return caught.value


def test_xgboosts_binary_file_is_the_same_trees():
    found = model_files.read(UBJ, "trees.ubj")
    data = xgboost.DMatrix(NUMBERS)
    assert found.predict(data).tolist() == TREES.get_booster().predict(data).tolist()


@pytest.mark.parametrize(
    "content",
    [
        UBJ[:-40],
        UBJ + b"}",
        UBJ.replace(b"num_feature", b"num_fuature"),
        b"{L" + LENGTH + b"learner",
        b"{L" + struct.pack(">q", -1) + b"learner",
        b"{L" + struct.pack(">q", 7) + b"learner[$d#L" + LENGTH,
        b"{L" + struct.pack(">q", 7) + b"learner[$Z#L" + LENGTH,
        b"{L" + struct.pack(">q", 7) + b"learner[#L" + LENGTH + b"Z",
        b"{L" + struct.pack(">q", 7) + b"learner" + b"[" * 100_000,
        b"{L" + struct.pack(">q", 7) + b"learner" + b"Z}",
        b"{L" + struct.pack(">q", 7) + b"learner" + b"C}",
        (b"{L" + struct.pack(">q", 7) + b"learnerZL" + struct.pack(">q", 7) + b"learnerZ}"),
    ],
)
def test_a_lying_binary_file_is_refused(content):
    refused(content)


def test_damaged_binary_files_are_read_or_refused():
    chance, data = random.Random(0), xgboost.DMatrix(NUMBERS)
    refusals = 0
    for _ in range(400):
        content = bytearray(UBJ)
        for _ in range(chance.randrange(1, 3)):
            content[chance.randrange(30, len(content))] = chance.randrange(256)
        try:
            model_files.read(bytes(content), "damaged").predict(data)
        except ModelError:
            refusals += 1
    assert refusals > 50


def test_catboosts_json_is_the_same_trees(catboost):
    made, files = catboost
    for name in ("number", "classes"):
        found = model_files.read(files[name], name)
        theirs = made[name].predict(NUMBERS, prediction_type="RawFormulaVal")
        ours = found.predict(NUMBERS, prediction_type="RawFormulaVal")
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-8)
    assert "class codes" in refused(files["texts"]).message
    assert "binary format" in refused(files["cbm"]).message


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["oblivious_trees"][0]["splits"][0].update(float_feature_index=99),
        lambda told: told["oblivious_trees"][0]["splits"][0].update(float_feature_index=-1),
        lambda told: told["oblivious_trees"][0]["leaf_values"].pop(),
        lambda told: told["oblivious_trees"][0].update(splits=[{}] * 400),
        lambda told: told["features_info"]["float_features"].clear(),
        lambda told: told["features_info"].update(categorical_features=[{"a": 1}]),
        lambda told: told.update(scale_and_bias=[1, []]),
        lambda told: told.update(scale_and_bias="1"),
        lambda told: told.pop("oblivious_trees"),
        lambda told: told.pop("model_info"),
    ],
)
def test_a_lying_json_of_catboosts_is_refused(catboost, change):
    told = json.loads(catboost[1]["number"])
    change(told)
    refused(json.dumps(told).encode())


def test_a_packed_bomb_is_refused_before_it_is_unpacked():
    for name in ("schema.json", "config.json"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, b"{}")
            archive.writestr("metadata.json", b"{}")
            for place in range(6):
                archive.writestr(f"{place}.npy", bytes(2 * 10**8))
        assert "more than" in refused(file.getvalue()).message


@pytest.mark.parametrize("schema", [b"[" * 100_000, b"[]", b"{}", b"\xff", b'{"__loader__": 3}',
                                    b'{"__loader__": "ObjectNode", "file": []}'])  # fmt: skip
def test_a_zip_file_that_is_no_model_is_refused(schema):
    for name in ("schema.json", "config.json"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, schema)
            archive.writestr("metadata.json", b"{}")
        refused(file.getvalue())


def test_a_damaged_file_of_skops_is_read_or_refused():
    source = skops.io.dumps(LinearRegression().fit(NUMBERS, NUMBERS[:, 0]))
    chance, refusals = random.Random(0), 0
    for _ in range(150):
        content = bytearray(source)
        content[chance.randrange(4, len(content))] = chance.randrange(256)
        try:
            model_files.read(bytes(content), "damaged")
        except ModelError:
            refusals += 1
    assert refusals > 30


def test_a_kind_without_a_reader_says_so():
    with pytest.raises(ModelError, match="torch's own"):
        models.load("torch").read(b"PK")
