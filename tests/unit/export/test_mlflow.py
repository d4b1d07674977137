"""MLflow: a pyfunc with signature and input example, and no pickle."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import samescale as ss
from samescale.export import export
from tests.unit.export.conftest import table

mlflow = pytest.importorskip("mlflow")
pytestmark = [pytest.mark.sklearn, pytest.mark.onnx]
COLUMNS = ("size", "city", "when", "id", "age")


def loaded(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return mlflow.pyfunc.load_model(str(path))


def test_it_answers_frames_as_the_bundle_does(bundles, tmp_path, wanted):
    made = export(bundles["band"], "mlflow", tmp_path / "made")
    assert {"MLmodel", "data/model.samescale", "input_example.json"} <= set(made.files)
    assert not [name for name in made.files if name.endswith((".pkl", ".py"))]
    rows = table(seed=8)
    model = loaded(tmp_path / "made")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = model.predict(pd.DataFrame({name: rows[name] for name in COLUMNS}))
    answer = wanted(bundles["band"], rows)
    assert [*found] == ["band", "probability_high", "probability_low", "probability_müd"]
    assert found["band"].tolist() == answer.predictions.tolist()
    np.testing.assert_allclose(found.to_numpy()[:, 1:].astype("f8"), answer.probabilities, 1e-9)


def test_the_signature_is_the_contract(bundles, tmp_path):
    export(bundles["price"], "mlflow", tmp_path / "made")
    model = loaded(tmp_path / "made")
    taken = {x.name: x.type.name for x in model.metadata.signature.inputs}
    assert taken == {
        "size": "double",
        "city": "string",
        "when": "datetime",
        "id": "double",
        "age": "double",
    }
    assert [x.name for x in model.metadata.signature.outputs] == ["price"]
    example = model.metadata.load_input_example(str(tmp_path / "made"))
    assert [*example] == list(COLUMNS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isfinite(model.predict(example)["price"]).all()
    lines = (tmp_path / "made" / "requirements.txt").read_text().splitlines()
    assert lines[0] == f"samescale[mlflow,sklearn]=={ss.__version__}"
    text = "".join(x.read_text() for x in (tmp_path / "made").glob("*") if x.is_file())
    assert str(tmp_path) not in text
