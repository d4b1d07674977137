from __future__ import annotations

import threading

import numpy as np
import pytest

from samescale.errors import DataError
from samescale.evidence.stream._bets import share_of
from samescale.evidence.stream.stream import Stream
from samescale.evidence.verdict import DRIFT
from tests.unit.evidence.stream.known import NAMES, reference, rows, sent


def after(clean, **settings):
    """A stream that has seen so many clean rows."""
    stream = Stream(reference(), **settings)
    assert stream.see(rows(clean, 7), apart=True).best is None
    return stream


def delay(stream, wrong, most=60):
    """After how many single rows a mistake is named."""
    for index in range(most):
        verdict = stream.see(wrong[index : index + 1])
        if verdict.named:
            return index + 1, verdict
    raise AssertionError(verdict)


def changed(column, function, seed=8):
    found = rows(80, seed)
    at = NAMES.index(column)
    found[:, at] = function(found[:, at])
    return found


def normalised():
    training = rows(4000, 1)
    return (rows(80, 8) - np.nanmean(training, axis=0)) / np.nanstd(training, axis=0)


@pytest.mark.parametrize(
    ("wrong", "mistake", "columns", "most"),
    [
        (normalised(), "already-normalised", (), 3),
        (changed("income", lambda x: x * 1000), "other-unit", ("income",), 3),
        (changed("income", lambda x: x / 1000), "other-unit", ("income",), 4),
        (changed("income", np.log), "log-applied", ("income",), 4),
        (changed("fahrenheit", lambda x: (x - 32) / 1.8), "other-unit", ("fahrenheit",), 8),
        (changed("height", lambda x: x / 2.54), "other-unit", ("height",), 6),
    ],
)  # fmt: skip
def test_a_mistake_is_named_a_few_rows_after_it_begins(wrong, mistake, columns, most):
    took, verdict = delay(after(10_000), wrong)
    assert verdict.best.mistake == mistake
    assert verdict.best.columns == columns
    assert verdict.best.evidence >= 3
    assert took <= most


def test_raw_rows_where_normalised_ones_are_due_are_named():
    known = reference(scaled=True)
    stream = Stream(known)
    assert stream.see(sent(rows(3000, 7), known), apart=True).best is None
    took, verdict = delay(stream, rows(20, 8))
    assert (verdict.best.mistake, took <= 3) == ("not-normalised", True)


def test_an_alarm_clears_when_the_mistake_is_fixed_and_comes_back_with_it():
    stream = after(1000)
    wrong = changed("income", lambda x: x * 1000)
    delay(stream, wrong)
    for row in rows(12, 9):
        verdict = stream.see(row[None])
    assert verdict.best is None
    assert not stream.alarmed
    assert delay(stream, changed("income", lambda x: x * 1000, 10))[0] <= 5


def test_rows_of_an_alarm_are_not_learned_from():
    stream = after(1000)
    wrong = changed("income", lambda x: x * 1000)
    delay(stream, wrong)
    before = stream.conditions.clean
    for row in np.concatenate((wrong, wrong)):
        stream.see(row[None])
    assert stream.conditions.clean == before


def test_the_shares_of_alpha_are_no_more_than_all_of_it():
    assert sum(share_of(alarms) for alarms in range(10_000)) <= 1


def test_a_row_that_comes_again_and_again_says_nothing_new():
    stream = after(100)
    odd = rows(1, 8)
    odd[0, 0] *= 1000
    evidence = []
    for _ in range(500):
        assert stream.see(odd).best is None
        evidence.append(stream.evidence)
    # That the mistake began with a later repeat is all that is added.
    assert max(evidence) < evidence[0] + 0.2


def test_the_rows_of_one_request_say_no_more_than_the_mean_of_them():
    wrong = changed("income", lambda x: x * 1000)[:16]
    one, together, apart = (after(2000) for _ in range(3))
    one.see(wrong[:1])
    together.see(wrong)
    apart.see(wrong, apart=True)
    assert together.evidence == pytest.approx(one.evidence, abs=0.5)
    assert apart.alarmed
    assert not together.alarmed


def test_workers_that_share_the_traffic_need_more_evidence():
    wrong = changed("income", lambda x: x * 1000)
    one, four = after(300), after(300, workers=4)
    one.see(wrong[:2], apart=True)
    four.see(wrong[:2], apart=True)
    assert one.evidence - four.evidence == pytest.approx(np.log10(4))


def test_what_made_an_alarm_is_taken_back():
    stream = after(1000)
    before = stream._watch.process.reached.copy()
    wrong = changed("income", lambda x: x * 1000)
    took, _ = delay(stream, wrong)
    assert took <= 4
    assert np.array_equal(stream._watch.process.reached, before)


def test_a_population_that_moved_is_no_mistake():
    moved = rows(400, 8)
    moved[:, 1] += 18
    verdict = after(2000).see(moved, apart=True)
    assert not verdict.named
    assert verdict.best is None or verdict.best.mistake == DRIFT


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 0.0])
@pytest.mark.parametrize("scaled", [False, True])
def test_no_number_is_too_odd(value, scaled):
    stream = Stream(reference(scaled=scaled))
    odd = rows(3, 8)
    odd[1] = value
    odd[2, 0] = value
    assert stream.see(odd).rows == 3
    assert stream.see(odd, apart=True).rows == 3
    assert np.isfinite(stream.evidence)


def test_no_rows_are_no_news():
    stream = after(10)
    assert stream.see(np.zeros((0, len(NAMES)))).rows == 0


def test_what_was_forgotten_is_forgotten():
    stream = after(500)
    stream.reset()
    assert stream.conditions.clean == 0
    assert stream.evidence < 0


def test_its_conditions_say_what_one_row_can_carry():
    few, many = Stream(reference(300)).conditions, Stream(reference()).conditions
    assert few.one_row < 2.5 < 3.5 < many.one_row
    assert few.rows_needed(0.1) > many.rows_needed(0.1) >= 2
    assert "300 rows of training" in str(few)
    assert after(10_000).conditions.one_row > many.one_row


def test_threads_may_share_a_stream():
    stream = after(10)
    clean = rows(400, 9)

    def send(first):
        for row in clean[first::4]:
            stream.see(row[None])

    threads = [threading.Thread(target=send, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stream.conditions.clean == 410


def test_what_cannot_be_is_refused():
    with pytest.raises(DataError, match="alpha is 0"):
        Stream(reference(), alpha=0)
    with pytest.raises(DataError, match="workers is 0"):
        Stream(reference(), workers=0)
    with pytest.raises(DataError, match=r"shape \(2, 5\)"):
        Stream(reference()).see(np.zeros((2, 5)))
