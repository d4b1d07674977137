"""Every model that `fit` names: trained, bundled, loaded and asked, a number and a class each."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import samescale as ss
from samescale.errors import SpecError
from samescale.train import MODELS, fit
from samescale.train.settings import SETTINGS, settings

FEW = {"torch": {"epochs": 4}}
BOOSTED = ("xgboost", "lightgbm", "catboost")


def table(rows: int = 200) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    x = rng.normal(50, 9, rows)
    kind = np.where(x > 50, "old", "young").astype(object)
    city = rng.choice(np.array(["Oslo", "Rome"], object), rows)
    return {"x": x, "city": city, "y": 1000 + 20 * x + rng.normal(size=rows), "kind": kind}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("target", ["y", "kind"])
@pytest.mark.parametrize(
    "model", [pytest.param(name, marks=getattr(pytest.mark, name)) for name in (*BOOSTED, "torch")]
)
def test_what_was_trained_is_what_the_file_answers(model: str, target: str, tmp_path) -> None:
    pytest.importorskip(model)
    rows, path = table(), tmp_path / "x.samescale"
    del rows["kind" if target == "y" else "y"]
    training = FEW.get(model, {"rounds": 12})
    result = fit(rows, target, model=model, training=training, out=path)
    unit = "epoch" if model == "torch" else "round"
    assert result.course is not None
    assert (result.course.planned, result.course.unit) == (*training.values(), unit)
    assert f"{unit} {result.course.best}, the best" in result.text
    asked = {"x": [31.0, 50.5, 77.0], "city": ["Oslo", "Rome", "Oslo"]}
    found = ss.load(path).predict(asked)
    assert found.tolist() == result.predictor.predict(asked).tolist()
    if target == "kind":
        assert found[[0, 2]].tolist() == ["young", "old"]
    elif model != "torch":  # a network is only beginning to learn after so few epochs
        assert found[0] < found[1] < found[2]


@pytest.mark.parametrize("model", ["xgboost", "lightgbm", "catboost", "torch"])
def test_the_settings_are_those_of_the_training(model: str) -> None:
    pytest.importorskip(model)
    training = pytest.importorskip(f"samescale.models.{model}.training")
    assert settings(model) == tuple(sorted(training.OPTIONS))


def test_what_cannot_be_trained_is_not_offered() -> None:
    assert "onnx" not in MODELS
    with pytest.raises(SpecError, match=r"no model 'onnx'.*There are keras"):
        fit(table(), "y", model="onnx")


def test_a_wrong_setting_imports_no_framework() -> None:
    script = """
import sys
from samescale.errors import SpecError
from samescale.train import fit
try:
    fit("nowhere.csv", "y", model="catboost", training={"subsample": 1.0})
except SpecError as error:
    assert "xgboost" in str(error), error
else:
    raise SystemExit("not refused")
found = {"catboost", "xgboost", "lightgbm", "keras"} & set(sys.modules)
assert not found, found
"""
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr[-2000:]


def test_every_model_has_its_settings() -> None:
    assert set(SETTINGS) | {"boosting", "linear", "mlp"} == set(MODELS)
