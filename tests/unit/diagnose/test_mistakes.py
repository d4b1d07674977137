"""Two tables without a bundle: the mistake has its name, its columns and its way back."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import samescale as ss
from samescale import mistakes
from samescale.diagnose import diagnose as whole

diagnose = functools.partial(whole, needed=False)  # which takes seconds


def table(rows, seed):
    random = np.random.default_rng(seed)
    age = random.integers(18, 90, rows).astype(float)
    height = random.normal(172, 9, rows).round(1)
    return {
        "age": age,
        "height": height,
        "weight": ((height - 100) * 0.9 + random.normal(0, 9, rows)).round(1),
        "income": np.exp(random.normal(10.4, 0.5, rows) + age * 0.004).round(2),
        "celsius": random.normal(36.8, 0.5, rows).round(1),
    }


TRAIN = table(3000, 0)
NAMES = tuple(TRAIN)
MEAN = {name: values.mean() for name, values in TRAIN.items()}
SPREAD = {name: values.std() for name, values in TRAIN.items()}


def normalised(live):
    return {name: (values - MEAN[name]) / SPREAD[name] for name, values in live.items()}


def logged(live):
    return {**live, "income": np.log(live["income"])}


def metres(live):
    return {**live, "height": live["height"] / 100}


def fahrenheit(live):
    return {**live, "celsius": live["celsius"] * 1.8 + 32}


def exchanged(live):
    return {**live, "age": live["height"], "height": live["age"]}


def coded(live):
    return {**live, "age": np.where(np.arange(len(live["age"])) % 4, live["age"], -999.0)}


MISTAKES = {
    "already-normalised": (normalised, NAMES),
    "log-applied": (logged, ("income",)),
    "other-unit": (metres, ("height",)),
    "columns-permuted": (exchanged, ("age", "height")),
    "sentinel-for-missing": (coded, ("age",)),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_mistake_has_its_name_and_its_way_back(name):
    wrong, columns = MISTAKES[name]
    right = table(200, 1)
    found = diagnose(TRAIN, wrong(right))
    best = found.verdict.best
    assert found.status == "mistake"
    assert best.mistake == name
    assert set(best.columns or NAMES) == set(columns)
    concerned = [column for column in found.columns if column.restored is not None]
    assert {column.name for column in concerned} == set(columns)
    for column in concerned:
        if name == "sentinel-for-missing":
            assert column.restored.minimum >= 18
            assert column.restored.missing == 0.25
        else:
            assert column.restored_distance < column.distance
            assert column.restored.mean == pytest.approx(right[column.name].mean(), rel=1e-4)
    assert found.findings[0].code == mistakes.load(name).code
    assert found.course[-1].evidence > 3
    assert found.remedy


def test_another_scale_of_degrees():
    found = diagnose(TRAIN, fahrenheit(table(64, 2)))
    assert found.verdict.best.mistake == "other-unit"
    assert found.verdict.best.columns == ("celsius",)


@pytest.mark.parametrize("seed", range(10, 13))
def test_nothing_is_named_where_nothing_is_wrong(seed):
    for rows in (1, 20, 500):
        assert not diagnose(TRAIN, table(rows, seed)).verdict.named


def test_drift_is_told_and_is_no_mistake():
    live = table(800, 3)
    live["weight"] += 9
    live["age"] = live["age"] * 0.8 + 18
    found = diagnose(TRAIN, live)
    assert found.status in {"drift", "noted"}
    assert not found.verdict.named


def test_a_fitted_names_it_as_its_table_does():
    fitted = ss.Spec({name: ss.Normalization() for name in NAMES}).adapt(TRAIN)
    live = metres(table(100, 4))
    one, other = diagnose(fitted, live), diagnose(TRAIN, live)
    assert one.verdict.best.mistake == other.verdict.best.mistake == "other-unit"
    assert one.said == other.said
    height = one.columns[0]
    assert height.name == "height"
    assert height.restored_distance < 0.2 < 0.9 < height.distance


def test_raw_rows_where_training_was_normalised():
    scaled = {name: (MEAN[name], SPREAD[name]) for name in NAMES}
    found = diagnose(normalised(TRAIN), table(100, 6), scaled=scaled)
    assert found.verdict.best.mistake == "not-normalised"
    honest = diagnose(normalised(TRAIN), normalised(table(100, 6)), scaled=scaled)
    assert not honest.verdict.named


def test_how_many_rows_each_mistake_takes():
    needed = diagnose(TRAIN, table(20, 7), needed=True).needed
    assert needed["already-normalised"] <= 2
    assert all(rows > 0 for rows in needed.values())


def test_a_caller_that_was_changed_in_between():
    """Neither all rows nor none: which ones is said, and they alone are put right."""
    live = table(400, 8)
    live["height"][130:] /= 100
    found = diagnose(TRAIN, live)
    assert found.verdict.best.mistake == "other-unit"
    assert found.said.endswith("in rows 130 to 399.")
    height = found.columns[0]
    assert height.restored.mean == pytest.approx(table(400, 8)["height"].mean())
    assert height.restored_distance < 0.1 < height.distance
    assert [moment.alone > 3 for moment in found.course] == [False] * 5 + [True] * 11
