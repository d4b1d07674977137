"""Streams: on which row whom alarms, whichever of the workers it came to."""

import math

import numpy as np
import pytest

from benchmarks.mistakes import page, streams, traffic
from benchmarks.mistakes.how import How
from benchmarks.mistakes.labels import DRIFT, Answer
from benchmarks.mistakes.setting import Setting

HERE = f"{__name__}:"


class Heavy:
    """Alarms where a weight is heavier than any of training by so much; knows thousandths."""

    LIMIT = 1.0

    def __init__(self, **_told):
        self.heaviest = math.inf

    def fit(self, train, _context):
        self.heaviest = train[:, 0].max()

    def start(self):
        pass

    def update(self, batch):
        if (batch[:, 0] > 10 * self.heaviest).any():
            return Answer("unit", [0])
        return Answer(DRIFT) if (batch[:, 0] > self.LIMIT * self.heaviest).any() else Answer()


class Light(Heavy):
    """Alarms on clean rows too."""

    LIMIT = 0.9


class Counting(Heavy):
    """Alarms on every so-manieth row since it was started."""

    def start(self):
        self.rows = 0

    def update(self, batch):
        self.rows += len(batch)
        return Answer(DRIFT) if self.rows >= 10 else Answer()


def test_the_first_alarm_of_any_worker_counts():
    told = {"alphas": (1e-2,), "workers": 4}
    heard = list(traffic.clean(Setting("wine"), f"{HERE}Counting", range(3), 80, **told))
    assert [one.alarm for one in heard] == [37, 37, 37]
    assert {one.first for one in heard} == {DRIFT}
    alone = {"alphas": (1e-2,), "workers": 1}
    (one,) = traffic.clean(Setting("wine"), f"{HERE}Counting", range(1), 80, **alone)
    assert one.alarm == 10
    assert not [
        one
        for one in traffic.clean(Setting("wine"), f"{HERE}Heavy", range(1), 9, **alone)
        if one.alarm
    ]


def test_where_the_alarm_is_the_row_is():
    setting = Setting("wine")
    heard = list(traffic.clean(setting, f"{HERE}Light", range(6), 400, alphas=(0.1,), workers=2))
    assert len(heard) == 6
    heaviest = setting.train[:, 0].max() * Light.LIMIT
    by_number = {0: heard[0], 2: heard[1], 4: heard[2], 1: heard[3], 3: heard[4], 5: heard[5]}
    for number, one in by_number.items():
        rows = traffic.arriving(setting, short=number % 2 == 1)
        weights = rows[traffic._order(setting, number, 400), 0]
        assert one.alarm == np.flatnonzero(weights > heaviest)[0] + 1


def test_who_is_quiet_at_one_chance_is_not_asked_at_a_smaller_one(monkeypatch):
    heard = []
    alarms = traffic._alarms

    def counted(listener, pool, order):
        heard.append(len(order))
        return alarms(listener, pool, order)

    monkeypatch.setattr(traffic, "_alarms", counted)
    told = {"alphas": (1e-2, 1e-3), "workers": 1}
    quiet = list(traffic.clean(Setting("wine"), f"{HERE}Heavy", range(4), 9, **told))
    assert heard == [2, 0, 2, 0]
    assert [one.alpha for one in quiet] == [1e-2, 1e-2, 1e-3, 1e-3] * 2
    assert not [one for one in quiet if one.alarm]
    loud = list(traffic.clean(Setting("wine"), f"{HERE}Counting", range(2), 20, **told))
    assert [one.alarm for one in loud] == [10, 10, 10, 10]


def test_streams_differ_and_come_again():
    setting = Setting("wine")
    one, again, other = (traffic._order(setting, number, 50) for number in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_delay_is_counted_from_the_change():
    heard = list(traffic.changing(Setting("wine"), f"{HERE}Heavy", ["unit_1000"], 20, 40))
    assert len(heard) == 40
    found = {(one.named, one.alarm, one.first) for one in heard}
    assert found == {(1, 1, "unit"), (None, None, "ok")}  # another column, or thousandths


@pytest.mark.parametrize("alarms", [31, 32])
def test_a_line_of_clean_streams_has_its_bar(alarms):
    ask = streams.Ask("", "wine", 0, (1e-2,), 1, range(2000), 10_000, 0)
    heard = [
        {"alarm": 3 if place < alarms else None, "first": "drift", "dataset": "wine", "alpha": 1e-2}
        for place in range(2000)
    ]
    line = streams._counted(1e-2, 1, [(ask, heard)], How())
    assert (line["alarms"], line["bar"], line["named"]) == (alarms, 31, 0)
    assert ("**" in streams._clean(line)[3]) is (alarms > 31)


def test_who_never_names_is_later_than_all():
    given = {"mistake": "unit_1000", "first": "unit"}
    heard = [{**given, "named": rows, "alarm": rows} for rows in (1, 2, 9, None, None)]
    (line,) = streams._delays(heard)
    assert (line["median"], line["tenths"], line["never"], line["wrong"]) == (9, None, 2, 0)
    assert streams._delay(line)[2:5] == ["**9**", "≤ 3", "later"]


def test_every_part_of_a_quick_run_is_shown():
    how = How(detector=f"{HERE}Heavy", datasets=("wine",), seeds=(0,), quick=True)
    found = page.plain(streams.measure(how))
    assert [one["streams"] for one in found["clean"]] == [4, 4, 4, 4]
    shown = streams.show(found)
    assert "4 clean streams of 200 single rows" in shown
    assert "| unit_1000 |" in shown
    again = page.plain(streams.measure(how))
    assert again == found
