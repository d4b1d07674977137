"""Small predictors with a model that is one product, for the tests of what stands above models."""

import functools

import numpy as np

from samescale import transforms
from samescale.models.base import Runtime
from samescale.predictor import Predictor
from samescale.spec import Spec, Target

ROWS = 400
CITIES = ("Bergen", "Kyiv", "Oslo")


class LinearRuntime(Runtime):
    """A product of the feature matrix with fixed weights; a softmax of it for classes.

    Summed feature by feature, so that a row's bits don't depend on the rows beside it.
    """

    def __init__(self, fitted):
        self.fitted = fitted
        width = len(fitted.feature_names)
        outputs = 1 if fitted.classes is None else len(fitted.classes)
        self.weights = np.random.default_rng(7).normal(size=(width, outputs)).astype(np.float32)
        self.calls = []

    def predict(self, columns):
        matrix = self.fitted.matrix_of(columns)
        self.calls.append(len(matrix))
        sums = sum(matrix[:, [i]] * weights for i, weights in enumerate(self.weights))
        if self.fitted.classes is None:
            return sums[:, 0]
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def table(rows=ROWS, seed=0):
    """A training table: numbers, one with gaps, text, codes, booleans and dates."""
    random = np.random.default_rng(seed)
    ages = random.uniform(18, 90, rows).round(1)
    ages[random.random(rows) < 0.1] = np.nan
    return {
        "age": ages,
        "income": random.uniform(1e4, 9e4, rows).round(2),
        "city": random.choice(CITIES, rows).astype(object),
        "weekday": random.integers(0, 7, rows),
        "price": random.uniform(1e5, 9e5, rows).round(),
        "kind": random.choice(["flat", "house"], rows).astype(object),
    }


def spec(target):
    """A chain for every column."""
    make = transforms.load
    return Spec(
        {
            "age": [make("Impute")("median"), make("Normalization")()],
            "income": [make("Log1p")(), make("Normalization")()],
            "city": [make("StringLookup")(), make("CategoryEncoding")(output_mode="one_hot")],
            "weekday": make("CategoryEncoding")(7, output_mode="one_hot"),
        },
        target=target,
    )


@functools.cache
def fitted(name):
    """The preprocessing for `price` or for `kind`."""
    make = transforms.load
    target = {
        "price": Target("price", make("Normalization")()),
        "kind": Target("kind", make("StringLookup")()),
    }[name]
    return spec(target).adapt(table())


def predictor(name="price", **options):
    """A predictor of `price` (a number) or `kind` (a class)."""
    return Predictor(fitted(name), LinearRuntime(fitted(name)), **options)


def row(**changes):
    """One row as in training."""
    return {"age": 41.0, "income": 22026.5, "city": "Oslo", "weekday": 3} | changes


def rows(count, seed=1):
    """Rows as a caller's JSON has them."""
    columns = table(count, seed)
    names = ("age", "income", "city", "weekday")
    found = [
        dict(zip(names, v, strict=True))
        for v in zip(*(columns[n].tolist() for n in names), strict=True)
    ]
    return [{k: None if v != v else v for k, v in item.items()} for item in found]
