"""A run: every part of it runs, what was judged is kept, and the page shows it."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks.mistakes import __main__ as main
from benchmarks.mistakes import judge, names, page, peers, plain, store, units
from benchmarks.mistakes.adapter import Guard
from benchmarks.mistakes.cases import case
from benchmarks.mistakes.how import How
from benchmarks.mistakes.labels import MISTAKES
from benchmarks.mistakes.setting import Setting

RANGES = "benchmarks.mistakes.plain:Ranges"


class Failing:
    """A detector that takes some rows only."""

    def fit(self, _train, context):
        if context.expects == "normalised":
            raise ValueError("not these")

    def diagnose(self, batch):
        if len(batch) > 1:
            raise ValueError("one row, please")
        return plain.Answer("unit")


def quick(detector=RANGES, **changes):
    given = {"datasets": ("wine", "smarket", "mnist"), "seeds": (0,), "quick": True}
    return How(detector=detector, **given | changes)


def test_a_run_is_kept_and_not_judged_twice(capsys, monkeypatch):
    arguments = ["--quick", "--detector", RANGES, "--parts", "names", "--datasets", "wine", "mnist"]
    assert main.main(arguments) == 0
    told = capsys.readouterr()
    assert "2 pieces, 2 to be judged" in told.err
    assert "| double_norm |" in told.out
    monkeypatch.setattr(judge, "judged", None)
    assert main.main(arguments) == 0
    again = capsys.readouterr()
    assert "2 pieces, 0 to be judged" in again.err
    assert again.out == told.out


def test_what_was_judged_goes_with_the_sources(monkeypatch):
    own = units.folder(RANGES, judge.Plan())
    assert own != units.folder("benchmarks.mistakes.plain:Moments", judge.Plan())
    assert own != units.folder(RANGES, judge.Plan(reps=4))
    monkeypatch.setattr(units, "CASES", ("cases.py",))
    assert own != units.folder(RANGES, judge.Plan())


def test_a_detector_that_fails_has_no_answer():
    plan = judge.Plan(reps=1, benign=1, clean={1: 1, 8: 1}, sizes=(1, 8))
    found = list(judge.judged(f"{__name__}:Failing", "wine", 0, plan))
    assert {one.expects for one in found} == {"raw"}
    assert {one.verdict for one in found if one.n == 8} == {"ok"}
    assert {one.error for one in found if one.n == 8} == {"ValueError('one row, please')"}
    assert {one.verdict for one in found if one.n == 1} == {"unit"}


def test_what_the_time_does_not_allow_is_left_out():
    plan = judge.Plan(reps=1, benign=1, limit=0.0)
    assert not list(judge.judged(RANGES, "wine", 0, plan))


def test_the_plain_checks_see_what_is_plain():
    setting = Setting("wine")
    for check in (plain.Ranges(), plain.Moments()):
        check.fit(setting.train, setting.context)
        assert check.diagnose(case(setting, "double_norm", 32).batch).label != "ok"
        assert check.diagnose(np.full((4, 7), np.nan)).label in {"ok", "drift"}
    images = Setting("mnist", "unit")
    ranges = plain.Ranges()
    ranges.fit(images.train, images.context)
    assert ranges.diagnose(case(images, "img_0_255", 8).batch).label == "range_0_255"


def test_the_guard_names_through_the_adapter():
    for expects, mistake in (("raw", "double_norm"), ("normalised", "raw_input")):
        setting = Setting("wine", expects)
        guard = Guard()
        guard.fit(setting.train, setting.context)
        wrong = case(setting, mistake, 32)
        assert guard.diagnose(wrong.batch).label in wrong.accept
        assert guard.diagnose(case(setting, "clean", 32).batch).label not in MISTAKES


def test_peers_that_are_there_are_compared_on_the_same_cases(monkeypatch):
    monkeypatch.setattr(peers, "RIVALS", {"ranges": peers.RIVALS["ranges"]})
    monkeypatch.setattr(peers, "DATASETS", ("wine",))
    found = page.plain(peers.measure(quick("benchmarks.mistakes.plain:Moments")))
    ours, theirs = found["lines"]
    assert ours["cases"] == theirs["cases"] > 0
    assert ours["1"]["of"] == theirs["1"]["of"] == 18
    assert "| **samescale** |" in peers.show(found)


def test_a_peer_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(peers, "RIVALS", {"alibi": peers.RIVALS["alibi"]})
    monkeypatch.setenv("SAMESCALE_PEERS", str(store.OUT / "nobody"))
    (ours, theirs) = peers.measure(quick())["lines"]
    assert theirs["absent"] == "not installed"
    assert ours["cases"] == 0
    assert "| not installed |" in peers.show({"datasets": ["wine"], "limit": 1, "lines": [theirs]})


@pytest.fixture(scope="module")
def about():
    return {"day": "2026-11-23", "machine": "a machine", "python": "3.11", "versions": {}}


def test_the_page_shows_what_was_measured(about):
    found = page.plain(names.measure(quick()))
    written = page.markdown({"names": {"about": about, "found": found}})
    assert "## Named, from the first row" in written
    assert "assets/bench-mistakes.svg" in written
    for one in found["lines"]:
        assert f"| {one['what']} |" in written


def test_the_pictures_are_readable_on_light_and_dark():
    cell = {"seen": 0.5, "named": 0.0, "clean": 1, "of": 4, "ms": 1.0}
    lines = [{"name": name, "32": cell} for name in ("samescale", "one & another", "a third")]
    found = {
        "names": page.plain(names.measure(quick())),
        "peers": {"lines": [*lines, {"name": "absent"}]},
    }
    pictures = page.pictures(found)
    assert sorted(pictures) == ["bench-mistakes-peers.svg", "bench-mistakes.svg"]
    for picture in pictures.values():
        root = ET.fromstring(picture)
        assert root.find("{*}title").text
        fills = {one.get("fill") for one in root.iter() if one.tag.endswith(("text", "circle"))}
        assert all(fill.startswith("#") for fill in fills)
        assert not fills & {"#000000", "#ffffff"}
