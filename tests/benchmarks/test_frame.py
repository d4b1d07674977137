"""The frame of the benchmarks: who is compared learns the same, and what is shown was measured."""

import dataclasses as dc
import importlib
import re
import sys
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks"
# Two more backends of Keras would take longer to start than everything else to run, and Dask, Ray
# and Spark aren't among what the tests install; `make bench ARGS=--quick` runs them all.
LIGHT = "samescale|limit|NumPy|scikit|polars|DuckDB|JAX"
ROWS = 3_000


@pytest.fixture(scope="module")
def stage(bench):
    with bench.turns.Stage() as stage:
        yield stage


@pytest.fixture(scope="module")
def files(bench, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    return {
        "parquet": bench.adapting.written(folder / "table.parquet", ROWS),
        "coded": bench.bars._coded(folder, ROWS),
    }


def outcomes(bench, stage, files, kind, rounds=1):
    work = sys.modules["peers.base"].Work(
        kind, ROWS, batch=256, path=str(files[kind]) if kind in files else ""
    )
    found = bench.turns.take(work, bench.how.How(quick=True, rounds=rounds, only=LIGHT), stage)
    ran = [one for one in found if not one.absent]
    assert {one.absent for one in found if one.absent} <= {"not installed: duckdb"}
    assert {one.name for one in ran if one.name.startswith("samescale")}
    return ran


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["array", "batches", "parquet"])
def test_everyone_learns_the_exact_moments(bench, stage, files, kind):
    truth = bench.exact.of_blocks(bench.data.blocks(ROWS))
    offers = sys.modules["peers"].offers(kind)
    for one in outcomes(bench, stage, files, kind):
        assert len(one.wall) == 1, one.name
        assert one.wall[0] > 0, one.name
        if one.learned is None:
            assert one.name.startswith("limit"), one.name
            continue
        bound = min(offers[one.name][1].tolerance, 1e-4)  # what a loose one loses, it loses later
        assert max(bench.exact.errors(truth, *one.learned)) <= bound, one.name


@pytest.mark.slow
def test_everyone_learns_the_exact_moments_of_chunks(bench, stage, files):
    truth = bench.exact.of_blocks(bench.data.cycled(ROWS, 256))
    for one in outcomes(bench, stage, files, "chunks"):
        assert max(bench.exact.errors(truth, *one.learned)) <= 1e-5, one.name


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["quantiles", "words", "coded"])
def test_everyone_learns_the_same(bench, stage, files, kind):
    ran = outcomes(bench, stage, files, kind)
    truth = next(one.learned for one in ran if one.name.startswith("samescale"))
    for one in ran:
        for found, wanted in zip(one.learned, truth, strict=False):
            np.testing.assert_allclose(found, wanted, rtol=1e-5, err_msg=one.name)


def test_the_truth_is_what_fractions_give(bench):
    rng = np.random.default_rng(0)
    table = np.stack(
        [
            rng.normal(2010, 5, 300),
            rng.normal(size=300) * 10.0 ** rng.integers(-38, 38, 300),
            np.repeat(np.float32(-1e-44), 300),
        ],
        axis=1,
    ).astype(np.float32)
    for column, found in zip(table.T, bench.exact.of_blocks([table[:7], table[7:]]), strict=True):
        values = [Fraction(float(value)) for value in column]
        mean = sum(values) / len(values)
        assert found.mean == mean
        assert found.variance == sum((value - mean) ** 2 for value in values) / len(values)


def test_an_error_is_found(bench):
    table = bench.data.matrix(1_000, "year", 2)
    truth = bench.exact.of_table(table)
    mean = [float(one.mean) for one in truth]
    variance = [float(one.variance) for one in truth]
    assert bench.exact.errors(truth, mean, variance) == (0, 0)
    off = [mean[0], mean[1] + 0.5 * variance[1] ** 0.5]
    assert bench.exact.errors(truth, off, variance) == pytest.approx((0.5, 0))
    assert np.isnan(bench.exact.errors(truth, mean, [variance[0], float("nan")])[1])


@pytest.mark.parametrize("errors", [(1e-3, 0.0), (0.0, float("nan"))])
def test_who_learns_something_else_fails_the_run(bench, errors):
    one = {"name": "scikit-learn fit", "errors": (1e-9, 1e-9)}
    case = {"kind": "array", "rows": 10, "outcomes": [one]}
    assert not list(bench.adapting.differing([case]))
    case["outcomes"] = [{**one, "errors": errors}]
    assert "scikit-learn fit" in next(bench.adapting.differing([case]))


def test_who_is_not_installed_is_named(bench, stage, monkeypatch):
    peers, base = sys.modules["peers"], sys.modules["peers.base"]
    offer = base.Offer("nobody", "array", lambda _: None, ("no-such-distribution",))
    monkeypatch.setattr(peers, "offers", lambda _: {"nobody": ("nobody", offer)})
    found = bench.turns.take(base.Work("array", 10), bench.how.How(), stage)
    assert [one.absent for one in found] == ["not installed: no-such-distribution"]


@pytest.mark.slow
def test_what_goes_wrong_is_told(bench, stage, tmp_path):
    work = sys.modules["peers.base"].Work("parquet", 10, path=str(tmp_path / "none.parquet"))
    how = bench.how.How(rounds=1, only="row groups$")
    found = bench.turns.take(work, dc.replace(how, only="scikit"), stage)
    assert "FileNotFoundError" in found[0].absent


def test_a_bar_is_met_on_its_side(bench):
    times = {name: bench.bar.Times(one, one, one) for name, one in (("slow", 9.0), ("fast", 1.0))}
    at_least = bench.bar.Bar("a", "b", 8, "slow", "fast")
    assert at_least.measured(times)["met"]
    assert not dc.replace(at_least, bound=10).measured(times)["met"]
    assert not dc.replace(at_least, at_most=True).measured(times)["met"]
    assert at_least.measured({"fast": times["fast"]})["missing"] == ["slow"]


def test_a_picture_shows_every_line(bench):
    lines = [
        bench.draw.Line("one & only", [(1e5, 0.0), (1e6, 0.0)]),
        *(bench.draw.Line(f"line {n}", [(1e5, 2.0), (1e6, 3.0)], "ends") for n in range(5)),
    ]
    picture = bench.draw.chart("What is <shown>", lines, unit=str, floor="0")
    texts = ET.fromstring(picture).findall("{*}text")
    said = {"".join(text.itertext()): float(text.get("y")) for text in texts}
    assert {"one & only", *(f"line {n} (ends)" for n in range(5))} <= said.keys()
    heights = sorted(height for name, height in said.items() if name.startswith("line"))
    assert min(np.diff(heights)) >= 15
    assert said["one & only"] == said["0"]  # on the floor, where exact is


def test_the_page_and_its_pictures_are_what_was_kept(bench):
    run = re.search(r"PARTS = \{(.*?)\}", (FOLDER / "run.py").read_text(), re.DOTALL)
    parts = {name: bench.stored.kept(name) for name in re.findall(r'"(\w+)":', run[1])}
    kept = {name: found for name, found in parts.items() if found is not None}
    assert not any(one["about"]["quick"] for one in kept.values())
    shown = {name: importlib.import_module(name) for name in kept}
    page = bench.page.PAGE.read_text(encoding="utf-8")
    assert page == bench.page.markdown(kept, shown)
    for name, picture in bench.figures.pictures(kept["figures"]["found"]).items():
        assert (bench.figures.ASSETS / name).read_text(encoding="utf-8") == picture
