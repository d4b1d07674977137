"""Makes the golden files of the present format. Run it once for a format, then never again.

A golden file is a promise to readers: what it holds stays readable. So an existing file is left
as it is.

    python tests/golden/make_bundles.py
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from samescale.bundle import Bundle
from samescale.bundle.format import FORMAT
from samescale.bundle.read import audit, parse
from samescale.spec import Spec, Target
from samescale.transforms.category_encoding import CategoryEncoding
from samescale.transforms.impute import Impute
from samescale.transforms.log1p import Log1p
from samescale.transforms.normalization import Normalization
from samescale.transforms.rescaling import Rescaling
from samescale.transforms.string_lookup import StringLookup

HERE = Path(__file__).parent / "bundles"
FITTED = Path(__file__).parent / "fitted"
CREATED = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
ROWS = 120


def table():
    """Ages, incomes, cities and small images, by arithmetic: the same on every machine."""
    row = np.arange(ROWS)
    age = 20.0 + (row * 37 % 50)
    age[::11] = np.nan
    income = 1000.0 + (row * row * 7919 % 90_000)
    city = np.array(["Rome", "Oslo", "Bern"], object)[row % 3]
    image = (row[:, None, None] * 31 + np.arange(6).reshape(2, 3) * 17) % 256
    price = 3.0 * np.nan_to_num(age, nan=40.0) + income / 500 + 10 * (row % 3)
    columns = {"age": age, "income": income, "city": city, "image": image.astype(np.uint8)}
    dear = np.where(price > np.median(price), "dear", "cheap").astype(object)
    return {**columns, "price": price, "class": dear}


def spec(target):
    """One of each: missing values, a logarithm, a category, a tensor."""
    city = [StringLookup(), CategoryEncoding(output_mode="one_hot")]
    return Spec(
        {
            "age": [Impute("median"), Normalization()],
            "income": [Log1p(), Normalization()],
            "city": city,
            "image": Rescaling(1 / 255),
        },
        target=target,
    )


def make(name, target, estimator):
    """Adapt, train, save."""
    path = HERE / f"format{FORMAT}-{name}.samescale"
    if path.exists():
        print(f"{path.name} is there and stays.")
        return
    data = table()
    fitted = spec(target).adapt(data)
    model = estimator.fit(fitted.matrix(data), fitted.labels(data))
    bundle = Bundle(fitted, model, notes="A golden bundle.", created=CREATED)
    print(path.name, bundle.save(path))


def halve(name):
    """The preprocessing of a golden bundle, in a file of its own."""
    path = FITTED / f"format{FORMAT}-{name}.fitted"
    if path.exists():
        print(f"{path.name} is there and stays.")
        return
    os.environ["SOURCE_DATE_EPOCH"] = str(int(CREATED.timestamp()))
    fitted = audit(parse((HERE / f"format{FORMAT}-{name}.samescale").read_bytes())).fitted
    print(path.name, fitted.save(path))


if __name__ == "__main__":
    make("regression", Target("price", Normalization()), Ridge())
    make("classification", Target("class", StringLookup()), LogisticRegression())
    halve("regression")
    halve("classification")
