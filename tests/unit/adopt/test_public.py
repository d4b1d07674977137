"""`ss.adopt`, the one function: objects of every kind, and files."""

from __future__ import annotations

import json
import pickle
import sys
import types

import numpy as np
import pytest

pytest.importorskip("sklearn")
import joblib
import skops.io
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    QuantileTransformer,
    StandardScaler,
)

import samescale as ss
from samescale.errors import SourceError, SpecError

pytestmark = pytest.mark.sklearn
NUMBERS = np.random.default_rng(0).normal(3.0, 2.0, (40, 2))
SCALER = StandardScaler().fit(NUMBERS)
CONFIG = {
    "image_processor_type": "ViTImageProcessor",
    "do_resize": True,
    "size": {"height": 4, "width": 4},
    "rescale_factor": 1 / 255,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}


@pytest.mark.parametrize("ending", ["joblib", "pkl", "skops"])
def test_a_file_gives_what_its_object_gives(tmp_path, ending):
    path = tmp_path / f"scaler.{ending}"
    dump = {"joblib": joblib.dump, "skops": skops.io.dump}.get(ending)
    if dump is None:
        path.write_bytes(pickle.dumps(SCALER))
    else:
        dump(SCALER, path)
    for given in (path, str(path)):
        assert ss.adopt(given).digest == ss.adopt(SCALER).digest
    columns = ["age", "income"]
    assert ss.adopt(path, columns=columns).schema.names == tuple(columns)


def test_statistics_and_images_are_read_from_files(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"mean": [40.0], "std": [10.0], "columns": ["age"]}))
    assert ss.adopt(path).transform({"age": [55.0]})["age"].tolist() == [1.5]
    np.savez(tmp_path / "a.npz", mean=np.array([40.0]), std=np.array([10.0]))
    assert ss.adopt(tmp_path / "a.npz").transform({"x0": [55.0]})["x0"].tolist() == [1.5]
    path.write_text(json.dumps(CONFIG))
    with pytest.raises(SpecError, match="resizing"):
        ss.adopt(path)
    fitted = ss.adopt(path, resized=True, data_format="channels_first", columns=["pixels"])
    assert fitted.schema["pixels"].shape == (3, 4, 4)
    assert ss.adopt(path, resized=True, size=(2, 6)).schema["image"].shape == (2, 6, 3)


def test_of_several_the_key_says_which(tmp_path):
    other = MinMaxScaler().fit(NUMBERS)
    path = tmp_path / "all.joblib"
    joblib.dump({"x": SCALER, "y": other, "model": Ridge().fit(NUMBERS, NUMBERS[:, 0])}, path)
    with pytest.raises(SpecError, match=r"x \(StandardScaler\), y \(MinMaxScaler\)") as caught:
        ss.adopt(path)
    assert "key='x'" in caught.value.remedy
    assert ss.adopt(path, key="y").digest == ss.adopt(other).digest
    with pytest.raises(SpecError, match="no 'z'") as caught:
        ss.adopt(path, key="z")
    assert "x, y, model" in caught.value.remedy
    joblib.dump((SCALER, other), path)
    assert ss.adopt(path, key="1").digest == ss.adopt(other).digest
    assert ss.adopt((SCALER, {"left": "out"})).digest == ss.adopt(SCALER).digest
    with pytest.raises(SpecError, match="no objects that can be adopted"):
        ss.adopt([Ridge().fit(NUMBERS, NUMBERS[:, 0])])
    with pytest.raises(SpecError, match="no '1'"):
        ss.adopt(SCALER, key="1")


def test_the_model_of_a_file_stays_a_record(tmp_path):
    pipeline = make_pipeline(StandardScaler(), Ridge()).fit(NUMBERS, NUMBERS[:, 0])
    joblib.dump(pipeline, tmp_path / "a.joblib")
    found = ss.adopt(tmp_path / "a.joblib", target="price")
    assert isinstance(found, ss.Adopted)
    assert str(found.model) == "sklearn's Ridge"


def test_a_target_of_any_kind_takes_what_scaled_it():
    price = StandardScaler().fit(NUMBERS[:, :1] * 100)
    fitted = ss.adopt({"mean": [40.0], "std": [10.0]}, target=("price", price))
    back = fitted.inverse(np.array([0.0, 1.0]))
    np.testing.assert_allclose(back, price.inverse_transform([[0.0], [1.0]])[:, 0])


def test_options_are_those_of_images():
    with pytest.raises(SpecError, match="resized is an option of images"):
        ss.adopt(SCALER, resized=True)
    with pytest.raises(TypeError, match="'colums'"):
        ss.adopt(SCALER, colums=["a"])


def test_an_image_processor_is_known_by_where_it_comes_from():
    kind = type("ViTImageProcessor", (), {"__module__": "transformers.models.vit"})
    given = kind()
    given.image_mean, given.to_dict = CONFIG["image_mean"], lambda: CONFIG
    assert "transformers" not in sys.modules
    assert ss.adopt(given, resized=True).digest == ss.adopt(CONFIG, resized=True).digest
    stranger = types.SimpleNamespace(image_mean=[0.5], to_dict=lambda: CONFIG)
    with pytest.raises(SpecError, match="SimpleNamespace"):
        ss.adopt(stranger)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"cos\nsystem\n(S'true'\ntR.", b"\x89HDF"])
def test_what_is_no_such_file_is_told(tmp_path, content):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        ss.adopt(path)
    assert caught.value.remedy
    with pytest.raises(SourceError, match="can't be read"):
        ss.adopt(tmp_path / "not there")


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_a_constant_column_keeps_its_ends_apart(distribution):
    of = QuantileTransformer(n_quantiles=10, output_distribution=distribution)
    of.fit(np.full((30, 1), 5.0))
    tried = np.array([5.0, 5 + 1e-8, 5 - 1e-8, 5 + 1e-6, 6.0, 4.0, 1e300, -1e300])[:, None]
    theirs = of.transform(tried).astype(np.float32)
    assert ss.adopt(of).matrix({"x0": tried[:, 0]}).tolist() == theirs.tolist()


def test_quantiles_of_one_hot_features_are_refused():
    of = make_pipeline(KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"),
                       QuantileTransformer(n_quantiles=5)).fit(NUMBERS)  # fmt: skip
    with pytest.raises(SpecError, match="sparse"):
        ss.adopt(of)
