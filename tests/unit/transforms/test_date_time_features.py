"""DateTimeFeatures: every day of the years 1…9999 against pandas, in the graph that is frozen."""

from __future__ import annotations

import datetime as dt
import math
from typing import get_args

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SpecError
from samescale.ir.affine import fuse_affine
from samescale.ir.nodes import Graph, Input
from samescale.ir.reference import run
from samescale.ir.types import TensorType
from samescale.targets import load
from samescale.transforms.date_time_features import _CYCLES, DateTimeFeatures, Part

PARTS = get_args(Part)
FIRST, LAST = -62_135_596_800, 253_402_300_799
INPUT = Input("when", TensorType("float64"))
LEARNED = {"extent": {"min": [0.0], "max": [0.0]}}


def graph(transform: DateTimeFeatures) -> Graph:
    return fuse_affine(Graph((("when", transform.lower(INPUT, LEARNED)),)))


def parts(seconds: np.ndarray, transform: DateTimeFeatures) -> dict[str, np.ndarray]:
    run_ = load("numpy").compile(graph(transform))
    found = run_({"when": np.asarray(seconds, np.float64)})["when"]
    return dict(zip(transform.entries("when"), found.T, strict=True))


def meant(seconds: np.ndarray) -> dict[str, np.ndarray]:
    pandas = pytest.importorskip("pandas")
    index = pandas.DatetimeIndex(seconds.astype("datetime64[s]"))
    week = index.isocalendar().week.to_numpy()
    plain = ("year", "quarter", "month", "day", "day_of_week", "day_of_year")
    return {
        **{name: getattr(index, name).to_numpy() for name in (*plain, "hour", "minute", "second")},
        "week": week.astype(np.int64),
        "is_weekend": (index.day_of_week >= 5).astype(np.int64),
        "days": seconds // 86400,
    }


def same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    for part, values in wanted.items():
        np.testing.assert_array_equal(found[f"when {part}"], values, err_msg=part)


def test_every_day_of_the_calendar() -> None:
    days = np.arange(FIRST // 86400, LAST // 86400 + 1)
    assert len(days) == dt.date.max.toordinal()
    seconds = days * 86400 + np.random.default_rng(0).integers(0, 86400, len(days))
    found = parts(seconds, DateTimeFeatures(PARTS))
    same(found, meant(seconds))


def test_every_second_around_midnight_and_the_ends() -> None:
    middles = [FIRST, 0, -86400, 951_782_400, 4_107_542_400, LAST + 1, -11_676_096_000]
    seconds = np.concatenate([np.arange(-3700, 3700) + middle for middle in middles])
    seconds = seconds[(seconds >= FIRST) & (seconds <= LAST)]
    same(parts(seconds, DateTimeFeatures(PARTS)), meant(seconds))


@pytest.mark.parametrize("seconds", [0.999999, -1e-20, -5e-324, -0.5, 1e9 + 0.25, -62135596800.0])
def test_a_fraction_of_a_second_is_cut_off_downwards(seconds) -> None:
    whole = np.array([math.floor(seconds)])
    same(parts(np.array([seconds]), DateTimeFeatures(PARTS)), meant(whole))


@pytest.mark.parametrize("minutes", range(-1439, 1440, 7))
def test_an_offset_of_any_whole_minute_is_exact(minutes) -> None:
    # 1090 / 60 hours are no float64, and 3600 times that isn't the whole number of seconds.
    seconds = np.arange(4) * 30 + 1_700_000_000 // 60 * 60
    transform = DateTimeFeatures(("hour", "minute", "second"), utc_offset=minutes / 60)
    found = parts(seconds, transform)
    wanted = [dt.datetime.fromtimestamp(s + minutes * 60, dt.UTC) for s in seconds.tolist()]
    for part, values in found.items():
        assert values.tolist() == [getattr(one, part.split()[1]) for one in wanted]


@pytest.mark.parametrize("offset", [5.5, -3.0, 14.0, -11.75])
def test_an_offset_is_a_clock_ahead(offset) -> None:
    seconds = np.random.default_rng(1).integers(FIRST // 2, LAST // 2, 20_000)
    found = parts(seconds, DateTimeFeatures(PARTS, utc_offset=offset))
    same(found, meant(seconds + int(offset * 3600)))


def test_a_part_that_comes_round_is_a_point_on_the_circle() -> None:
    seconds = np.random.default_rng(2).integers(FIRST, LAST, 50_000)
    found = parts(seconds, DateTimeFeatures(PARTS, cyclic=True))
    wanted = meant(seconds)
    for part, (first, count) in _CYCLES.items():
        turn = 2 * np.pi * (wanted[part] - first) / count
        for name, function in (("sin", np.sin), ("cos", np.cos)):
            given = found[f"when {part} {name}"]
            exact = function(turn)
            nearest = np.where(np.abs(exact) < 1e-9, 0.0, exact).astype(np.float32)
            np.testing.assert_array_equal(given, nearest, err_msg=f"{part} {name}")
    assert "when year" in found
    assert "when year sin" not in found


def test_numpy_gives_the_reference_s_bits_and_a_missing_instant_none() -> None:
    seconds = np.append(np.random.default_rng(3).integers(FIRST, LAST, 500).astype(float), np.nan)
    one = graph(DateTimeFeatures(PARTS))
    found = load("numpy").compile(one)({"when": seconds})["when"]
    np.testing.assert_array_equal(found, run(one, {"when": seconds})["when"])
    dated = [index for index, part in enumerate(PARTS) if part != "is_weekend"]
    assert np.isnan(found[-1, dated]).all()


def test_beyond_the_calendar_is_its_nearest_end() -> None:
    found = parts(np.array([-1e15, 1e15]), DateTimeFeatures(("year", "month", "day", "second")))
    assert [values.tolist() for values in found.values()] == [[1, 9999], [1, 12], [1, 31], [0, 59]]


def test_a_column_of_dates() -> None:
    given = np.array(["2024-02-29T23:59:59", "1900-03-01", "0001-01-01"], "datetime64[s]")
    fitted = ss.Spec({"when": DateTimeFeatures(PARTS)}).adapt({"when": given})
    assert [column.dtype for column in fitted.schema.columns] == ["float64"]
    answer = fitted.transform(
        {"when": ["2000-02-29", dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)]}
    )
    year, leap = answer["when"].tolist()
    assert year[:9] == [2000, 1, 2, 9, 29, 1, 60, 0, 0]
    assert leap[:10] == [9999, 4, 12, 52, 31, 4, 365, 23, 59, 59]


def test_several_instants_a_row_have_their_parts_each() -> None:
    given = np.array([[0.0, 86400.0], [31 * 86400.0, -1.0]])
    fitted = ss.Spec({"when": DateTimeFeatures(("month", "day"))}).adapt({"when": given})
    answer = fitted.transform({"when": given})["when"]
    assert answer.tolist() == [[[1, 1], [1, 2]], [[2, 1], [12, 31]]]


def test_missing_dates_are_refused_unless_filled() -> None:
    given = np.array(["2024-02-29", "NaT"], "datetime64[s]")
    with pytest.raises(DataError, match=r"'when'.*missing"):
        ss.Spec({"when": DateTimeFeatures()}).adapt({"when": given})
    chain = [ss.Impute("constant", fill_value=0.0), DateTimeFeatures(("year",))]
    fitted = ss.Spec({"when": chain}).adapt({"when": given})
    assert fitted.transform({"when": given})["when"].tolist() == [[2024.0], [1970.0]]


@pytest.mark.parametrize("values", [[1.7e12, 0.0], [-1.7e12, 0.0]])
def test_milliseconds_are_refused(values) -> None:
    with pytest.raises(DataError, match=r"'when'.*isn't the seconds.*divided by 1000"):
        ss.Spec({"when": DateTimeFeatures()}).adapt({"when": values})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"parts": ("months",)}, "doesn't name parts"),
        ({"parts": ()}, "doesn't name parts"),
        ({"parts": "year"}, "doesn't name parts"),
        ({"parts": ("year", "year")}, "doesn't name parts"),
        ({"utc_offset": 0.001}, "is no clock's"),
        ({"utc_offset": 24.0}, "is no clock's"),
        ({"utc_offset": None}, "is no clock's"),
        ({"utc_offset": (5.5,)}, "is not one value"),
        ({"parts": ({},)}, "doesn't name parts"),
        ({"utc_offset": "Europe/Oslo"}, "not a finite number"),
        ({"cyclic": 1}, "not true or false"),
    ],
)
def test_what_can_t_be_is_refused_by_name(arguments, said) -> None:
    with pytest.raises(SpecError, match=said):
        DateTimeFeatures(**arguments)


def test_text_that_is_no_date_is_refused() -> None:
    with pytest.raises(SpecError, match=r"'when': DateTimeFeatures takes numbers.*to_datetime"):
        ss.Spec({"when": DateTimeFeatures()}).adapt({"when": ["soon", "later"]})


@pytest.mark.parametrize(
    "instant",
    [
        np.array(["2023-12-31T23:59:59.999999999"], "datetime64[ns]"),
        [dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)],
        [dt.datetime(1, 1, 1, 0, 0, 59, 999_999, tzinfo=dt.UTC)],
    ],
)
def test_the_last_instant_of_a_second_is_not_the_next_one(instant):
    parts = ss.DateTimeFeatures(parts=("year", "minute", "second"))
    fitted = ss.Spec({"when": parts}).adapt({"when": instant})
    found = fitted.transform({"when": instant})["when"][0].tolist()
    assert found in ([2023, 59, 59], [9999, 59, 59], [1, 0, 59])
