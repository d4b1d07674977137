"""Cases of answering raw rows, in one process: they need Keras, scikit-learn, ONNX and pandas."""

from __future__ import annotations

import dataclasses as dc
from itertools import cycle
from typing import TYPE_CHECKING, Any, Self, final

import keras
import numpy as np
import pandas as pd
from data import COLUMNS, NAMES, columns, matrix, spec, target
from measure import Case
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import samescale as ss
from samescale import models, targets
from samescale.models._onnx import session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

HIDDEN = (64, 64)
TRAINED = 2_000  # rows that a network does
ASKED = 256  # different single rows
WORDS = tuple(f"c{index}" for index in range(10))
DISTINCT = 20
ESTIMATORS = ("Ridge", "MLP(64, 64)")


@final
@dc.dataclass(frozen=True, slots=True)
class Network:
    """A Keras network behind 20 normalised columns, and who else answers for the same.

    Attributes:
        path: Its bundle.
        predictor: What the bundle loads as.
        model: A Keras model with `Normalization` inside and the same network behind it.
        pipeline: scikit-learn's, with a network of the same size.
        content: The network as ONNX, without preprocessing.
        rows: Single rows, such as it learned from.
    """

    path: Path
    predictor: ss.Predictor
    model: keras.Model
    pipeline: Any
    content: bytes
    rows: np.ndarray

    @classmethod
    def made(cls, folder: Path, learned: int) -> Self:
        """The network, untrained: what it answers costs the same.

        Args:
            folder: Where its bundle is written.
            learned: From how many rows the preprocessing learns.
        """
        table = matrix(learned)
        y = target(table)
        fitted = spec(with_target=True).adapt({**columns(table), "y": y})
        hidden = [keras.layers.Dense(width, activation="relu") for width in HIDDEN]
        network = keras.Sequential([*hidden, keras.layers.Dense(1)])
        model = fitted.to_keras(network)
        path = folder / "keras.samescale"
        ss.Bundle(fitted, model).save(path)
        layer = keras.layers.Normalization()
        layer.adapt(table)
        inside = keras.Sequential([keras.Input((COLUMNS,)), layer, network])
        scaled = StandardScaler().fit(table)
        some = scaled.transform(table[:TRAINED])
        estimator = _mlp().partial_fit(some, y[:TRAINED])
        content = models.load("keras").network(model, fitted)
        rows = table[:ASKED].copy()
        pipeline = make_pipeline(scaled, estimator)
        made = cls(path, ss.load(path), inside, pipeline, content, rows)
        made.check(rows)
        return made

    def check(self, table: np.ndarray) -> None:
        """Who answers something else isn't compared."""
        wanted = self.predictor.answer(columns(table)).predictions
        found = self.predictor.fitted.inverse(self.model.predict(table, verbose=0).ravel())
        np.testing.assert_allclose(found, wanted, rtol=1e-3)

    def one_row(self) -> Case:
        """One row at a time."""
        dicts = [dict(zip(NAMES, row.tolist(), strict=True)) for row in self.rows]
        singles = [self.rows[at : at + 1] for at in range(ASKED)]
        (name,) = (given.name for given in _session(self.predictor).get_inputs())
        bare = _session(self.predictor).run
        exported = self._exported().run
        by_name = [dict(zip(NAMES, one.reshape(COLUMNS, 1, 1), strict=True)) for one in singles]
        given = {
            "samescale": (self.predictor.predict, dicts),
            "samescale, a list": (self.predictor.predict, [[one] for one in dicts]),
            "graph": (lambda x: bare(None, x), [{name: one} for one in singles]),
            "exported": (lambda x: exported(None, x), by_name),
            "scikit-learn": (self.pipeline.predict, singles),
            "Keras": (lambda x: self.model.predict(x, verbose=0), singles),
        }
        return Case("one row, 20 numbers, a network", 1, _each(given))

    def many_rows(self, rows: int) -> Case:
        """A table at once."""
        table = matrix(rows)
        by_name = columns(table)
        features = self.predictor.fitted.matrix(by_name)
        bare = session(self.content).run
        graph = _session(self.predictor)
        (name,) = (given.name for given in graph.get_inputs())
        size = self.predictor.runtime._block  # noqa: SLF001 - what it asks at once

        def blocks(run: Callable[..., Any], name: str, given: np.ndarray) -> np.ndarray:
            parts = (given[at : at + size] for at in range(0, rows, size))
            return np.concatenate([run(None, {name: part})[0] for part in parts])

        contenders = {
            "samescale": lambda: self.predictor.answer(by_name),
            "network": lambda: bare(None, {"features": features}),
            "blocks": lambda: blocks(bare, "features", features),
            "graph": lambda: blocks(graph.run, name, table),
        }
        return Case(f"{rows:,} rows, 20 numbers, a network", rows, contenders)

    def _exported(self) -> Any:
        """A session of the graph whose inputs are the columns, answering in the target's units."""
        fitted = self.predictor.fitted
        onnx: Any = targets.load("onnx")
        back = None if fitted.target is None else fitted.target.inverse
        return session(onnx.build(fitted.graph, self.content, inverse=back).content)


@final
@dc.dataclass(frozen=True, slots=True)
class Mixed:
    """An estimator of scikit-learn's behind numbers and words, and the same in a pipeline.

    Attributes:
        name: The estimator, in words.
        predictor: samescale's.
        pipeline: scikit-learn's.
        rows: Single rows, such as it learned from.
    """

    name: str
    predictor: ss.Predictor
    pipeline: Any
    rows: pd.DataFrame

    @classmethod
    def made(cls, folder: Path, name: str, learned: int) -> Self:
        """Both, learned from so many rows.

        Args:
            folder: Where the bundle is written.
            name: One of `ESTIMATORS`.
            learned: From how many rows the preprocessing learns.
        """
        frame = _frame(learned)
        y = _target(frame)
        hot = [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")]
        columns_ = {**dict.fromkeys(NAMES, ss.Normalization()), **dict.fromkeys(WORDS, hot)}
        fitted = ss.Spec(columns_, target=ss.Target("y", ss.Normalization())).adapt(
            frame.assign(y=y)
        )
        path = folder / f"{name[:3]}.samescale"
        some = frame[:TRAINED]
        labels = np.asarray(fitted.labels({"y": y[:TRAINED]}))
        estimator = _estimator(name, fitted.matrix(some), labels)
        ss.Bundle(fitted, estimator).save(path)
        mixed = cls(name, ss.load(path), _pipeline(name, frame, y), frame[:ASKED])
        if name == ESTIMATORS[0]:  # of a network, the first weights are drawn for another width
            mixed.check(some)
        return mixed

    def check(self, frame: pd.DataFrame) -> None:
        """Who answers something else isn't compared."""
        wanted = self.pipeline.predict(frame)
        found = self.predictor.answer(frame).predictions
        np.testing.assert_allclose(found, wanted, rtol=1e-2, atol=1e-2)

    def one_row(self) -> Case:
        """One row at a time."""
        frames = [self.rows[at : at + 1] for at in range(ASKED)]
        given = {
            "samescale": (self.predictor.predict, self.rows.to_dict("records")),
            "samescale, a frame": (self.predictor.predict, frames),
            "scikit-learn": (self.pipeline.predict, frames),
        }
        return Case(f"one row, mixed table, {self.name}", 1, _each(given))

    def many_rows(self, rows: int) -> Case:
        """A table at once."""
        frame = _frame(rows)
        contenders = {
            "samescale, a frame": lambda: self.predictor.answer(frame),
            "scikit-learn": lambda: self.pipeline.predict(frame),
        }
        return Case(f"{rows:,} rows, mixed table, {self.name}", rows, contenders)


def _each(given: dict[str, tuple[Callable[[Any], object], Iterable[Any]]]) -> dict[str, Any]:
    """Contenders that take the next of their rows with every call."""

    def asked(ask: Callable[[Any], object], rows: Iterable[Any]) -> Callable[[], object]:
        following = cycle(rows).__next__
        return lambda: ask(following())

    return {name: asked(ask, rows) for name, (ask, rows) in given.items()}


def _session(predictor: ss.Predictor) -> Any:
    return predictor.runtime._session  # noqa: SLF001 - the very session that answers


def _frame(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(rows)
    values = [f"value {index}" for index in range(DISTINCT)]
    words = {name: np.take(values, random.integers(0, DISTINCT, rows)) for name in WORDS}
    table = matrix(rows)
    return pd.DataFrame({**{n: x.astype(np.float64) for n, x in columns(table).items()}, **words})


def _target(frame: pd.DataFrame) -> np.ndarray:
    z = (frame["x00"] - frame["x00"].mean()) / frame["x00"].std()
    return (40 + 5 * z + 3 * (frame["c0"] == "value 7")).to_numpy()


def _mlp() -> MLPRegressor:
    return MLPRegressor(hidden_layer_sizes=HIDDEN, random_state=0)


def _estimator(name: str, features: Any, labels: np.ndarray) -> Any:
    """Trained a little: what it answers costs the same."""
    if name == ESTIMATORS[0]:
        return Ridge().fit(features, labels)
    return _mlp().partial_fit(features, labels)


def _pipeline(name: str, frame: pd.DataFrame, y: np.ndarray) -> Any:
    encoder = OneHotEncoder(handle_unknown="ignore")
    parts = [("numbers", StandardScaler(), list(NAMES)), ("words", encoder, list(WORDS))]
    both = ColumnTransformer(parts).fit(frame)
    some = frame[:TRAINED]
    return make_pipeline(both, _estimator(name, both.transform(some), y[:TRAINED]))
