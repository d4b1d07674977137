"""Data sets made for the tests, under the names of public ones: no package is asked for data."""

import numpy as np

ROWS = 300


def tables():
    """A table with every kind of column, by the name that it is kept under."""
    rng = np.random.default_rng(5)
    weight = np.round(rng.normal(70, 12, ROWS), 1)
    columns = {
        "weight": weight,
        "height": np.round(100 + weight + rng.normal(0, 6, ROWS), 1),
        "income": np.round(np.exp(rng.normal(9, 0.8, ROWS))),
        "warmth": np.round(rng.normal(15, 8, ROWS), 1),
        "flag": (rng.random(ROWS) < 0.3).astype(float),
        "spent": np.where(rng.random(ROWS) < 0.4, 0.0, np.round(rng.gamma(2, 50, ROWS), 2)),
        "score": rng.normal(0, 1, ROWS),
    }
    full = np.column_stack([*columns.values()])
    holes = full.copy()
    holes[rng.random(ROWS) < 0.1, 2] = np.nan
    return {"wine": (full, [*columns], False), "smarket": (holes, [*columns], True)}


def pictures():
    """Few small images, coloured and grey."""
    rng = np.random.default_rng(6)
    base = rng.integers(0, 256, (40, 1, 1, 3))
    coloured = np.clip(base + rng.normal(0, 40, (40, 8, 8, 3)).round(), 0, 255)
    grey = np.where(rng.random((40, 8, 8, 1)) < 0.6, 0, rng.integers(1, 256, (40, 8, 8, 1)))
    return {
        "skimage_patches": (coloured.astype(np.float32), ["R", "G", "B"], False),
        "mnist": (grey.astype(np.float32), ["R"], False),
    }


def write(folder):
    """Write all of them where the benchmark reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (values, names, timed) in {**tables(), **pictures()}.items():
        np.savez(folder / f"{name}.npz", X=values, names=np.array(names), timed=timed)
