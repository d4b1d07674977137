"""Looking a mistake up, and printing the catalogue."""

import pytest

from samescale import mistakes
from samescale.door import door
from samescale.errors import SpecError
from samescale.schema import Column, Schema

SCHEMA = Schema((Column("age", "float32"), Column("city", "string", kind="string")))


class Reader:
    """Stands for the predictor of an example, and keeps what the door found."""

    def __init__(self):
        self.codes = set()

    def predict(self, table):
        admitted = door(SCHEMA, table, on_finding="return")
        self.codes |= {finding.code for finding in admitted.findings}


@pytest.mark.parametrize("code", ["SG101", "SG102", "SG103", "SG104", "SG105", "SG106"])
def test_the_wrong_example_of_a_contract_mistake_makes_it(code):
    reader = Reader()
    exec(mistakes.load(code).example_bad, {"predictor": reader})
    assert code in reader.codes


@pytest.mark.parametrize("code", ["SG101", "SG102", "SG103", "SG104", "SG106"])
def test_the_right_example_of_a_contract_mistake_is_taken(code):
    reader = Reader()
    exec(mistakes.load(code).example_good, {"predictor": reader})
    assert reader.codes == set()


@pytest.mark.parametrize("key", ["SG201", "sg201", "unseen-category", "unseen_category", " SG201 "])
def test_a_mistake_is_found_by_its_code_and_by_its_name(key):
    assert mistakes.load(key).code == "SG201"


def test_a_code_that_is_not_there_is_refused_with_the_nearest_and_the_list():
    with pytest.raises(SpecError, match=r"no mistake 'SG2O1'.*Did you mean 'SG201'.*SG101, SG102"):
        mistakes.explain("SG2O1")


def test_a_code_of_no_family_is_refused_with_all_codes():
    with pytest.raises(SpecError, match=r"no mistake 'XX1'.*SG101.*SS101.*SA101"):
        mistakes.load("XX1")


def test_traffic_comes_first_then_code_then_artifacts():
    families = [entry.code[:2] for entry in mistakes.catalogue()]
    assert families == sorted(families, key=["SG", "SS", "SA"].index)


def test_an_explanation_ends_with_what_is_related():
    assert mistakes.explain("SS103").endswith("\nRelated: SS104, SS105\n")


def test_the_page_links_what_is_related():
    assert "Related: [SS201](#ss201-raw-at-predict) raw-at-predict, " in mistakes.markdown()


def test_an_explanation_has_cause_looks_fix_and_both_examples():
    text = mistakes.explain("SG105")
    for part in ("Cause: ", "Looks like: ", "Fix: ", "Wrong:\n    ", "Right:\n    "):
        assert part in text


def test_the_page_has_a_section_and_a_line_of_the_table_for_every_mistake():
    page = mistakes.markdown()
    for entry in mistakes.catalogue():
        assert f"\n## {entry.code} {entry.name}\n" in page
        assert f"(#{entry.code.lower()}-{entry.name})" in page
    assert page.count("```") == 4 * len(mistakes.catalogue())
