"""`samescale adopt`: files of others in, one verified bundle out, or nothing."""

from __future__ import annotations

import json
import pickle

import joblib
import keras
import lightgbm
import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import samescale as ss
from samescale.cli.main import main

pytestmark = [
    pytest.mark.sklearn, pytest.mark.keras, pytest.mark.xgboost, pytest.mark.lightgbm
]  # fmt: skip
NAMES = ["a", "b", "c"]
NUMBERS = np.random.default_rng(0).normal(5.0, 2.0, (50, 3)).astype(np.float32)
FRAME = pd.DataFrame(NUMBERS, columns=NAMES)
PRICES = NUMBERS @ np.array([2.0, -1.0, 0.5], np.float32)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Scalers and models, each in files of their own."""
    folder = tmp_path_factory.mktemp("adopt")
    scaler = MinMaxScaler().fit(FRAME)
    model = Ridge().fit(scaler.transform(FRAME), PRICES)
    whole = make_pipeline(MinMaxScaler(), Ridge()).fit(FRAME, PRICES)
    joblib.dump(scaler, folder / "scaler.joblib", compress=3)
    joblib.dump(whole, folder / "whole.joblib")
    skops.io.dump(scaler, folder / "scaler.skops")
    skops.io.dump(model, folder / "model.skops")
    skops.io.dump(whole, folder / "whole.skops")
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    (folder / "both.pkl").write_bytes(pickle.dumps({"model": model, "scaler": scaler}))
    (folder / "pair.pkl").write_bytes(pickle.dumps((scaler, MinMaxScaler().fit(FRAME))))
    (folder / "three.pkl").write_bytes(
        pickle.dumps({"x": scaler, "y": MinMaxScaler().fit(PRICES[:, None]), "model": model})
    )
    kinds = np.where(PRICES > 5, "dear", "cheap")
    classes = LogisticRegression().fit(scaler.transform(FRAME), kinds)
    skops.io.dump(classes, folder / "classes.skops")
    boosted = xgboost.XGBRegressor(n_estimators=3).fit(scaler.transform(FRAME), PRICES)
    boosted.save_model(folder / "boosted.json")
    boosted.save_model(folder / "boosted.ubj")
    lightgbm.LGBMRegressor(n_estimators=3, verbose=-1, min_child_samples=2).fit(
        scaler.transform(FRAME), PRICES
    ).booster_.save_model(folder / "boosted.txt")
    (folder / "bad.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    (folder / "statistics.json").write_text(json.dumps({"mean": [1, 2], "std": [1, 2]}))
    (folder / "unclear.json").write_text(json.dumps({"mean": [1, 2]}))
    pixels = {"do_resize": True, "size": {"height": 4, "width": 4}, "rescale_factor": 1 / 255}
    (folder / "preprocessor_config.json").write_text(json.dumps(pixels))
    _models_of_keras(folder)
    return folder


def _models_of_keras(folder):
    scale = keras.layers.Normalization()
    scale.adapt(NUMBERS)
    inside = keras.Sequential([keras.Input((3,)), scale, keras.layers.Dense(1)])
    inside.compile("adam", "mse")
    inside.fit(NUMBERS, PRICES, verbose=0)
    inside.save(folder / "inside.keras")
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]).save(folder / "plain.keras")


def run(files, out, *arguments):
    """The command on files of the folder."""
    given = [str(files / one) if (files / one).exists() else one for one in arguments]
    return main(["adopt", *given, "-o", str(out)])


@pytest.mark.parametrize(
    "arguments",
    [
        ("--scaler", "scaler.joblib", "--model", "model.skops"),
        ("--scaler", "both.pkl", "--key", "scaler", "--model", "model.skops"),
        ("--scaler", "whole.skops"),
    ],
)
def test_a_scaler_and_a_model_become_a_bundle(files, tmp_path, arguments, capsys):
    out = tmp_path / "made.samescale"
    assert run(files, out, *arguments, "--target", "price") == 0
    shown = capsys.readouterr()
    assert "Rescaling" in shown.out
    assert "and verified" in shown.err
    expected = skops.io.load(files / "whole.skops").predict(FRAME)
    np.testing.assert_allclose(ss.load(out).predict(FRAME), expected, rtol=1e-6)
    assert [one.name for one in tmp_path.iterdir()] == ["made.samescale"]


def test_a_keras_model_gives_its_own_preprocessing(files, tmp_path):
    out = tmp_path / "made.samescale"
    made = run(
        files, out, "--model", "inside.keras", "--columns", "a,b,c", "--target", "price", "-q"
    )
    assert made == 0
    expected = keras.saving.load_model(files / "inside.keras").predict(NUMBERS, verbose=0)
    found = ss.load(out).predict(FRAME)
    np.testing.assert_allclose(found, expected[:, 0], rtol=1e-5, atol=1e-5)


def test_a_scaler_in_front_of_a_keras_model(files, tmp_path, capsys):
    out = tmp_path / "made.samescale"
    arguments = ("--scaler", "scaler.joblib", "--model", "plain.keras", "--target", "price")
    assert run(files, out, *arguments, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["verified"] is True
    assert [*said["spec"]["columns"]] == NAMES


def test_without_a_model_the_preprocessing_alone_is_written(files, tmp_path, capsys):
    out = tmp_path / "made.fitted"
    assert run(files, out, "--scaler", "statistics.json", "--columns", "u,v") == 0
    assert ss.Fitted.load(out).matrix({"u": [3.0], "v": [2.0]}).tolist() == [[2.0, 0.0]]
    assert run(files, out, "--scaler", "both.pkl") == 0
    assert "'scaler' is adopted" in capsys.readouterr().err
    assert run(files, out, "--scaler", "whole.joblib") == 0
    assert "(Ridge) is left out" in capsys.readouterr().err
    assert ss.Fitted.load(out).schema.names == tuple(NAMES)
    assert run(files, out, "--scaler", "preprocessor_config.json", "--resized") == 0
    assert ss.Fitted.load(out).schema["image"].shape == (4, 4, 3)


@pytest.mark.parametrize("model", ["boosted.json", "boosted.ubj", "boosted.txt"])
def test_boosted_trees_come_from_the_files_of_their_libraries(files, tmp_path, model):
    out = tmp_path / "made.samescale"
    given = ("--scaler", "scaler.joblib", "--model", model, "--target", "price", "-q")
    assert run(files, out, *given) == 0
    features = joblib.load(files / "scaler.joblib").transform(FRAME).astype(np.float32)
    if model.endswith("txt"):
        expected = lightgbm.Booster(model_file=files / model).predict(features)
    else:
        expected = xgboost.Booster(model_file=files / model).predict(xgboost.DMatrix(features))
    np.testing.assert_allclose(ss.load(out).predict(FRAME), expected, rtol=1e-6)


def test_a_target_that_was_scaled_comes_back_in_its_own_units(files, tmp_path, capsys):
    out = tmp_path / "made.samescale"
    given = ("--scaler", "scaler.joblib", "--model", "plain.keras", "--target", "price")
    assert run(files, out, *given) == 0
    assert "--target-scaler FILE" in capsys.readouterr().err
    plain = ss.load(out).predict(FRAME)
    scaled = ("--target-scaler", "three.pkl", "--target-key", "y")
    assert run(files, out, *given, *scaled) == 0
    assert "--target-scaler FILE" not in capsys.readouterr().err
    spread = PRICES.max() - PRICES.min()
    np.testing.assert_allclose(
        ss.load(out).predict(FRAME), plain * spread + PRICES.min(), rtol=1e-5
    )


def test_a_classifier_brings_its_own_classes(files, tmp_path, capsys):
    out = tmp_path / "made.samescale"
    given = ("--scaler", "scaler.joblib", "--model", "classes.skops", "--target", "kind")
    assert run(files, out, *given) == 0
    model = skops.io.load(files / "classes.skops")
    expected = model.predict(joblib.load(files / "scaler.joblib").transform(FRAME))
    assert ss.load(out).predict(FRAME).tolist() == expected.tolist()
    assert run(files, out, *given, "--classes", "dear,cheap") == 2
    assert "in this order" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing to adopt"),
        (("--scaler", "bad.pkl"), "'os.system' at byte 0"),
        (("--scaler", "scaler.joblib", "--model", "model.pkl"), "is a pickle"),
        (("--scaler", "pair.pkl"), "--key"),
        (("--scaler", "pair.pkl", "--key", "7"), "no '7'"),
        (("--scaler", "three.pkl"), "x (MinMaxScaler), y (MinMaxScaler), model (Ridge)"),
        (("--scaler", "plain.keras"), "is a Keras model"),
        (("--scaler", "scaler.joblib", "--target-key", "y"), "--target-scaler FILE"),
        (("--scaler", "scaler.joblib", "--target-scaler", "pair.pkl"), "--target NAME"),
        (("--scaler", "unclear.json"), "What is divided by"),
        (("--scaler", "preprocessor_config.json"), "resizing to 4×4"),
        (("--model", "model.skops"), "holds no preprocessing"),
        (("--model", "plain.keras"), "no preprocessing layer"),
        (("--scaler", "scaler.joblib", "--classes", "x,y"), "--target NAME"),
        (("--scaler", "scaler.joblib", "--columns", "x,y,z"), "was fitted on"),
        (("--scaler", "not there"), "can't be read"),
        (("--scaler", "scaler.joblib", "--model", "statistics.json"), "no model"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(files, tmp_path, capsys, arguments, words):
    assert run(files, tmp_path / "made", *arguments) == 2
    assert words in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_a_model_of_another_width_is_refused_and_nothing_is_written(files, tmp_path, capsys):
    out = tmp_path / "made"
    out.write_text("before")
    arguments = ("--scaler", "statistics.json", "--model", "model.skops", "--target", "price")
    assert run(files, out, *arguments) == 2
    assert "3 features" in capsys.readouterr().err
    assert out.read_text() == "before"
    assert [*tmp_path.iterdir()] == [out]


def test_the_output_is_no_input(files):
    assert run(files, files / "scaler.joblib", "--scaler", "scaler.joblib") == 2
