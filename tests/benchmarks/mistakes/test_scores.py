"""Shares and bars: what counts, what doesn't, and on which side of the bound it stands."""

import dataclasses as dc

import pytest

from benchmarks.mistakes import names, record, scores
from benchmarks.mistakes.record import Record

ONE = Record(
    dataset="wine", expects="raw", split="iid", seed=0, mistake="unit_1000", label="unit", n=1,
    rep=0, verdict="unit", named=1, noop=0, benign=0, effect=1.5, column=1, overlap=1.0, score=3.25,
    micros=12.5, fit=0.25, detail="x100, or so", told='a "quoted" text', error="",
)  # fmt: skip


def some(count, **changes):
    return [dc.replace(ONE, rep=rep, **changes) for rep in range(count)]


def line(records, what):
    return next(one for one in scores.scored(records) if one["what"] == what)


def test_what_is_kept_comes_back(tmp_path):
    records = [ONE, dc.replace(ONE, error="ValueError('1,2\\n3')", column=-1)]
    record.write(tmp_path / "sub" / "some.csv", records)
    assert record.read(tmp_path / "sub" / "some.csv") == records
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["some.csv"]


def test_a_bar_is_met_from_its_bound_on():
    records = [*some(85), *some(15, verdict="ok", named=0)]
    assert line(records, "unit_1000")["met"] == {1: True}
    records = [*some(84), *some(16, verdict="ok", named=0)]
    found = line(records, "unit_1000")
    assert found["met"] == {1: False}
    assert found["share"] == {1: 0.84}
    assert found["of"] == {1: 100}


def test_what_changed_nothing_does_not_count():
    records = [*some(3), *some(50, verdict="ok", named=0, noop=1)]
    assert line(records, "unit_1000")["of"] == {1: 3}
    assert line(records, "wrong name, given an alarm")["of"] == {1: 3}


def test_the_macro_mean_weighs_mistakes_not_cases():
    records = [*some(90), *some(10, mistake="log_one", verdict="drift", named=0)]
    assert line(records, "macro mean")["share"] == {1: 0.5}


def test_a_wrong_name_counts_among_alarms_and_drift_is_none():
    wrong = some(1, verdict="stuck", named=0)
    records = [
        *some(97),
        *wrong,
        *some(2, verdict="drift", named=0),
        *some(9, verdict="ok", named=0),
    ]
    assert line(records, "wrong name, given an alarm")["share"] == {1: 0.01}


def clean(count, **changes):
    given = {
        "mistake": "clean",
        "label": "ok",
        "benign": 1,
        "verdict": "ok",
        "named": 1,
        "column": -1,
    }
    return some(count, **given | changes)


def test_false_names_on_clean_batches_count_together_up_to_128_rows():
    records = [*clean(10_000), *clean(9_999, n=32), *clean(1, n=128, verdict="unit", named=0)]
    found = line(records, "false name, clean")
    assert found["share"] == {1: 1 / 20_000}
    assert found["met"] == {1: True}
    more = line([*records, *clean(3, n=8, verdict="stuck", named=0)], "false name, clean")
    assert more["met"] == {1: False}


def test_drift_is_an_alarm_on_clean_batches_but_no_name():
    records = [*clean(500), *clean(1, verdict="drift", named=0)]
    assert line(records, "false name, clean")["share"] == {1: 0}
    assert line(records, "any alarm, clean")["met"] == {1: False}


def test_rows_drawn_twice_may_be_called_drift():
    records = clean(4, n=1024, verdict="drift", named=1)
    assert line(records, "any alarm, clean")["share"] == {1024: 0}


def test_a_column_counts_where_one_is_to_be_told():
    records = [*some(3), *some(1, column=0), *some(5, mistake="log_all", column=0)]
    records += some(7, verdict="drift", named=0, column=0)
    found = line(records, "column right, given named")
    assert found["share"] == {1: 0.75}


@pytest.mark.parametrize(
    ("share", "said"),
    [(1.0, "100 %"), (0.99961, "99.9 %"), (0.0, "0 %"), (0.005, "0.5 %"), (0.0001, "0.01 %")],
)
def test_a_share_is_never_rounded_up(share, said):
    assert names.percent(share) == said
