"""Only frequent values are wanted: memory is bounded, and the answer is exact or refused."""

from __future__ import annotations

import collections
import functools
import json
import pickle

import numpy as np
import pyarrow as pa
import pytest

from samescale.errors import DataError, SpecError
from samescale.statistics.counter import Counter

RNG = np.random.default_rng(7)


def zipf(rows: int, distinct: int) -> list[int]:
    weights = 1 / np.arange(1, distinct + 1)
    return RNG.choice(distinct, rows, p=weights / weights.sum()).tolist()


NUMBERS = zipf(30_000, 4_000)
SHAPES = {
    "text": lambda values: pa.array([f"id {value}" for value in values]),
    "dictionary": lambda values: pa.array([f"id {value}" for value in values]).dictionary_encode(),
    "objects": lambda values: np.array([f"id {value}" for value in values], object)[:, None],
    "integers": lambda values: np.array(values, np.int64)[:, None] * 10_007,
}


def learned(counter: Counter, batches: list) -> tuple[Counter, int]:
    """The counter behind as many passes as it asks for, and how many they are."""
    for passes in range(1, 12):
        counter = functools.reduce(Counter.update, batches, counter)
        refined = counter.refine()
        if refined is None:
            return counter, passes
        counter = refined
    raise AssertionError("it never ends")


def exact(values: list, top: int | None = None, least: int = 1) -> dict:
    counts = collections.Counter(values)
    rows = sorted(((v, n) for v, n in counts.items() if n >= least), key=lambda r: (-r[1], r[0]))
    return {"values": [[v for v, _ in rows[:top]]], "counts": [[n for _, n in rows[:top]]]}


def plain(batch) -> list:
    return batch.to_pylist() if isinstance(batch, pa.Array) else batch[:, 0].tolist()


@pytest.mark.parametrize("native", ["0", "1"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("top", "least"), [(1, 1), (20, 1), (120, 1), (None, 40), (None, 300), (50, 100), (400, 30)]
)
def test_frequent_values_are_exact_though_there_are_too_many(
    shape, top, least, native, monkeypatch
):
    monkeypatch.setenv("SAMESCALE_NATIVE", native)
    batches = [SHAPES[shape](NUMBERS[start : start + 3_000]) for start in range(0, 30_000, 3_000)]
    bounded = Counter(1_000, top=top, min_count=least)
    counter, passes = learned(bounded, batches)
    assert counter.value() == exact([v for b in batches for v in plain(b)], top, least)
    assert passes > 1
    assert learned(Counter(5_000, top=top, min_count=least), batches)[1] == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_the_state_depends_on_the_values_alone(shape):
    values = np.array(NUMBERS)
    for _ in range(3):
        states = set()
        for cut in (100, 3_000, 30_000):
            order = RNG.permutation(len(values))
            parts = [
                SHAPES[shape](values[order[i : i + cut]].tolist()) for i in range(0, 30_000, cut)
            ]
            counter = Counter(1_000, top=20)
            passes = []
            while counter is not None:
                halves = [
                    functools.reduce(Counter.update, half, counter)
                    for half in (parts[: len(parts) // 3], parts[len(parts) // 3 :])
                ]
                counter = pickle.loads(pickle.dumps(halves[0])).merge(halves[1])
                passes.append(json.dumps(counter.to_json()))
                counter = counter.refine()
            states.add(tuple(passes))
        assert len(states) == 1
        assert len(next(iter(states))) > 1


def test_the_state_is_the_same_for_every_representation():
    states = {
        json.dumps(Counter(1_000, top=20).update(SHAPES[shape](NUMBERS)).to_json())
        for shape in ("text", "dictionary", "objects")
    }
    assert len(states) == 1


def test_state_survives_json_in_every_pass():
    batch = SHAPES["text"](NUMBERS)
    counter = Counter(1_000, top=20)
    for _ in range(5):
        counter = Counter.from_json(json.loads(json.dumps(counter.update(batch).to_json())))
        if counter.refine() is None:
            break
        counter = Counter.from_json(json.loads(json.dumps(counter.refine().to_json())))
    assert counter.value() == exact(batch.to_pylist(), 20)


def test_values_as_frequent_as_the_last_are_taken_in_their_order():
    values = [f"{i:05}" for i in range(3_000)] + [f"{i:05}" for i in range(100, 250)] * 3
    counter, _ = learned(Counter(1_000, top=30), [pa.array(values)])
    assert counter.value()["values"] == [[f"{i:05}" for i in range(100, 130)]]


def test_many_values_that_occur_once_are_refused_with_the_remedy():
    ids = [pa.array([f"{i}" for i in range(start, start + 2_000)]) for start in (0, 2_000)]
    with pytest.raises(DataError, match="The 10 most frequent values can't be told") as caught:
        learned(Counter(1_000, top=10), ids)
    assert "hash the column" in caught.value.remedy
    with pytest.raises(DataError, match="more pass"):
        Counter(1_000, top=10).update(ids[0]).value()


def test_no_value_is_frequent_enough():
    ids = pa.array([f"{i}" for i in range(2_000)])
    counter, _ = learned(Counter(1_000, min_count=1_999), [ids])
    assert counter.value() == {"values": [[]], "counts": [[]]}


def test_other_rows_in_the_next_pass_are_noticed():
    batch = SHAPES["text"](NUMBERS)
    refined = Counter(1_000, top=20).update(batch).refine()
    with pytest.raises(DataError, match="exactly the rows of the pass before"):
        refined.update(batch.slice(1)).update(batch.slice(5)).value()


def test_passes_do_not_mix():
    batch = SHAPES["text"](NUMBERS)
    first = Counter(1_000, top=20).update(batch)
    with pytest.raises(DataError, match="different passes"):
        first.merge(first.refine())
    with pytest.raises(DataError, match="same top and the same min_count"):
        Counter(top=3).merge(Counter(top=4))


def test_features_that_are_known_are_known_again():
    many, few = SHAPES["objects"](NUMBERS), np.array(["a", "b", None] * 10_000, object)[:, None]
    batch = np.concatenate([many, few], axis=1)
    counter, passes = learned(Counter(1_000, top=2), [batch])
    assert passes > 1
    assert counter.value()["values"] == [
        exact(many[:, 0].tolist(), 2)["values"][0], ["a", "b"],
    ]  # fmt: skip


@pytest.mark.parametrize("top", [0, -1, 11])
def test_a_top_that_can_not_be_is_refused(top):
    with pytest.raises(SpecError, match="Give a top from 1 to max_distinct"):
        Counter(10, top=top)
