"""A spec as a scikit-learn transformer: by scikit-learn's own checks, and by what we promise."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest

sklearn = pytest.importorskip("sklearn")
from sklearn.base import clone  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.datasets import load_diabetes, load_wine  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.linear_model import LogisticRegression, Ridge  # noqa: E402
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402

import samescale as ss  # noqa: E402
from samescale.errors import NotInvertibleError, SchemaError, SpecError  # noqa: E402
from samescale.sklearn import Preprocessor  # noqa: E402

pytestmark = pytest.mark.sklearn

MIXED = {
    "age": [ss.Impute("median"), ss.Normalization()],
    "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
}


def _frame(rows=60, seed=0):
    rng = np.random.default_rng(seed)
    age = np.where(rng.random(rows) < 0.1, np.nan, rng.normal(40, 9, rows))
    return pd.DataFrame({"age": age, "city": rng.choice(["Oslo", "Rome"], rows), "id": range(rows)})


def _statuses(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check_estimator(estimator, on_fail=None, on_skip=None)
    return [(one["check_name"], one["status"], one["exception"]) for one in found]


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec", [None, ss.MinMax(), [ss.Impute("mean"), ss.Normalization()]], ids=str
)
def test_it_passes_every_check_that_standard_scaler_passes(spec):
    wanted = {name for name, status, _ in _statuses(StandardScaler()) if status == "passed"}
    found = _statuses(Preprocessor(spec))
    assert [one for one in found if one[1] == "failed"] == []
    assert wanted <= {name for name, status, _ in found if status == "passed"}


def test_it_gives_what_standard_scaler_gives():
    x = load_wine().data
    found = Preprocessor().fit_transform(x)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, StandardScaler().fit_transform(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_floats_is_kept(dtype):
    x = load_wine().data.astype(dtype)
    assert Preprocessor().fit(x).transform(x).dtype == dtype


def test_statistics_are_those_of_the_fold():
    x, y = load_diabetes(return_X_y=True)
    pipeline = make_pipeline(Preprocessor(), Ridge())
    folds = KFold(3)
    found = cross_val_predict(pipeline, x, y, cv=folds)
    for train, test in folds.split(x):
        alone = clone(pipeline).fit(x[train], y[train])
        np.testing.assert_array_equal(alone.predict(x[test]), found[test])
        profile = alone[0].fitted_.profile.columns["x0"]
        assert profile.rows == len(train)
        assert profile.mean == pytest.approx(x[train, 0].mean())


def test_a_grid_search_chooses_a_spec():
    x, y = load_wine(return_X_y=True)
    pipeline = make_pipeline(Preprocessor(), LogisticRegression(max_iter=500))
    specs = [ss.Normalization(), ss.MinMax(), [ss.Clip(0.0, 5.0), ss.Robust()]]
    search = GridSearchCV(pipeline, {"preprocessor__spec": specs}, cv=3).fit(x, y)
    assert search.best_params_["preprocessor__spec"] in specs
    assert search.best_score_ > 0.9


def test_a_frame_goes_by_its_names():
    frame = _frame()
    fitted = Preprocessor(MIXED).fit(frame)
    other = fitted.transform(frame)
    wanted = ss.Spec(MIXED).adapt(frame).matrix(frame)
    np.testing.assert_array_equal(other, wanted)
    with pytest.raises(ValueError, match="feature names"):
        fitted.transform(frame[["city", "age", "id"]])


def test_it_stands_in_a_column_transformer():
    frame = _frame()
    joined = ColumnTransformer([("ours", Preprocessor(MIXED), ["age", "city"])], remainder="drop")
    found = joined.fit_transform(frame)
    np.testing.assert_array_equal(found, ss.Spec(MIXED).adapt(frame).matrix(frame))


def test_names_and_frames_come_out():
    fitted = Preprocessor(MIXED).fit(_frame())
    names = [*ss.Spec(MIXED).adapt(_frame()).feature_names]
    assert fitted.get_feature_names_out().tolist() == names
    out = fitted.set_output(transform="pandas").transform(_frame())
    assert [*out.columns] == names


def test_an_arrays_columns_may_be_named():
    x = np.column_stack([np.arange(4.0), [0.0, 1.0, np.nan, 1.0]])
    fitted = Preprocessor([ss.MissingIndicator()]).fit(x)
    assert fitted.get_feature_names_out().tolist() == [*fitted.fitted_.feature_names]
    named = fitted.get_feature_names_out(["a", "b"]).tolist()
    assert named == [
        name.replace("x0", "a").replace("x1", "b") for name in fitted.fitted_.feature_names
    ]


def test_it_goes_back():
    x = load_wine().data
    fitted = Preprocessor([ss.Log1p(), ss.Normalization()]).fit(x)
    back = fitted.inverse_transform(fitted.transform(x))
    np.testing.assert_allclose(back, x, rtol=1e-5)
    hot = Preprocessor(MIXED).fit(_frame())
    features = hot.transform(_frame())
    with pytest.raises(NotInvertibleError, match="age|city"):
        hot.inverse_transform(features)
    with pytest.raises(ValueError, match="2 features"):
        fitted.inverse_transform(np.zeros((3, 2)))


def test_weights_count_rows():
    x = load_diabetes().data[:50]
    weights = np.arange(50) % 3
    weighted = Preprocessor().fit(x, sample_weight=weights)
    repeated = Preprocessor().fit(np.repeat(x, weights, axis=0))
    np.testing.assert_allclose(weighted.transform(x), repeated.transform(x), atol=1e-6)


def test_what_it_learned_goes_into_a_bundle(tmp_path):
    x, y = load_diabetes(return_X_y=True)
    pipeline = make_pipeline(Preprocessor(), Ridge()).fit(x, y)
    ss.Bundle(pipeline[0].fitted_, pipeline[1]).save(tmp_path / "ridge.samescale")
    predictor = ss.load(tmp_path / "ridge.samescale")
    found = predictor.predict({f"x{i}": x[:, i] for i in range(x.shape[1])})
    np.testing.assert_allclose(found, pipeline.predict(x), rtol=1e-9)


def test_it_is_cloned_and_pickled():
    fitted = Preprocessor(MIXED).fit(_frame())
    assert clone(fitted).spec.keys() == MIXED.keys()
    with pytest.raises(NotFittedError):
        clone(fitted).transform(_frame())
    again = pickle.loads(pickle.dumps(fitted))
    assert again.fitted_.digest == fitted.fitted_.digest


def test_mistakes_have_names():
    with pytest.raises(SpecError, match="has a target"):
        Preprocessor(ss.Spec({"age": ss.Normalization()}, target=ss.Target("y"))).fit(_frame())
    with pytest.raises(ss.SamescaleError, match="height"):
        Preprocessor({"height": ss.Normalization()}).fit(_frame())
    fitted = Preprocessor(MIXED).fit(_frame())
    with pytest.raises(SchemaError, match="age"):
        fitted.transform(_frame().assign(age="old"))
    with pytest.raises(ValueError, match="NaN"):
        Preprocessor().fit(np.array([[1.0], [np.nan]]))
