"""A learned distribution that says what a test wants, for tests of what the guard makes of it.

Columns `a` (100…200), `b` (1,000…2,000, missing now and then) and `n`, whole numbers of 0…9.
"""

import dataclasses as dc
import functools

import numpy as np

from samescale.evidence.verdict import Undo, Verdict, Weighed
from samescale.models.base import OneRow, Runtime
from samescale.predictor import Predictor
from samescale.spec import Spec, Target
from samescale.transforms import load

ROWS = 500


def table(rows=ROWS, seed=0):
    """Rows as in training."""
    rng = np.random.default_rng(seed)
    b = rng.uniform(1000, 2000, rows).round(1)
    b[rng.random(rows) < 0.1] = np.nan
    columns = {"a": rng.uniform(100, 200, rows), "b": b, "n": rng.integers(0, 10, rows)}
    return columns | {"y": rng.normal(5, 2, rows)}


def raw(rows, seed=1):
    """Rows as a caller sends them."""
    inside = {"a": (105, 195), "b": (1050, 1950), "n": (0, 9)}
    return {name: np.clip(table(rows, seed)[name], *ends) for name, ends in inside.items()}


def row(seed=1, **changes):
    """One of them, nothing missing."""
    one = {name: column[0].item() for name, column in raw(1, seed).items()}
    return {**one, "b": 1500.0, **changes}


class Known:
    """In a Reference's place: each row adds evidence to what is plain to see."""

    names = ("b", "a", "n")
    is_scaled = False

    def __init__(self, each=2.0):
        self.each = each
        self.batches = []

    def screen(self, batch):
        return self.named(batch) is not None

    def diagnose(self, batch, *, alpha):
        self.batches.append((batch.shape, alpha))
        return self.verdict(batch, len(batch), alpha)

    def verdict(self, batch, rows, alpha):
        found = self.named(batch)
        enough = found is not None and self.each * rows >= -np.log10(alpha)
        other = (Weighed("drift", evidence=1.0),)
        best = dc.replace(found, evidence=self.each * rows) if enough else None
        return Verdict(rows, best, other if enough else ())

    def named(self, batch):
        b, a, n = np.asarray(batch, np.float64).T
        undo = {"a": Undo("a", scale=30.0, shift=150.0), "b": Undo("b", scale=300.0, shift=1500.0)}
        if (abs(a) < 10).all():
            return Weighed("already-normalised", ("a", "b"), undo=undo)
        if (a > 50_000).all():
            return Weighed("other-unit", ("a",), detail="×1000", undo={"a": Undo("a", scale=1e-3)})
        if (b == -999).any():
            undo = {"b": Undo("b", kind="missing", scale=-999.0)}
            return Weighed("sentinel-for-missing", ("b",), undo=undo)
        if (n < 0).all():
            return Weighed("sentinel-for-missing", ("n",), undo={"n": Undo("n", "missing", -1.0)})
        if (a > 300).all():
            return Weighed("stuck-column", ("a",))
        return Weighed("drift", ("b",)) if np.nanmean(b) > 5000 else None


class Stream:
    """In the Stream's place: it counts rows that are wrong in a row, and right ones to clear it."""

    def __init__(self, known, *, alpha, workers):
        self.known, self.alpha, self.workers = known, alpha, workers
        self.seen, self.wrong = [], []

    def see(self, batch, *, apart):
        assert apart
        for one in batch:
            self.seen.append(one.tolist())
            named = self.known.named(one[None])
            self.wrong = [*self.wrong, one] if named else []
        many = np.array(self.wrong).reshape(-1, batch.shape[1])
        return self.known.verdict(many, len(many), self.alpha) if self.wrong else Verdict(0)

    def reset(self):
        self.seen.clear()
        self.wrong = []


class Sums(Runtime):
    """The sum of the raw columns, and a place for one row of them."""

    def __init__(self):
        self.asked = []

    def predict(self, columns):
        self.asked.append({name: column.copy() for name, column in columns.items()})
        return np.nan_to_num(sum(column.astype(np.float64) for column in columns.values()))

    def bind(self):
        names = ("a", "b", "n")
        buffer, answers = np.zeros(3 * 8, np.uint8), np.zeros(1)

        def run():
            self.asked.append(dict(zip(names, buffer.view(np.float64).tolist(), strict=True)))
            answers[0] = np.nansum(buffer.view(np.float64))

        return OneRow(names, "3d", buffer, run, answers)


@functools.cache
def fitted(kind=np.int64):
    """The preprocessing of the three columns."""
    scaled = load("Normalization")
    chains = {"a": scaled(), "b": [load("Impute")("mean"), scaled()], "n": scaled()}
    columns = table()
    spec = Spec(chains, target=Target("y", scaled()))
    return spec.adapt({**columns, "n": columns["n"].astype(kind)})


def predictor(policies=None, each=2.0, *, lane=False, **options):
    """A predictor whose profile holds a `Known`; with a lane, `n` is of floats."""
    own = fitted(np.float64 if lane else np.int64)
    profile = dc.replace(own.profile, table=Known(each))
    made = Predictor(dc.replace(own, profile=profile), Sums(), policies=policies, **options)
    made.watch.prepare()
    return made
