"""A small training, and its bundle."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from samescale.bundle import Bundle
from samescale.spec import Spec, Target
from samescale.transforms.category_encoding import CategoryEncoding
from samescale.transforms.impute import Impute
from samescale.transforms.log1p import Log1p
from samescale.transforms.normalization import Normalization
from samescale.transforms.string_lookup import StringLookup

CREATED = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "bundles").glob("*.samescale"))


@pytest.fixture(scope="session")
def table():
    """Columns with missing values, a long tail and categories; seeded."""
    rng = np.random.default_rng(7)
    rows = 150
    age = rng.normal(40, 12, rows)
    age[::13] = np.nan
    income = np.exp(rng.normal(10, 1, rows))
    city = np.array(rng.choice(["Rome", "Oslo", "Bern"], rows), object)
    price = np.nan_to_num(age, nan=40.0) * 3 + np.log(income) * 20
    return {"age": age, "income": income, "city": city, "price": price}


@pytest.fixture(scope="session")
def fitted(table):
    """The table's preprocessing."""
    city = [StringLookup(), CategoryEncoding(output_mode="one_hot")]
    spec = Spec(
        {
            "age": [Impute("median"), Normalization()],
            "income": [Log1p(), Normalization()],
            "city": city,
        },
        target=Target("price", Normalization()),
    )
    return spec.adapt(table)


@pytest.fixture(scope="session")
def model(fitted, table):
    """A trained estimator."""
    linear = pytest.importorskip("sklearn.linear_model")
    pytest.importorskip("skops")
    return linear.Ridge().fit(fitted.matrix(table), fitted.labels(table))


@pytest.fixture(scope="session")
def bundle(fitted, model):
    """Both together."""
    return Bundle(fitted, model, notes="for tests", provenance={"by": "me"}, created=CREATED)


@pytest.fixture(scope="session")
def path(bundle, tmp_path_factory):
    """The bundle's file."""
    path = tmp_path_factory.mktemp("bundle") / "house.samescale"
    bundle.save(path)
    return path
