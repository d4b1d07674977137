"""scikit-learn: an estimator in skops' file, which verifies the bundle in it."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import clone, is_classifier, is_regressor

from samescale.errors import BundleError, ModelError, SchemaError
from samescale.export import export
from samescale.sklearn import BundleModel
from tests.unit.export.conftest import table

pytestmark = pytest.mark.sklearn
TRUSTED = "samescale.sklearn.bundled.BundleModel"


@pytest.fixture(params=["price", "band"])
def pair(request, bundles, tmp_path):
    """A bundle, and the estimator of it."""
    path = bundles[request.param]
    made = export(path, "sklearn", tmp_path / "made.skops")
    assert made.notes[0] == f'Load it with skops.io.load(path, trusted=["{TRUSTED}"]).'
    assert skops.io.get_untrusted_types(file=tmp_path / "made.skops") == [TRUSTED]
    return path, skops.io.load(tmp_path / "made.skops", trusted=[TRUSTED])


def test_it_answers_frames_as_the_bundle_does(pair, wanted):
    path, estimator = pair
    rows = table(seed=3)
    frame = pd.DataFrame({name: rows[name] for name in ("size", "city", "when", "id", "age")})
    answer = wanted(path, rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert estimator.predict(frame).tolist() == pytest.approx(answer.predictions.tolist())
        if answer.probabilities is None:
            assert is_regressor(estimator)
            assert not hasattr(estimator, "predict_proba")
        else:
            assert is_classifier(estimator)
            np.testing.assert_allclose(estimator.predict_proba(frame), answer.probabilities, 1e-9)
            assert estimator.classes_.tolist() == ["high", "low", "müd"]


def test_it_is_an_estimator(pair):
    _, estimator = pair
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    assert copy.n_features_in_ == 5
    assert copy.feature_names_in_.tolist() == ["size", "city", "when", "id", "age"]
    assert "Predictor" in repr(copy)
    with pytest.raises(ModelError, match="trained already"):
        estimator.fit([[1]])
    with pytest.raises(SchemaError, match="size"):
        estimator.predict(pd.DataFrame({"age": [1.0]}))


def test_a_byte_that_was_changed_is_refused_on_load(bundles, tmp_path):
    data = bytearray(bundles["price"].read_bytes())
    data[len(data) // 2] ^= 1
    skops.io.dump(BundleModel(bytes(data)), tmp_path / "bad.skops")
    with pytest.raises(BundleError):
        skops.io.load(tmp_path / "bad.skops", trusted=[TRUSTED])
