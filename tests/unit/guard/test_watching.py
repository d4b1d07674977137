"""Single rows: what they say together, within a budget of time."""

import threading

import numpy as np
import pytest

from samescale.errors import GuardError
from samescale.evidence.verdict import Verdict, Weighed
from samescale.guard import Watch, watching
from samescale.guard._budget import Budget
from samescale.guard.watching import QUEUE
from tests.unit import guarding

pytestmark = pytest.mark.usefixtures("counted")


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def stream_of(predictor):
    return predictor.watch._feed._streams[0]


def codes(answer):
    return [one.code for one in answer.findings]


WRONG = {"a": 5.0, "b": 1.0}


class TestBudget:
    def test_no_more_than_the_share_is_spent_in_the_long_run(self):
        clock = Clock()
        budget, spent = Budget(share=0.1, saved=0.01, clock=clock), 0.0
        for _ in range(100_000):
            clock.now += 1e-4
            if budget.left():
                budget.spend(3e-4)
                spent += 3e-4
        assert spent <= 0.1 * clock.now + 0.01 + 3e-4
        assert spent >= 0.09 * clock.now

    def test_after_a_pause_there_is_a_burst_and_no_more(self):
        clock = Clock()
        budget = Budget(share=0.1, saved=0.01, clock=clock)
        clock.now = 3600.0
        bursts = 0
        while budget.left():
            budget.spend(0.001)
            bursts += 1
        assert bursts in {10, 11}


class TestWatch:
    def test_rows_of_the_lane_and_of_the_long_way_are_seen_in_their_order(self):
        predictor = guarding.predictor(lane=True)
        rows = [guarding.row(seed) for seed in range(6)]
        for place, one in enumerate(rows):
            predictor.predict(one if place % 2 else [one])
        wanted = [[one["b"], np.float32(one["a"]), one["n"]] for one in rows]
        found = np.array(stream_of(predictor).seen)
        np.testing.assert_allclose(found, wanted, rtol=1e-7)
        counts = predictor.watch.counts()
        assert (counts["rows_seen"], counts["rows_skipped"]) == (6, 0)

    def test_a_row_of_the_lane_is_seen_to_the_bit_as_one_of_the_long_way(self):
        predictor, one = guarding.predictor(lane=True), guarding.row(a=150.1)
        predictor.predict(one)
        predictor.predict([one])
        first, second = stream_of(predictor).seen
        assert predictor.lane is not None
        assert first == second

    def test_requests_of_more_rows_are_no_part_of_it(self):
        predictor = guarding.predictor(lane=True)
        predictor.predict(guarding.raw(2))
        predictor.check([guarding.row()])
        assert stream_of(predictor).seen == []

    @pytest.mark.parametrize("lane", [True, False])
    def test_a_verdict_is_told_from_the_row_that_led_to_it_until_it_clears(self, lane):
        predictor = guarding.predictor(lane=lane)
        told = []
        for wrong in [False, True, True, True, False, False]:
            one = guarding.row(a=160.0, b=1600.0)
            one |= {"a": 100_000.0} if wrong else {}
            told.append("SG307" in codes(predictor.answer(one)))
        assert told == [False, False, True, True, False, False]

    def test_it_says_that_single_rows_told_it(self):
        predictor = guarding.predictor()
        for _ in range(3):
            answer = predictor.answer([guarding.row(a=100_000.0)])
        found = {one.code: one for one in answer.findings}
        assert "(Told by single rows of late.)" in found["SG307"].message
        assert "SG202" not in found  # which it explains

    @pytest.mark.parametrize("lane", [True, False])
    def test_rows_are_refused_where_the_policy_says_so(self, monkeypatch, lane):
        monkeypatch.setattr(guarding.Known, "named", guarding.Known.named)
        predictor = guarding.predictor({"drift": "raise"}, lane=lane)
        monkeypatch.setattr(
            guarding.Known, "named", lambda *_: guarding.Weighed("drift", ("b",))
        )  # ordinary rows by themselves, so that the lane takes them
        predictor.predict(guarding.row())
        asked = len(predictor.runtime.asked)
        with pytest.raises(GuardError, match="SG390"):
            predictor.predict(guarding.row())
        assert len(predictor.runtime.asked) == asked
        assert predictor.watch.counts()["findings"] == {"SG390": 1}

    def test_reset_forgets(self):
        predictor = guarding.predictor()
        for _ in range(3):
            predictor.answer([guarding.row(a=100_000.0)])
        predictor.watch.reset()
        assert "SG307" not in codes(predictor.answer([guarding.row(a=100_000.0)]))

    def test_a_stream_is_told_how_many_share_the_traffic(self):
        predictor = guarding.predictor(workers=4)
        predictor.predict([guarding.row()])
        assert stream_of(predictor).workers == 4

    def test_without_a_learned_distribution_there_is_nothing_to_see(self):
        from samescale.predictor import Predictor

        predictor = Predictor(guarding.fitted(), guarding.Sums(), policies={"default": "off"})
        assert predictor.watch.of_lane(("b", "a", "n")) is None
        assert predictor.watch.see({}) == ()


class TestUnderLoad:
    @pytest.fixture
    def clock(self):
        return Clock()

    @pytest.fixture
    def watch(self, clock):
        budget = Budget(share=0.1, saved=0.001, clock=clock)
        made = Watch.of(guarding.predictor().guard, budget=budget)
        made.prepare()
        return made

    @pytest.fixture
    def slow(self, monkeypatch, clock):
        """It takes a second to see rows, however many they are."""
        see = guarding.Stream.see

        def slow(self, batch, *, apart):
            clock.now += 1.0
            return see(self, batch, apart=apart)

        monkeypatch.setattr(guarding.Stream, "see", slow)

    def columns(self, value):
        return {name: np.array([value]) for name in ("a", "b", "n")}

    @pytest.mark.usefixtures("slow")
    def test_rows_wait_then_are_skipped_and_counted(self, watch, clock):
        for value in range(QUEUE + 101):
            watch.see(self.columns(float(value)))
        assert watch.counts()["rows_seen"] == 1
        assert watch.counts()["rows_skipped"] == 100
        clock.now += 10
        watch.see(self.columns(-1.0))
        seen = [row[0] for row in watch._feed._streams[0].seen]
        assert seen == list(map(float, range(QUEUE + 1)))

    @pytest.mark.usefixtures("slow")
    def test_surprising_rows_are_skipped_as_often_as_others(self, watch):
        for value in range(2 * QUEUE):
            watch.see(self.columns(1e6 if value > QUEUE else 1.0))
        assert watch.counts()["rows_seen"] == 1

    def test_threads_may_share_it(self):
        predictor = guarding.predictor(lane=True)
        barrier = threading.Barrier(4)

        def ask():
            barrier.wait()
            for seed in range(50):
                predictor.predict(guarding.row(seed))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        counts, feed = predictor.watch.counts(), predictor.watch._feed
        assert counts["rows_seen"] + counts["rows_skipped"] + len(feed._waiting) == 200


def test_of_wide_rows_few_are_looked_at_at_once(monkeypatch):
    monkeypatch.setattr(watching, "CELLS", 9)
    predictor, sizes = guarding.predictor(), []

    def see(_, batch, *, apart):
        sizes.append((len(batch), apart))
        return Verdict(len(batch))

    monkeypatch.setattr(guarding.Stream, "see", see)
    predictor.watch._feed._waiting.extend([[1500.0, 150.0, 3.0]] * 7)
    for _ in range(3):
        predictor.answer([guarding.row()])
    assert sizes == [(3, True)] * 3


def test_rows_wait_for_a_stream_that_is_made_beside_the_answers():
    watch = Watch.of(guarding.predictor().guard)
    columns = {name: np.array([1.0]) for name in ("a", "b", "n")}
    watch.see(columns)
    watch._feed._began[0].join()
    assert watch.counts()["rows_seen"] == 0
    watch.see(columns)
    assert watch.counts()["rows_seen"] == 2


def test_an_error_of_the_streams_own_costs_no_answer(monkeypatch, caplog):
    predictor = guarding.predictor()
    monkeypatch.setattr(guarding.Stream, "see", lambda *_, **__: 1 / 0)
    assert len(predictor.answer([guarding.row()]).predictions) == 1
    assert "ZeroDivisionError" in caplog.text


def late(policies=None):
    """A guard, and what it says of a stream that drifts."""
    guard = guarding.predictor(policies).guard
    drift = Verdict(9, Weighed("drift", ("b",), evidence=9.0), ())
    return guard, (guard.diagnosis.said(drift, None),)


NORMALISED = {"a": np.full(3, 1.0), "b": np.full(3, 1.0), "n": np.full(3, 4)}


@pytest.mark.parametrize("policy", ["observe", "warn", "repair"])
def test_drift_of_late_is_not_told_beside_the_name_of_what_arrived(policy):
    guard, told = late({"already-normalised": policy})
    found = [one.code for one in guard.let(NORMALISED, 3, told).findings]
    assert "SG301" in found
    assert "SG390" not in found


def test_drift_of_late_is_told_of_rows_that_nothing_is_named_in():
    guard, told = late()
    right = guarding.raw(3)
    right["n"] = right["n"].astype(np.int64)
    assert "SG390" in [one.code for one in guard.let(right, 3, told).findings]


def test_drift_that_is_to_be_refused_is_refused_whatever_else_is_named():
    guard, told = late({"drift": "raise"})
    with pytest.raises(GuardError, match="SG390"):
        guard.let(NORMALISED, 3, told)
