"""Off, observe, warn, repair, raise."""

import warnings

import numpy as np
import pytest

from samescale import guard as g
from samescale.errors import GuardError, SpecError
from samescale.findings import Finding
from samescale.guard.policies import parsed


@pytest.fixture
def make(training):
    def make(policies=None):
        return g.watch(training.schema, training.profile, training.graph, policies=policies)

    return make


BAD = {"age": np.float32([900.0]), "city": np.array(["Nowhere"], object)}


def test_by_default_everything_is_told_and_nothing_stopped(make, rows):
    assert [finding.code for finding in make().admit(rows(1, **BAD), 1)] == ["SG201", "SG202"]
    assert set(make().policies.values()) == {"warn"}


@pytest.mark.parametrize("key", ["outside_extent", "outside-extent", "SG202"])
def test_a_rule_is_turned_off_by_its_name_or_its_code(make, rows, key):
    assert [f.code for f in make({key: "off"}).admit(rows(1, **BAD), 1)] == ["SG201"]


def test_raise_stops_with_the_findings_of_the_rules_that_raise(make, rows):
    with pytest.raises(GuardError, match=r"SG201.*Nowhere") as caught:
        make({"SG201": "raise"}).admit(rows(1, **BAD), 1)
    assert [finding.code for finding in caught.value.findings] == ["SG201"]


def test_one_policy_is_for_all_and_default_is_for_the_others(make, rows):
    with pytest.raises(GuardError, match="and 1 more"):
        make("raise").admit(rows(1, **BAD), 1)
    with pytest.raises(GuardError) as caught:
        make({"default": "raise", "SG202": "off"}).admit(rows(1, **BAD), 1)
    assert [finding.code for finding in caught.value.findings] == ["SG201"]


def test_check_never_raises(make, rows):
    assert len(make("raise").check(rows(1, **BAD), 1)) == 2


def test_raise_lets_an_info_pass(make, rows):
    (noted,) = make("raise").admit(rows(1, age=np.float32([91.0])), 1)
    assert noted.severity == "info"


def test_the_gravest_finding_stands_first_and_the_farthest_value_of_its_weight(make, rows):
    batch = {"age": np.float32([91.0]), "city": np.array(["Nowhere"], object)}
    found = make().check(rows(1, **batch), 1)
    assert [(one.code, one.severity) for one in found] == [("SG201", "warning"), ("SG202", "info")]
    far = {"age": np.float32([300.0]), "sold": [-1e12]}
    assert [one.column for one in make().check(rows(1, **far), 1)] == ["sold", "age"]
    near = {"age": np.float32([900.0]), "sold": [1.6e9 - 10], "city": batch["city"]}
    with pytest.raises(GuardError, match=r"^SG202 Column 'age' holds 900"):
        make({"SG202": "raise"}).admit(rows(1, **near), 1)


def test_an_unknown_rule_and_an_unknown_policy_are_refused(make):
    with pytest.raises(SpecError, match=r"no rule 'unseen'.*The rules are: unseen_category"):
        make({"unseen": "off"})
    with pytest.raises(
        SpecError, match=r"'ignore' is no policy for 'SG201'.*off, observe, warn, repair, raise"
    ):
        make({"SG201": "ignore"})


def test_a_warning_carries_its_finding_and_stands_at_the_callers_line():
    finding = Finding("SG202", "Far out.", "Send it raw.", "warning")
    with pytest.warns(g.GuardWarning, match="SG202 Far out") as caught:
        g.warn([finding])
    assert caught[0].filename == __file__
    assert caught[0].message.finding == finding


def test_an_info_is_not_shouted():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        g.warn([Finding("SG202", "A little out.", "", "info")])


def test_policies_of_texts_are_those_of_dicts(make):
    given = parsed(["SG202=off", "other_unit:age=repair", "sentinel-for-missing=raise"])
    assert given == {
        "SG202": "off",
        "other_unit": {"age": "repair"},
        "sentinel-for-missing": "raise",
    }
    settled = make(given).settled
    assert settled.policy("outside_extent", "age") == "off"
    assert settled.policy("other-unit", "age") == "repair"
    assert settled.policy("other-unit", "sold") == "warn"


def test_a_columns_name_may_hold_an_equals_sign_or_a_colon():
    assert parsed(["other-unit:a=b:c=raise"]) == {"other-unit": {"a=b:c": "raise"}}


@pytest.mark.parametrize("text", ["", "drift", "=raise", "drift=", ":age=warn"])
def test_a_text_of_another_form_is_refused(text):
    with pytest.raises(SpecError, match="Write NAME=POLICY"):
        parsed([text])


def test_a_mistake_that_there_isnt_is_refused_with_the_nearest(make):
    with pytest.raises(SpecError, match="Did you mean 'other-unit'"):
        make({"other-units": "raise"})


def test_observe_notes_what_a_rule_finds_and_stops_nothing(make, rows):
    noted = make({"default": "raise", "SG201": "observe", "SG202": "observe"})
    found = noted.admit(rows(1, **BAD), 1)
    assert [(one.code, one.severity) for one in found] == [("SG201", "info"), ("SG202", "info")]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (None, "observe"),
        ("warn", "warn"),
        ("raise", "warn"),
        ("off", "off"),
        ({"SG390": "raise"}, "raise"),
        ({"default": "raise", "drift": {"age": "off"}}, "warn"),
    ],
)
def test_drift_is_stopped_by_its_name_alone(make, given, wanted):
    assert make(given).settled.policy("drift", "sold") == wanted


@pytest.mark.parametrize(
    ("policies", "wanted"),
    [
        ({"age": "raise", "default": "off"}, "raise"),
        ({"age": "repair", "default": "repair"}, "repair"),
        ({"age": "repair", "default": "warn"}, "raise"),
        ({"age": "observe", "default": "warn"}, "warn"),
        ({"age": "off", "sold": "off", "default": "raise"}, "off"),
    ],
)
def test_a_mistake_of_several_columns_has_the_strictest_policy_of_theirs(make, policies, wanted):
    settled = make({"columns-permuted": policies}).settled
    assert settled.over("columns-permuted", ("age", "sold")) == wanted


def test_policies_that_differ_by_column_are_none_for_the_default(make):
    with pytest.raises(SpecError, match="no policy for 'default'"):
        make({"default": {"age": "warn"}})
