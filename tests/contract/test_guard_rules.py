"""Every rule of the guard keeps the same promises."""

import dataclasses as dc
import importlib
import pkgutil

import numpy as np
import pytest

from samescale import guard, mistakes
from samescale.guard import Rule, Training
from samescale.ir.nodes import Graph, Input, OneHot
from samescale.ir.types import TensorType
from samescale.profile import ColumnProfile, Profile
from samescale.schema import Column, Schema

ROWS = 400
NOT_RULES = {
    "base",
    "chance",
    "codes",
    "diagnosis",
    "finite",
    "guard",
    "policies",
    "warning",
    "watching",
}
FILES = {f.name for f in pkgutil.iter_modules(guard.__path__) if f.name[0] != "_"} - NOT_RULES

SCHEMA = Schema(
    (
        Column("x", "float32", nullable=True),
        Column("s", "string", kind="string", nullable=True, categories=("a", "b")),
        Column("k", "int64", kind="integer"),
    )
)
PROFILE = Profile(
    {
        "x": ColumnProfile(ROWS, 40, 0.0, 1.0, 0.5, 0.3),
        "s": ColumnProfile(ROWS, 0, categories=("a", "b"), counts=(200, 200)),
        "k": ColumnProfile(ROWS, 0, 0.0, 2.0, 1.0, 0.8),
    }
)
GRAPH = Graph((("k", OneHot(Input("k", TensorType("int64")), 3, "one_hot", "float32")),))
TRAINING = Training(SCHEMA, PROFILE, GRAPH)
NUMBERS = Training(
    Schema((Column("x", "float32", nullable=True),)),
    Profile({"x": PROFILE.columns["x"]}),
    Graph(()),
)

# A batch that breaks each rule, and how. A new rule needs a line here.
BROKEN = {
    "SG201": {"s": np.array(["a", "c"] * (ROWS // 2), object)},
    "SG202": {"x": np.full(ROWS, 7.0, np.float32)},
    "SG203": {"x": np.full(ROWS, np.nan, np.float32)},
    "SG204": {"k": np.full(ROWS, 3)},
    "SG331": {"s": np.array(["a", "B "] * (ROWS // 2), object)},
    "SG332": {"s": np.array(["0", "1"] * (ROWS // 2), object)},
}


def clean(count=ROWS):
    x = np.linspace(0, 1, count).astype(np.float32)
    x[3::10] = np.nan
    s = np.array(["a", "b"] * count, object)[:count]
    return {"x": x, "s": s, "k": np.arange(count) % 3}


@pytest.fixture(params=guard.rules(), ids=lambda rule: rule.name)
def rule(request):
    return request.param


def test_every_file_is_a_rule_and_is_found():
    assert {found.name for found in guard.rules()} == FILES


def test_the_rule_is_a_final_frozen_dataclass_in_a_file_of_its_name(rule):
    module = importlib.import_module(f"samescale.guard.{rule.name}")
    assert rule.__module__ == module.__name__
    assert rule.__final__
    assert rule.__dataclass_params__.frozen
    assert issubclass(rule, Rule)


def test_the_rule_has_its_mistake_in_the_catalogue(rule):
    assert mistakes.load(rule.code).name == rule.name.replace("_", "-")


@pytest.mark.parametrize("count", [1, 2, ROWS])
def test_rows_of_training_give_no_finding(rule, count):
    assert list(rule.of(TRAINING).check(clean(count), count)) == []


def test_no_rows_give_no_finding(rule):
    empty = {name: column[:0] for name, column in clean().items()}
    assert list(rule.of(TRAINING).check(empty, 0)) == []


def test_a_broken_batch_gives_one_finding_with_all_its_facts(rule):
    (finding,) = rule.of(TRAINING).check(clean() | BROKEN[rule.code], ROWS)
    assert finding.code == rule.code
    assert finding.column in BROKEN[rule.code]
    assert f"'{finding.column}'" in finding.message
    assert finding.remedy
    assert finding.severity == "warning"
    assert 0 < finding.share <= 1
    assert finding.row is not None


@pytest.mark.parametrize("training", [TRAINING, NUMBERS], ids=["mixed", "numbers"])
def test_between_its_bounds_the_rule_is_silent_about_any_row(rule, training):
    asked = rule.of(training)
    bounds = asked.bounds()
    if bounds is None:
        return  # it is asked about every row
    rng = np.random.default_rng(0)
    for _ in range(300):
        row = clean(1)
        for column in training.schema.columns:
            most = 2.0**100 if column.kind == "number" else 2.0**40
            low, high = bounds.get(column.name, (-most, most))
            share = rng.choice([0.0, 1.0, rng.random()])
            if column.kind != "string":
                value = low * (1 - share) + high * share
                row[column.name] = np.array([value]).astype(column.dtype)
        assert list(asked.check(row, 1)) == []


def test_nothing_given_to_a_rule_is_changed(rule):
    batch = clean() | BROKEN[rule.code]
    before = {name: column.copy() for name, column in batch.items()}
    for column in batch.values():
        column.flags.writeable = False
    list(rule.of(TRAINING).check(batch, ROWS))
    for name, column in batch.items():
        np.testing.assert_array_equal(column, before[name])


def test_a_rule_without_anything_to_compare_with_is_silent(rule):
    bare = Training(Schema(tuple(dc.replace(c, categories=None) for c in SCHEMA.columns)),
                    Profile({}), Graph(()))  # fmt: skip
    assert list(rule.of(bare).check(clean() | BROKEN[rule.code], ROWS)) == []
