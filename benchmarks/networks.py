"""Cases of predicting, of functions in one process: they need Keras and scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from data import COLUMNS, SIZES, columns, matrix, spec, target
from measure import Case
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import samescale as ss

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np

HIDDEN = (64, 32)
TRAINED = 2_000


def cases(folder: Path) -> Iterator[Case]:
    """The preprocessing alone; then with a network behind it."""
    table = matrix(TRAINED)
    y = target(table)
    yield from _alone(table)
    yield from _keras(table, y, folder)
    yield from _sklearn(table, y, folder)


def _alone(table: np.ndarray) -> Iterator[Case]:
    fitted = spec().adapt(columns(table))
    scaler = StandardScaler().fit(table)
    layer = keras.layers.Normalization()
    layer.adapt(table)
    model = keras.Sequential([keras.Input((COLUMNS,)), layer])
    for rows in SIZES:
        given = matrix(rows)
        by_name = columns(given)
        yield Case(
            "preprocessing",
            rows,
            {
                "samescale": lambda by_name=by_name: fitted.matrix(by_name),
                "scikit-learn": lambda given=given: scaler.transform(given),
                "Keras": lambda given=given: model.predict_on_batch(given),
            },
        )


def _keras(table: np.ndarray, y: np.ndarray, folder: Path) -> Iterator[Case]:
    """A Keras network: a bundle that answers in units, and a model with Normalization inside."""
    layer = keras.layers.Normalization()
    layer.adapt(table)
    model = keras.Sequential([keras.Input((COLUMNS,)), layer, *_network()])
    predictor = _bundle(table, y, folder / "keras.samescale", keras_model=True)
    for rows in SIZES:
        given = matrix(rows)
        by_name = columns(given)
        yield Case(
            "preprocessing and a Keras network",
            rows,
            {
                "samescale": lambda by_name=by_name: predictor.answer(by_name),
                "Keras": lambda given=given: model.predict(given, verbose=0, batch_size=len(given)),
            },
        )


def _sklearn(table: np.ndarray, y: np.ndarray, folder: Path) -> Iterator[Case]:
    """scikit-learn's network: a bundle, and a pipeline."""
    network = MLPRegressor(hidden_layer_sizes=HIDDEN, early_stopping=True, random_state=0)
    pipeline = make_pipeline(StandardScaler(), network).fit(table, y)
    predictor = _bundle(table, y, folder / "sklearn.samescale", keras_model=False)
    for rows in SIZES:
        given = matrix(rows)
        by_name = columns(given)
        yield Case(
            "preprocessing and scikit-learn's network",
            rows,
            {
                "samescale": lambda by_name=by_name: predictor.answer(by_name),
                "scikit-learn": lambda given=given: pipeline.predict(given),
            },
        )


def _network() -> list[keras.layers.Layer]:
    hidden = [keras.layers.Dense(width, activation="relu") for width in HIDDEN]
    return [*hidden, keras.layers.Dense(1)]


def _bundle(table: np.ndarray, y: np.ndarray, path: Path, *, keras_model: bool) -> ss.Predictor:
    fitted = spec(with_target=True).adapt({**columns(table), "y": y})
    if keras_model:
        model = fitted.to_keras(keras.Sequential(_network()))
    else:
        model = MLPRegressor(hidden_layer_sizes=HIDDEN, early_stopping=True, random_state=0)
        model.fit(fitted.matrix(columns(table)), fitted.labels({"y": y}))
    ss.Bundle(fitted, model).save(path)
    return ss.load(path)
