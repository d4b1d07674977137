from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import samescale as ss
from samescale.draft import infer
from samescale.draft.kinds import skewness
from samescale.errors import SourceError, SpecError

N = 400
RANDOM = np.random.default_rng(0)
WORDS = np.array(["the", "house", "garden", "with", "old", "big", "red", "roof", "and", "door"])
COLUMNS: dict[str, tuple[Any, str, str]] = {
    "height": (RANDOM.normal(size=N), "numeric", "Normalization"),
    "age": (RANDOM.integers(18, 90, N), "numeric", "Normalization"),
    "income": (RANDOM.lognormal(10, 1.2, N), "numeric", "Log1p Normalization"),
    "loss": (-RANDOM.lognormal(0, 1.2, N), "numeric", "Normalization"),
    "pclass": (RANDOM.integers(1, 4, N), "numeric", "Normalization"),
    "binary": (RANDOM.integers(0, 2, N), "numeric", "Normalization"),
    "grid": (RANDOM.choice([0, 50, 100, 900], N), "numeric", "Normalization"),
    "year": (RANDOM.integers(1990, 2024, N), "numeric", "Normalization"),
    "permuted": (RANDOM.permutation(N) * 7, "numeric", "Normalization"),
    "sparse": (RANDOM.choice([101, 205, 990, 412], N), "integer code", "IntegerLookup Cat"),
    "shopType": (RANDOM.integers(1, 6, N), "integer code", "IntegerLookup Cat"),
    "zip_code": (RANDOM.integers(10, 30, N), "integer code", "IntegerLookup Cat"),
    "member": (RANDOM.random(N) > 0.5, "boolean", "Rescaling"),
    "city": (RANDOM.choice(["Kyiv", "Oslo", "Lima"], N), "category", "StringLookup Cat"),
    "seen": (np.datetime64("2024-01-01") + np.arange(N), "date", "Normalization"),
    "image": (np.zeros((N, 2, 2), np.uint8), "tensor", "Rescaling"),
    "vector": (np.zeros((N, 3), np.float32), "tensor", "Normalization"),
    "labels": (np.full((N, 2), "a", dtype=object), "tensor", ""),
    "note": ([" ".join(RANDOM.choice(WORDS, 9)) for _ in range(N)], "free text", ""),
    "one": (np.ones(N), "constant", ""),
    "none": ([None] * N, "constant", ""),
    "number": (np.arange(N) + 7, "identifier", ""),
    "customer_id": (RANDOM.permutation(N) * 3, "identifier", ""),
    "token": ([f"t{i}" for i in range(N)], "identifier", ""),
    "iso": (["2024-01-01", "2024-01-02"] * (N // 2), "date", ""),
}


def table(*names: str) -> dict[str, Any]:
    return {name: COLUMNS[name][0] for name in names or COLUMNS}


def decided(data: Any, name: str, **options: Any) -> Any:
    return {d.column: d for d in infer(data, **options).decisions}[name]


@pytest.fixture(scope="module")
def draft() -> Any:
    return infer(table())


@pytest.mark.parametrize("name", COLUMNS)
def test_kinds_and_chains(draft, name):
    _, kind, chain = COLUMNS[name]
    (found,) = [d for d in draft.decisions if d.column == name]
    assert (found.kind, found.why != "") == (kind, True)
    assert [type(t).__name__[:3] for t in found.transforms] == [c[:3] for c in chain.split()]


def test_what_is_left_out_is_said(draft):
    left = [name for name, (_, _, chain) in COLUMNS.items() if not chain]
    assert not set(left) & set(draft.spec.columns)
    lines = {line.split()[0]: line for line in draft.text().splitlines()}
    assert all("left out" in lines[name] for name in left)


def test_the_drafted_spec_adapts(draft):
    kept = {name: COLUMNS[name][0] for name in draft.spec.columns}
    matrix = draft.spec.adapt(kept).matrix(kept)
    assert len(matrix) == N
    assert np.isfinite(matrix).all()


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ([1.5, None, 2.5, 4.0], ss.Impute("median")),
        ([True, None, False, True], ss.Impute("most_frequent")),
        (np.array(["2024-01-01", "NaT", "2024-01-03"], dtype="M8[D]"), ss.Impute("median")),
    ],
)
def test_missing_values_are_imputed(values, first):
    found = decided({"x": values}, "x")
    assert found.transforms[0] == first
    assert f"1 of {len(values)} missing" in found.why


def test_a_missing_value_outside_the_sample_counts():
    values = np.arange(5000.0)
    values[4000] = np.nan
    assert decided({"x": values}, "x", sample=100).transforms[0] == ss.Impute("median")


def test_a_negative_value_outside_the_sample_forbids_log1p():
    values = RANDOM.lognormal(0, 1.5, 5000)
    values[17] = -1e-9
    chains = [decided({"x": v}, "x", sample=1000).transforms for v in (values, abs(values))]
    assert [ss.Log1p() in chain for chain in chains] == [False, True]


def test_the_sample_doesn_t_depend_on_the_chunks():
    values = RANDOM.lognormal(0, 1.5, 5000)
    batches = [{"x": part} for part in np.split(values, [10, 700, 701, 3000])]
    whole, cut = (decided(data, "x", sample=500) for data in ({"x": values}, batches))
    assert whole == cut


def test_numbers_among_which_one_is_text_are_told():
    found = decided({"x": ["1.5"] * 50 + ["abc"]}, "x")
    assert found.kind == "category"
    assert "'abc' is not" in found.why


def test_rare_categories_are_cut():
    found = decided({"x": [f"c{i % 150}" for i in range(3000)]}, "x")
    assert found.transforms[0] == ss.StringLookup(max_tokens=101)
    assert "the 100 most frequent kept" in found.why


@pytest.mark.parametrize(
    ("name", "task", "why"),
    [
        ("height", "regression", "400 different numbers"),
        ("age", "regression", "different numbers"),
        ("pclass", "classification", "only 3 different integers"),
        ("city", "classification", "3 different texts"),
        ("member", "classification", "true or false"),
        ("seen", "regression", "400 different dates"),
    ],
)
def test_targets(name, task, why):
    drafted = infer(table("height", "city", "loss", "pclass", "age", "member", "seen"), target=name)
    assert (drafted.spec.target.name, drafted.spec.target.task) == (name, task)
    assert name not in drafted.spec.columns
    assert drafted.decisions[-1].column == name
    assert f"Target: {task}" in drafted.decisions[-1].why
    assert why in drafted.decisions[-1].why


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hieght", "Did you mean 'height'"),
        ("one", "1 different values; there is nothing to learn"),
        ("image", "has a shape"),
    ],
)
def test_targets_that_are_none_are_refused(name, message):
    with pytest.raises(SpecError, match=message):
        infer(table("height", "one", "image"), target=name)


def test_a_table_without_an_input_is_refused():
    with pytest.raises(SpecError, match="'one' is constant"):
        infer(table("one", "token"))


def test_what_is_no_table_is_refused():
    with pytest.raises(SourceError):
        infer(3)


def test_a_column_that_can_t_be_read_is_left_out_and_said():
    drafted = infer(pa.table({"a": [1.5, 2.5], "b": [{"x": 1}, {"x": 2}]}))
    assert list(drafted.spec.columns) == ["a"]
    assert drafted.decisions[-1].kind == "unreadable"


def test_a_saved_draft_is_a_spec_with_reasons(tmp_path):
    drafted = infer(table("height", "city", "token", "member"), target="member")
    drafted.save(tmp_path / "spec.json")
    assert ss.Spec.load(tmp_path / "spec.json") == drafted.spec
    written = json.loads((tmp_path / "spec.json").read_text(encoding="utf-8"))
    assert list(written["why"]) == ["height", "city", "token", "member"]
    assert written["why"]["token"].startswith("identifier: left out: ")


def test_a_saved_draft_can_be_edited(tmp_path):
    path = tmp_path / "spec.json"
    infer(table("height", "city", "age")).save(path)
    written = json.loads(path.read_text(encoding="utf-8"))
    del written["columns"]["city"]
    written["columns"]["age"] = [{"name": "MinMax"}]
    path.write_text(json.dumps(written), encoding="utf-8")
    assert ss.Spec.load(path) == ss.Spec({"height": ss.Normalization(), "age": ss.MinMax()})


def test_a_file_is_inferred_with_its_options(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2.5\n2,3.5\n")
    assert decided(tmp_path / "t.csv", "a", dtypes={"a": "string"}).kind == "category"


@pytest.mark.parametrize(
    ("values", "wanted"),
    [(np.arange(100.0), 0.0), ([1.0] * 50, 0.0), ([1e300, -1e300] * 20, 0.0), ([1.0, 5.0], 0.0)],
)
def test_what_is_symmetric_has_no_skewness(values, wanted):
    assert skewness(np.array(values)) == pytest.approx(wanted, abs=1e-12)


def test_an_exponential_has_the_skewness_2():
    sample = np.random.default_rng(1).exponential(size=200_000)
    assert skewness(sample) == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.0, np.inf, 2.0, -3.5], "infinity"),
        ([1.0, 1e200, 2.0, -3.5], r"1e\+200.*beyond float64"),
        ([1e-200, 2e-200, 3e-200, 4e-200], "differ by 3e-200"),
    ],
)
def test_what_adapt_would_refuse_is_left_out_with_the_reason(values, said) -> None:
    table = {"x": values * 10, "y": [0.5, 1.5, 2.5, 4.5] * 10}
    drafted = infer(table)
    assert list(drafted.spec.columns) == ["y"]
    assert re.search(said, drafted.decisions[0].why)
    drafted.spec.adapt(table)


def test_dates_as_text_are_told_what_to_do() -> None:
    table = {
        "iso": ["2012-01-31", "2012-02-01"] * 20,
        "us": ["01/31/2012", "02/01/2012"] * 20,
        "y": [0.5, 1.5] * 20,
    }
    decisions = {one.column: one for one in infer(table).decisions}
    assert "convert them to dates" in decisions["iso"].why
    assert "write them as ISO 8601" in decisions["us"].why
    assert decisions["us"].kind == decisions["iso"].kind == "date"


def test_a_draft_is_short_to_look_at() -> None:
    drafted = infer({"x": [0.5, 1.5, 2.5], "one": [1, 1, 1], "y": [1.5, 2.5, 3.5]}, target="y")
    assert repr(drafted) == "<Draft of 1 column, for 'y' (regression); 1 left out>"
