"""The lane of one plain row: what it answers is what the way of all rows answers, to the bit."""

import collections
import copy
import decimal
import pickle
import random
import threading

import numpy as np
import pytest

from samescale.errors import SamescaleError
from samescale.models.base import OneRow, Runtime
from samescale.predictor import Predictor
from samescale.spec import Spec, Target
from samescale.transforms import load

ROWS = 200
ODD = [
    0.0,
    -0.0,
    1,
    True,
    None,
    float("nan"),
    float("inf"),
    1e300,
    -1e300,
    3.4028235677973366e38,  # the first that rounds to infinity in float32
    3.40282356e38,
    5e-324,
    1e-40,
    2**53 + 1,
    16777217,
    10**400,
    np.float64(1.5),
    decimal.Decimal("1.5"),
    type("Wider", (float,), {})(1.5),
    type("Whole", (int,), {})(2),
    "1.5",
    [1.0],
]


class Sums(Runtime):
    """The sum of the raw columns, and a place for one row of them."""

    def __init__(self, fitted, scale=1.0):
        self.fitted = fitted
        self.scale = np.float64(scale)

    def predict(self, columns):
        with np.errstate(over="ignore"):
            total = sum(column.astype(np.float64) for column in columns.values()) * self.scale
        if self.fitted.classes is None:
            return total
        near = np.tanh(total / 50) / 4
        return np.stack([0.5 - near, 0.25 + near, np.full(len(total), 0.25)], axis=1)

    def bind(self):
        names = self.fitted.schema.names
        dtypes = [self.fitted.schema[name].type.numpy for name in names]
        order = sorted(range(len(names)), key=lambda i: -dtypes[i].itemsize)
        record = np.zeros(1, [(names[i], dtypes[i]) for i in order])
        answers = np.array(self.predict({name: record[name] for name in names}))

        def run():
            answers[...] = self.predict({name: record[name] for name in names})

        kinds = "".join("d" if dtypes[i].itemsize == 8 else "f" for i in order)
        buffer = memoryview(record.view("u1"))
        return OneRow(tuple(names[i] for i in order), kinds, buffer, run, answers)


TARGETS = {
    "plain": lambda: Target("y"),
    "scaled": lambda: Target("y", load("Normalization")()),
    "logarithm": lambda: Target("y", [load("Log1p")(), load("Normalization")()]),
    "class": lambda: Target("y", load("StringLookup")(num_oov_indices=0)),
    "none": lambda: None,
}


def _fitted(target, dtypes=("f4", "f8", "f4")):
    rng = np.random.default_rng(0)
    table = {f"c{i}": rng.normal(i, 2, ROWS).astype(d) for i, d in enumerate(dtypes)}
    spec = {name: load("Normalization")() for name in table}
    words = np.array(["a", "b", "c"], object)[rng.integers(0, 3, ROWS)]
    table["y"] = words if target == "class" else np.abs(rng.normal(5, 2, ROWS))
    return Spec(spec, target=TARGETS[target]()).adapt(table)


def _outcome(ask):
    try:
        found = ask()
    except (SamescaleError, TypeError) as error:
        return type(error), str(error)
    arrays = [a for a in (found.predictions, found.probabilities) if a is not None]
    return [(a.dtype, a.shape, a.tolist(), a.tobytes()) for a in arrays], found.findings


def _row(rng, width):
    row = {f"c{i}": rng.gauss(i, 1) for i in range(width)}
    if rng.random() < 0.3:
        row[f"c{rng.randrange(width)}"] = rng.choice(ODD)
    match rng.randrange(20):
        case 0:
            row["more"] = 1.0
        case 1:
            del row["c0"]
        case 2:
            return collections.OrderedDict(row)
        case 3:
            return dict(reversed(row.items()))
    return row


@pytest.mark.parametrize("policies", [None, "off", "raise"])
@pytest.mark.parametrize("target", TARGETS)
def test_it_answers_what_all_rows_get(target, policies):
    predictor = Predictor(_fitted(target), Sums(_fitted(target)), policies=policies)
    rng, quick = random.Random(target), 0
    for _ in range(400):
        row = _row(rng, 3)
        quick += type(row) is dict and predictor.lane.answer(row) is not None
        wanted = _outcome(lambda row=row: predictor.answer_admitted(predictor._admit(row)))
        assert _outcome(lambda row=row: predictor.answer(row)) == wanted, row
    assert quick > 200


def test_an_answer_that_isnt_finite_in_the_targets_units_is_refused():
    fitted = _fitted("logarithm")
    predictor = Predictor(fitted, Sums(fitted, scale=1e4), policies="off")
    row = {"c0": 1.0, "c1": 1.0, "c2": 1.0}
    assert predictor.lane.answer(row) is None
    with pytest.raises(SamescaleError, match="no finite answer"):
        predictor.predict(row)


@pytest.mark.parametrize("target", TARGETS)
def test_answers_are_the_callers_own(target):
    fitted = _fitted(target)
    predictor = Predictor(fitted, Sums(fitted))
    first = predictor.answer({"c0": 0.0, "c1": 1.0, "c2": 2.0})
    kept = copy.deepcopy(first)
    other = predictor.answer({"c0": 1.0, "c1": 0.0, "c2": 1.0})
    assert (first.predictions == kept.predictions).all()
    if target == "class":
        assert (first.probabilities == kept.probabilities).all()
        assert (other.probabilities != kept.probabilities).any()
    else:
        assert first.probabilities is None


def test_threads_share_it():
    fitted = _fitted("scaled")
    predictor = Predictor(fitted, Sums(fitted))
    rows = [{"c0": 0.1 * i, "c1": 1.0, "c2": 2.0} for i in range(10)]
    wanted, odd = [predictor.predict(row)[0] for row in rows], []

    def ask(start):
        found = [(i % 10, predictor.predict(rows[i % 10])[0]) for i in range(start, start + 500)]
        odd.extend(i for i, answer in found if answer != wanted[i])

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert odd == []
    assert len(predictor.lane._places) <= 8


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))]
)
def test_a_predictor_goes_to_other_processes(again):
    fitted = _fitted("scaled")
    predictor = Predictor(fitted, Sums(fitted), policies={"SG202": "off"})
    row = {"c0": 0.0, "c1": 1.0, "c2": 2.0}
    predictor.predict(row)
    other = again(predictor)
    assert other.lane is not predictor.lane
    assert other.guard.policies == predictor.guard.policies
    assert other.predict(row).tobytes() == predictor.predict(row).tobytes()


@pytest.mark.parametrize("dtypes", [("f8",), ("i4", "f8"), ("?", "f4")])
def test_other_columns_have_none(dtypes):
    fitted = _fitted("plain", dtypes)
    assert Predictor(fitted, Sums(fitted)).lane is None
