"""What becomes of a verdict: the course, the way back, the columns, what is asked how often."""

from __future__ import annotations

import dataclasses as dc
import functools

import numpy as np
import pytest

import samescale as ss
from samescale.diagnose import diagnose as whole
from samescale.evidence.reference import Reference
from samescale.evidence.verdict import DRIFT, Undo, Verdict, Weighed

ROWS = 400
NAMES = ("a", "b")

diagnose = functools.partial(whole, needed=False)  # which takes seconds


@dc.dataclass(frozen=True)
class Asked:
    """Names 'other-unit' in `a` with evidence that grows by 1 for each row of 1000 and more."""

    known: Reference
    mistake: str = "other-unit"
    threshold: float = 0.0

    def __getattr__(self, name):
        return getattr(self.known, name)

    def diagnose(self, batch, *, alpha):
        assert batch.dtype == np.float64
        wrong = (batch[:, 0] >= 1000).sum()
        evidence = float(wrong) * 0.1 if wrong >= self.threshold * len(batch) else 0.0
        told = Weighed(self.mistake, ("a",), evidence, "×1000", {"a": Undo("a", scale=0.001)})
        other = Weighed("log-missing", (), 0.3)
        if evidence < -np.log10(alpha):
            return Verdict(len(batch), None, (told, other))
        return Verdict(len(batch), told, (other,))

    def screen(self, _):
        return True

    def needed(self):
        return {"other-unit": 3.0}

    def to_arrays(self):
        return {}


def trained(**given):
    random = np.random.default_rng(0)
    sample = np.stack([random.normal(50, 8, ROWS), random.normal(0, 1, ROWS)], axis=1)
    known = Reference.learn(
        NAMES,
        sample,
        rows=ROWS,
        low=sample.min(axis=0),
        high=sample.max(axis=0),
        mean=sample.mean(axis=0),
        deviation=sample.std(axis=0),
    )
    spec = ss.Spec({name: ss.Normalization() for name in NAMES})
    fitted = spec.adapt(dict(zip(NAMES, sample.T, strict=True)))
    profile = dc.replace(fitted.profile, table=Asked(known, **given))
    return dc.replace(fitted, profile=profile)


def live(wrong_from, rows=160):
    random = np.random.default_rng(1)
    values = random.normal(50, 8, rows)
    values[wrong_from:] *= 1000
    return {"b": random.normal(0, 1, rows), "a": values}


def test_the_verdict_is_told_with_its_way_back():
    found = diagnose(trained(), live(0), needed=True)
    assert found.status == "mistake"
    assert found.said == "`a` arrives in another unit than in training (×1000)."
    assert found.remedy == "Divide `a` by 1,000 before sending."
    first, second = found.columns
    assert (first.name, first.concerned) == ("a", True)
    assert first.distance > 0.95
    assert first.restored_distance < 0.15
    assert (second.restored, second.concerned) == (None, False)
    assert found.needed == {"other-unit": 3.0}
    assert found.findings[0].code == "SG307"


def test_what_a_mistake_explains_isnt_told_again():
    found = diagnose(trained(), live(0))
    assert not any(one.code == "SG202" and one.column == "a" for one in found.findings)


def test_the_course_shows_when_it_began():
    course = diagnose(trained(), live(80)).course
    assert len(course) == 16
    assert course[-1].rows == 160
    alone = [moment.alone for moment in course]
    assert alone[:8] == [0.0] * 8
    assert min(alone[8:]) > 0.9
    so_far = [moment.evidence for moment in course]
    assert so_far == sorted(so_far)
    # The mean of what all rows say, 10⁸, and of what their blocks say.
    assert so_far[-1] == pytest.approx(8.0 + np.log10(0.5), abs=1e-3)


def test_a_caller_that_was_changed_in_between_is_found():
    """Of 4,000 rows 500 are wrong: too few for the whole, and plain in their own block."""
    table = live(4_000, rows=4_000)
    table["a"][2_000:2_500] *= 1000
    found = diagnose(trained(threshold=0.2), table)
    assert (
        found.said
        == "`a` arrives in another unit than in training (×1000), in rows 2,000 to 2,499."
    )
    assert found.findings[0].message == found.said
    a = found.columns[0]
    assert a.restored.maximum < 100
    assert a.restored_distance < 0.1
    alone = [moment.alone for moment in found.course]
    assert [place for place, evidence in enumerate(alone) if evidence > 1] == [8, 9]


def test_one_row_has_a_course_of_one():
    found = diagnose(trained(), {"a": np.array([5.0]), "b": np.array([0.0])})
    assert found.course == ()
    assert found.status in {"nothing", "noted"}


def test_drift_is_no_mistake():
    found = diagnose(trained(mistake=DRIFT), live(0))
    assert found.status == "drift"
    assert not found.verdict.named


def test_columns_without_numbers_stop_the_weighing_and_are_told():
    table = {**live(0), "b": np.array(["x"] * 160, object)}
    found = diagnose(trained(), table)
    assert found.verdict.rows == 0
    assert "weren't weighed together" in found.skipped["b"]
    assert found.status == "mistake"
    assert any(one.column == "b" and one.severity == "error" for one in found.findings)
