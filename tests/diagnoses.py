"""Diagnoses to look at, made by hand: what reports must be able to show, the worst included."""

from __future__ import annotations

from collections import Counter

import numpy as np

from samescale.diagnose import numbers, texts
from samescale.diagnose.diagnosis import Diagnosis, Moment, Side
from samescale.diagnose.summary import of_numbers
from samescale.evidence.verdict import Undo, Verdict, Weighed
from samescale.findings import Finding

HOSTILE = (
    "</title><script>alert(1)</script>",
    '" onmouseover="alert(2)',
    "a\u202egnp.exe",
    "\ud800 lone",
    "\x1b[31mred\x07",
    "x" * 5_000,
    "{{7*7}}`rm -rf`&amp;&#x41;",
)


def number(name, training, live, restored=None, kind="number"):
    return numbers.compared(
        name, kind, (of_numbers(training), training), (of_numbers(live), live), restored
    )


def mistake(columns=14):
    """Two columns that arrive normalised, dates, categories, gaps, and many as they were."""
    random = np.random.default_rng(0)
    income, live = random.lognormal(10.5, 0.6, 5000), random.lognormal(10.5, 0.6, 800)
    mean, deviation = income.mean(), income.std()
    age, others = random.integers(18, 90, (2, 5000)).astype(float)
    arrived = (others[:800] - age.mean()) / age.std()
    gaps = random.normal(50, 8, 800)
    gaps[::5] = np.nan
    return Diagnosis(
        Side("train.parquet", 50_000, 5_000),
        Side("monday.csv", 800, 800),
        1e-3,
        Verdict(800, *_weighed((mean, deviation), (age.mean(), age.std()))),
        "`income` and `age` arrive already normalised.",
        "Drop the StandardScaler in the caller: the model holds its own.",
        (
            Finding("SG203", "Column 'outdoor' is missing in 20.00% of 800 rows.", "Look upstream.",
                    severity="warning", column="outdoor", share=0.2),
        ),
        (
            number("income", income, (live - mean) / deviation, live),
            number("age", age, arrived, np.round(arrived * age.std() + age.mean())),
            number("children", random.poisson(1.2, 5000) * 1.0, random.poisson(1.5, 800) * 1.0),
            number("opened", random.uniform(1.60e9, 1.63e9, 5000),
                   random.uniform(1.63e9, 1.632e9, 800), kind="date"),
            number("sensor_temperature_outdoor_north_celsius", random.normal(50, 8, 5000), gaps),
            texts.compared(
                "city",
                {"Rome": 2000, "Oslo": 1500, "Kyiv": 900, "Łódź": 400},
                Counter({"Rome": 300, "Oslo": 250, "Kyiv": 70, "rome ": 80, "Paris": 60, None: 40}),
                rows=5000,
                missing=0.04,
            ),
            *(
                number(f"feature {place}", random.normal(0, 1, 3000),
                       random.normal(place / 40, 1, 800))
                for place in range(columns)
            ),
        ),
        tuple(Moment(50 * (i + 1), "already-normalised", 0.2 + 1.7 * i, 1.4 + i % 3)
              for i in range(16)),
        {"already-normalised": 1.0, "other-unit": 5.2, "columns-permuted: two exchanged": 38.0,
         "stuck-column": 230.0, "sentinel-for-missing": float("inf")},
        {"comment": "free text: 12 words a value, 99% of them different"},
    )  # fmt: skip


def _weighed(income, age):
    undo = {
        "income": Undo("income", scale=income[1], shift=income[0]),
        "age": Undo("age", scale=age[1], shift=age[0]),
    }
    best = Weighed("already-normalised", ("income", "age"), 27.4, undo=undo)
    others = (
        Weighed("drift", ("income",), 6.2, "moved by −1.8 deviations"),
        Weighed("batch-standardised", (), 2.1),
        Weighed("other-unit", ("income",), 0.4, "×0.00001"),
    )
    return best, others


def nothing():
    """Live as training was."""
    random = np.random.default_rng(1)
    return Diagnosis(
        Side("train.csv", 900, 900),
        Side("live.csv", 90, 90),
        1e-3,
        Verdict(90),
        "All 90 rows that arrived look like training.",
        "",
        (),
        (number("x", random.normal(0, 1, 900), random.normal(0, 1, 90)),),
    )


def drift():
    """The population moved."""
    random = np.random.default_rng(2)
    return Diagnosis(
        Side("train.csv", 900, 900),
        Side("live.csv", 90, 90),
        1e-3,
        Verdict(90, Weighed("drift", ("x",), 5.0)),
        "`x` has moved away from training, and no known mistake explains it.",
        "Look whether the model still answers well for such rows.",
        (Finding("SG390", "`x` has moved.", "", severity="warning", column="x"),),
        (number("x", random.normal(0, 1, 900), random.normal(1, 1.4, 90)),),
    )


def hostile():
    """Names and categories that were made to break a page, and numbers that break pictures."""
    random = np.random.default_rng(3)
    values = random.normal(0, 1, 300)
    odd = np.array([np.inf, -np.inf, np.nan, 1e308, -1e308, 5e-324, 0.0])
    named = tuple(number(name, values, values[:20], values[:20] + 1) for name in HOSTILE)
    strange = (
        number("empty", np.zeros(0), np.zeros(0)),
        number("gone", values, np.full(5, np.nan)),
        number("odd", values, odd, odd),
        number("one", np.ones(9), np.ones(1)),
        number("endless", np.array([1e308, -1e308]), values),
        texts.compared("none", None, Counter({None: 3}), rows=4, missing=0.25),
        texts.compared("text", dict.fromkeys(HOSTILE, 3), Counter([*HOSTILE, "", "  ", None]),
                       rows=21, missing=0.0),
    )  # fmt: skip
    undo = {name: Undo(name, scale=0.001, kind="log1p") for name in HOSTILE}
    best = Weighed("other-unit", HOSTILE, float("inf"), HOSTILE[0], undo)
    return Diagnosis(
        Side(HOSTILE[0], 300, 300),
        Side(HOSTILE[1], 20, 20),
        1e-3,
        Verdict(20, best, (Weighed("no-such-mistake", (HOSTILE[3],), float("nan"), HOSTILE[4]),)),
        f"`{HOSTILE[0]}` and `{HOSTILE[2]}` arrive in another unit.",
        HOSTILE[6],
        (Finding("SG999", HOSTILE[0], HOSTILE[1], column=HOSTILE[2], value=HOSTILE[3]),),
        (*named, *strange),
        (Moment(1, HOSTILE[0], float("inf"), float("nan")), Moment(20, "", 300.0, -4.0)),
        {HOSTILE[1]: 0.0, HOSTILE[0]: float("nan")},
        {HOSTILE[5]: HOSTILE[0]},
    )
