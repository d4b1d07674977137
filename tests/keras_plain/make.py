"""Write a model of raw columns as a `.keras` on the backend at hand, and the rows to try it on.

Run as `make.py FOLDER`: writes `BACKEND.keras`, `rows.npz` (what crosses) and `expected.npz` (the
reference's features, and the answers of the bundle's runtime).
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np

import samescale as ss
from samescale import models
from samescale.targets import keras as target

ROWS = 300


def table() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    age = np.where(rng.random(ROWS) < 0.1, np.nan, rng.normal(40, 12, ROWS))
    return {
        "age": age,
        "year": rng.integers(1950, 2030, ROWS),
        "when": 1.7e9 + rng.uniform(0, 100, ROWS),
        "city": rng.choice(np.array(["Oslo", "Rome", "Bern", None], object), ROWS),
        "code": rng.choice(np.array([3, 7, 2**40, -5]), ROWS),
        "level": rng.normal(1e5, 50, ROWS).astype(np.float32),
        "km/h": rng.normal(0, 1, ROWS).astype(np.float32),
    }


def spec() -> ss.Spec:
    hot = ss.CategoryEncoding(output_mode="one_hot")
    return ss.Spec(
        {
            "age": [ss.Impute("median"), ss.Normalization()],
            "year": ss.Normalization(),
            "when": ss.Normalization(),
            "city": [ss.Impute("constant", fill_value="?"), ss.StringLookup(), hot],
            "code": [ss.IntegerLookup(), hot],
            "level": ss.Discretization(num_bins=5, output_mode="one_hot"),
            "km/h": [ss.Clip(-1.0, 1.0), ss.MinMax()],
        }
    )


def network(width: int) -> keras.Model:
    made = keras.Sequential(
        [keras.Input((width,)), keras.layers.Dense(16, "tanh"), keras.layers.Dense(1)]
    )
    rng = np.random.default_rng(5)
    made.set_weights([rng.normal(0, 0.3, x.shape).astype(x.dtype) for x in made.get_weights()])
    return made


def main(folder: Path) -> None:
    rows = table()
    fitted = spec().adapt(rows)
    parts = target.build(fitted.graph, network(len(fitted.feature_names)))
    parts.model.save(folder / f"{keras.backend.backend()}.keras")
    admitted = fitted.admit(rows)
    kind = models.load("keras")
    kind.check(parts.model, fitted)
    stored, config = kind.save(parts.model), kind.config(parts.model, fitted)
    answers = kind.load(stored, config, fitted).predict(admitted)
    np.savez(folder / "rows.npz", **parts.cross(admitted))
    np.savez(folder / f"expected.{keras.backend.backend()}.npz", answers=answers)
    np.save(folder / "features.npy", fitted.matrix_of(admitted))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
