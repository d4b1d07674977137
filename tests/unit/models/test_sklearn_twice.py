"""An estimator that learned raw columns is refused; a pipeline at home with features is taken."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

import samescale as ss
from samescale import sources
from samescale.errors import ModelError, SpecError
from samescale.models.sklearn import KIND

pytestmark = pytest.mark.sklearn
ROWS = 300
RNG = np.random.default_rng(1)
TABLE = {
    "age": RNG.normal(40, 12, ROWS),
    "income": RNG.lognormal(10, 1, ROWS),
    "price": RNG.normal(size=ROWS),
}
CHAINS = {"age": ss.Normalization(), "income": [ss.Log1p(), ss.Normalization()]}
FITTED = ss.Spec(CHAINS, target=ss.Target("price", ss.Normalization())).adapt(TABLE)
RAW = np.stack([TABLE["age"], TABLE["income"]], axis=1)
LABELS = FITTED.labels(TABLE)
SCALERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    MinMaxScaler(),
    RobustScaler(),
    make_pipeline(StandardScaler()),
]


@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
def test_a_pipeline_whose_scaler_learned_raw_columns_is_refused(scaler):
    model = make_pipeline(scaler, Ridge()).fit(RAW, LABELS)
    with pytest.raises(ModelError, match=r"learned the raw column 'age'.*scaled twice"):
        ss.Bundle(FITTED, model)


@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
def test_a_pipeline_whose_scaler_learned_the_features_is_taken(scaler):
    ss.Bundle(FITTED, make_pipeline(scaler, Ridge()).fit(FITTED.matrix(TABLE), LABELS))


def test_a_scaler_of_raw_rows_that_adapt_never_saw_is_known_too():
    rows = np.stack([RNG.normal(41, 12.5, 90), RNG.lognormal(10, 1, 90)], axis=1)
    model = make_pipeline(StandardScaler(), Ridge()).fit(rows, LABELS[:90])
    with pytest.raises(ModelError, match="scaled twice"):
        ss.Bundle(FITTED, model)


def test_a_frame_of_raw_columns_is_refused():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({name: TABLE[name] for name in ("age", "income")})
    with pytest.raises(ModelError, match="'age' is given to it transformed") as caught:
        ss.Bundle(FITTED, LinearRegression().fit(frame, LABELS))
    assert "fitted.matrix(table)" in caught.value.remedy


def test_a_frame_of_columns_that_stay_as_they_are_is_taken():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": TABLE["age"]})
    same = ss.Spec({"age": ss.Rescaling(1.0)}, target=ss.Target("price")).adapt(TABLE)
    ss.Bundle(same, LinearRegression().fit(frame, LABELS))


def test_a_search_is_told_to_give_what_it_found():
    search = GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}).fit(FITTED.matrix(TABLE), LABELS)
    with pytest.raises(ModelError) as caught:
        KIND.save(search)
    assert ".best_estimator_" in caught.value.remedy
    KIND.save(search.best_estimator_)


def test_an_unknown_option_of_the_training_is_refused():
    source = sources.open(TABLE)
    with pytest.raises(SpecError, match="no option 'epochs'"):
        KIND.train(FITTED, source, source, estimator="boosting", epochs=3)
    with pytest.raises(SpecError, match=r"Did you mean 'alpha'\?"):
        KIND.train(FITTED, source, source, estimator="linear", alhpa=3)
