"""Small bundles of scikit-learn models, and rows that they were never asked."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import samescale as ss

ROWS = 120


def table(seed: int = 0, rows: int = ROWS) -> dict[str, np.ndarray]:
    """Numbers with gaps, texts with gaps, times, and a number that float32 can't tell apart."""
    rng = np.random.default_rng(seed)
    size = rng.normal(80, 20, rows)
    return {
        "size": size,
        "city": rng.choice(np.array(["Oslo", "Rome", None], object), rows),
        "when": np.datetime64("2020-01-01", "s") + rng.integers(0, 10**7, rows),
        "id": 1.7e9 + rng.uniform(0, 100, rows),
        "age": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(40, 9, rows)).astype("f4"),
        "price": 3e5 + 2000 * size + rng.normal(0, 4e4, rows),
        "band": rng.choice(np.array(["low", "high", "müd"], object), rows),
        "sold": rng.random(rows) < 0.4,
    }


def spec(target: ss.Target) -> ss.Spec:
    hot = ss.CategoryEncoding(output_mode="one_hot")
    return ss.Spec(
        {
            "size": ss.Normalization(),
            "city": [ss.Impute("constant", fill_value="?"), ss.StringLookup(), hot],
            "when": ss.Normalization(),
            "id": ss.Normalization(),
            "age": [ss.Impute("median"), ss.Normalization()],
        },
        target=target,
    )


TARGETS = {
    "price": ss.Target("price", ss.Normalization()),
    "band": ss.Target("band", ss.StringLookup()),
    "sold": ss.Target("sold", ss.IntegerLookup()),
}


def adapted(target: str) -> ss.Fitted:
    return spec(TARGETS[target]).adapt(table())


@pytest.fixture(scope="package")
def bundles(tmp_path_factory):
    """Bundles of linear models by their target's name."""
    from sklearn.linear_model import LogisticRegression, Ridge

    folder = tmp_path_factory.mktemp("bundles")
    made = {}
    for name in TARGETS:
        fitted, rows = adapted(name), table()
        model = Ridge() if name == "price" else LogisticRegression()
        model.fit(fitted.matrix(rows), fitted.labels(rows))
        made[name] = folder / f"{name}.samescale"
        ss.Bundle(fitted, model).save(made[name])
    return made


@pytest.fixture
def wanted():
    """What a bundle answers for rows that it hasn't seen."""

    def answer(path, rows):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            predictor = ss.load(path, runtime="native")
            return predictor.answer({name: rows[name] for name in predictor.schema.names})

    return answer
