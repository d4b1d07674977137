"""What becomes of a verdict: one finding, under the policy that is due to it."""

import json
import logging
import warnings

import numpy as np
import pytest

from samescale.errors import GuardError, SpecError
from samescale.evidence.verdict import Verdict
from samescale.findings import Finding
from samescale.guard import GuardWarning
from samescale.guard._budget import Budget
from samescale.guard.diagnosis import ALPHA, MOST, ROW_ALPHA, stacked
from tests.unit import guarding

pytestmark = pytest.mark.usefixtures("counted")


@pytest.fixture
def silent(monkeypatch):
    """The stream says nothing."""
    monkeypatch.setattr(guarding.Stream, "see", lambda _, batch, **__: Verdict(len(batch)))


def normalised(rows=8):
    rng = np.random.default_rng(3)
    columns = guarding.raw(rows)
    return columns | {"a": rng.uniform(-1.4, 1.4, rows), "b": rng.uniform(-1.4, 1.4, rows)}


def answer(policies=None, rows=None, **options):
    return guarding.predictor(policies, **options).answer(normalised() if rows is None else rows)


def codes(findings):
    return [(one.code, one.column) for one in findings]


def test_clean_rows_have_no_finding():
    predictor = guarding.predictor()
    assert predictor.answer(guarding.raw(200)).findings == ()
    assert predictor.check(guarding.raw(200)) == ()
    assert predictor.fitted.profile.table.batches == []  # the screen was enough


def test_a_named_mistake_is_one_finding_with_all_its_facts():
    (finding,) = answer().findings
    assert (finding.code, finding.severity) == ("SG301", "warning")
    assert finding.columns == ("a", "b")
    assert finding.evidence == 16
    assert finding.alternatives == (("drift", 1.0),)
    assert "`a` and `b` arrive already normalised" in finding.message
    assert "StandardScaler" in finding.remedy


def test_a_finding_survives_json():
    (finding,) = answer().findings
    assert Finding.from_json(json.loads(json.dumps(finding.to_json()))) == finding
    assert "row" not in finding.to_json()
    assert "columns" not in Finding("SG101", "Gone.", "Send it.").to_json()


def test_what_the_mistake_explains_is_folded_into_it_and_nothing_else():
    rows = normalised() | {"n": np.full(8, 70)}
    assert codes(answer(rows=rows).findings) == [("SG301", None), ("SG202", "n")]
    told = answer({"already-normalised": "off"}, rows).findings
    assert set(codes(told)) == {("SG202", "a"), ("SG202", "b"), ("SG202", "n")}


def test_what_is_only_observed_hides_no_warning():
    told = answer({"SG301": "observe"}).findings
    assert [(one.code, one.severity) for one in told][-1] == ("SG301", "info")
    assert ("SG202", "a") in codes(told)


def test_drift_explains_nothing_and_is_observed_unless_asked_for():
    rows = guarding.raw(8) | {"b": np.full(8, 9000.0)}
    told = {one.code: one.severity for one in answer(rows=rows).findings}
    assert told["SG390"] == "info"
    assert told["SG202"] == "warning"
    told = answer({"drift": "warn"}, rows).findings
    assert ("SG390", "warning") in [(one.code, one.severity) for one in told]


def test_drift_stops_nothing_unless_asked_for():
    rows = guarding.raw(8) | {"b": np.full(8, 9000.0)}
    loud = {"default": "raise", "SG202": "off"}
    (finding,) = answer(loud, rows).findings
    assert (finding.code, finding.severity) == ("SG390", "warning")
    with pytest.raises(GuardError, match="SG390"):
        answer({"drift": "raise"}, rows)


@pytest.mark.parametrize("policies", ["raise", {"SG301": "raise"}, {"already_normalised": "raise"}])
def test_raise_asks_no_model_and_names_the_mistake_first(policies):
    predictor = guarding.predictor(policies)
    with pytest.raises(GuardError, match=r"^SG301") as caught:
        predictor.predict(normalised())
    assert caught.value.findings[0].columns == ("a", "b")
    assert predictor.runtime.asked == []
    assert predictor.watch.counts()["findings"]["SG301"] == 1


def test_folding_lets_nothing_pass_that_a_rule_stops():
    with pytest.raises(GuardError, match="SG202"):
        answer({"outside_extent": "raise"})


def test_check_names_and_never_raises_or_repairs():
    for policies in ("raise", {"already-normalised": "repair"}):
        (finding,) = guarding.predictor(policies).check(normalised())
        assert "taken back" not in finding.message


def test_off_asks_nothing():
    predictor = guarding.predictor("off")
    assert predictor.guard.diagnosis is None
    assert predictor.answer(normalised()).findings == ()
    asked = guarding.predictor({"default": "off", "SG301": "warn"})
    assert codes(asked.answer(normalised()).findings) == [("SG301", None)]


def test_predict_warns_of_a_mistake_and_not_of_what_is_observed():
    with pytest.warns(GuardWarning, match="already normalised") as told:
        guarding.predictor().predict(normalised())
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quiet = {"default": "observe"}
        guarding.predictor(quiet).predict(normalised())


class TestByColumn:
    def test_a_policy_is_that_of_the_column_concerned(self):
        policies = {"other-unit": {"a": "raise"}, "sentinel-for-missing": {"a": "raise"}}
        with pytest.raises(GuardError, match="SG307"):
            answer(policies, guarding.raw(8) | {"a": np.full(8, 150_000.0)})
        assert answer(policies, guarding.raw(8) | {"b": np.full(8, -999.0)}).findings

    def test_the_strictest_column_decides(self):
        with pytest.raises(GuardError):
            answer({"already-normalised": {"b": "raise", "default": "observe"}})
        assert answer({"already-normalised": {"b": "warn", "default": "off"}}).findings

    def test_rules_have_it_too(self):
        rows = guarding.raw(2) | {"a": np.array([900.0, 900.0]), "n": np.array([70, 70])}
        found = answer({"SG202": {"a": "off"}, "stuck-column": "off"}, rows).findings
        assert codes(found) == [("SG202", "n")]
        with pytest.raises(GuardError) as caught:
            answer({"SG202": {"n": "raise", "default": "observe"}, "stuck-column": "off"}, rows)
        assert codes(caught.value.findings) == [("SG202", "n")]

    def test_a_column_that_isnt_there_is_refused_with_the_nearest(self):
        with pytest.raises(SpecError, match="'aa', which isn't in the contract"):
            guarding.predictor({"other-unit": {"aa": "raise"}})


class TestRepair:
    def test_the_model_is_asked_with_the_mistake_taken_back_and_it_is_told(self, caplog):
        predictor, rows = guarding.predictor({"already-normalised": "repair"}), normalised()
        kept = {name: column.copy() for name, column in rows.items()}
        with caplog.at_level(logging.WARNING, "samescale.guard"):
            (finding,) = predictor.answer(rows).findings
        assert (finding.code, finding.severity) == ("SG301", "warning")
        assert "taken back in this request" in finding.message
        assert "SG301" in caplog.text
        (asked,) = predictor.runtime.asked
        np.testing.assert_allclose(asked["a"], rows["a"] * 30 + 150)
        np.testing.assert_allclose(asked["b"], rows["b"] * 300 + 1500)
        np.testing.assert_array_equal(asked["n"], rows["n"])
        for name, column in rows.items():
            np.testing.assert_array_equal(column, kept[name])

    def test_what_is_still_out_of_the_ordinary_after_it_is_told(self):
        rows = guarding.raw(8) | {"a": np.array([150_000.0] * 7 + [900_000.0])}
        predictor = guarding.predictor({"other-unit": "repair"})
        assert codes(predictor.answer(rows).findings) == [("SG307", "a"), ("SG202", "a")]

    def test_a_sentinel_becomes_missing(self):
        predictor = guarding.predictor({"sentinel-for-missing": {"b": "repair"}})
        b = guarding.raw(8)["b"]
        b[:3] = -999.0
        predictor.answer(guarding.raw(8) | {"b": b})
        assert np.isnan(predictor.runtime.asked[0]["b"][:3]).all()

    @pytest.mark.parametrize(
        ("policies", "rows"),
        [
            ({"sentinel-for-missing": "repair"}, {"n": np.full(8, -1)}),  # none may be missing
            ({"stuck-column": "repair"}, {"a": np.full(8, 350.0)}),  # has no way back
            ({"already-normalised": {"a": "repair", "default": "warn"}}, {}),  # one of two
        ],
    )
    def test_where_it_cant_be_the_rows_are_refused(self, policies, rows):
        predictor = guarding.predictor(policies)
        with pytest.raises(GuardError):
            predictor.answer(guarding.raw(8) | (rows or normalised()))
        assert predictor.runtime.asked == []

    @pytest.mark.parametrize(
        "policies",
        ["repair", {"default": "repair"}, {"SG202": "repair"}, {"SG202": {"a": "repair"}}],
    )
    def test_it_must_be_asked_for_by_a_mistakes_name(self, policies):
        with pytest.raises(SpecError, match="names no mistake to take back"):
            guarding.predictor(policies)

    @pytest.mark.usefixtures("silent")
    def test_one_row_is_repaired_where_it_is_proof_enough(self):
        rows = [guarding.row(a=0.1, b=0.2)]
        assert len(guarding.predictor({"SG301": "repair"}, each=6.0).answer(rows).findings) == 1
        predictor = guarding.predictor({"SG301": "repair"}, each=4.0)
        assert "SG301" not in dict(codes(predictor.answer(rows).findings))

    def test_after_suspicious_rows_less_proof_is_asked_of_a_row(self):
        predictor = guarding.predictor({"SG301": "repair"}, each=4.0)
        (finding,) = predictor.answer([guarding.row(a=0.1, b=0.2)]).findings
        assert "taken back in this request" in finding.message

    def test_a_row_that_is_no_proof_is_refused_after_suspicious_ones(self):
        predictor = guarding.predictor({"SG301": "repair"})
        predictor.answer([guarding.row(a=0.1, b=0.2)])
        with pytest.raises(GuardError, match="no row by itself shows what to take back"):
            predictor.answer([guarding.row(a=0.1, b=0.2)])


def test_no_policy_changes_a_statistic():
    before = guarding.fitted().digest
    for policies in ("warn", "raise", {"already-normalised": "repair"}):
        predictor = guarding.predictor(policies)
        known = predictor.digest
        for rows in (normalised(), guarding.raw(8), guarding.row(a=0.1)):
            try:
                predictor.answer(rows)
            except GuardError:
                assert policies == "raise"
        assert predictor.digest == known
        assert guarding.fitted().digest == before


def test_how_many_rows_are_looked_at_is_bounded_even_and_said():
    predictor = guarding.predictor()
    (finding,) = predictor.answer(normalised(5000)).findings
    assert f"({MOST:,} of 5,000 rows were looked at.)" in finding.message
    assert predictor.fitted.profile.table.batches == [((MOST, 3), ALPHA)]
    seen = stacked({"a": np.arange(5000.0)}, ("a",), 5000)[:, 0]
    assert (seen[0], seen[-1]) == (0, 4997)
    assert set(np.diff(seen)) == {2, 3}


@pytest.mark.usefixtures("silent")
def test_a_row_alone_is_judged_more_carefully_than_a_batch_or_a_question():
    predictor = guarding.predictor(each=4.0)
    rows = [guarding.row(a=0.1, b=0.2)]
    assert "SG301" in dict(codes(predictor.check(rows)))
    assert "SG301" not in dict(codes(predictor.answer(rows).findings))
    assert [alpha for _, alpha in predictor.fitted.profile.table.batches] == [ALPHA, ROW_ALPHA]


class TestUnderLoad:
    @pytest.fixture
    def spent(self, monkeypatch):
        """The time that suspicious requests may cost is spent."""
        monkeypatch.setattr(Budget, "left", lambda _: False)

    @pytest.mark.usefixtures("spent")
    def test_suspicious_requests_are_answered_without_and_counted(self):
        predictor = guarding.predictor()
        assert "SG301" not in dict(codes(predictor.answer(normalised()).findings))
        predictor.answer(guarding.raw(8))  # which is not suspicious
        assert predictor.watch.counts()["unweighed"] == 1

    @pytest.mark.usefixtures("spent")
    @pytest.mark.parametrize("policies", ["raise", {"SG301": {"a": "raise", "default": "off"}}])
    def test_what_is_to_be_refused_is_weighed_all_the_same(self, policies):
        with pytest.raises(GuardError, match="SG301"):
            guarding.predictor(policies).answer(normalised())

    @pytest.mark.usefixtures("spent")
    def test_questions_and_batch_jobs_are_weighed_all_the_same(self, tmp_path):
        predictor = guarding.predictor()
        assert "SG301" in dict(codes(predictor.check(normalised())))
        written = predictor.predict_file(normalised(), tmp_path / "out.csv")
        assert "SG301" in dict(codes(written.findings))

    def test_the_time_is_measured(self, monkeypatch):
        predictor, spent = guarding.predictor(), []
        monkeypatch.setattr(Budget, "spend", lambda _, seconds: spent.append(seconds))
        predictor.answer(normalised())
        (seconds,) = spent
        assert 0 < seconds < 10


def test_an_error_of_the_guards_own_costs_no_answer(monkeypatch, caplog):
    predictor = guarding.predictor()
    monkeypatch.setattr(guarding.Known, "screen", lambda *_: 1 / 0)
    assert len(predictor.answer(guarding.raw(3)).predictions) == 3
    assert "ZeroDivisionError" in caplog.text
