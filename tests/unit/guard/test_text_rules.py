"""Text that is known in another form, and columns that were encoded before they came."""

import dataclasses as dc
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescale import mistakes
from samescale.guard import Training, rules
from samescale.guard.codes_for_names import CodesForNames
from samescale.guard.text_other_form import MOST_KNOWN, TextOtherForm
from samescale.ir.nodes import Graph
from samescale.profile import ColumnProfile, Profile
from samescale.schema import Column, Schema

CITIES = ("Oslo", "São Paulo", "New York", "Łódź", "Café du Nord", "O'Hare", "Köln")


def trained(categories, counts=None, dtype="string"):
    kind = "string" if dtype == "string" else "integer"
    counts = counts or (1000 // len(categories),) * len(categories)
    column = Column("c", dtype, kind=kind, nullable=True, categories=tuple(categories))
    profile = ColumnProfile(sum(counts), 0, categories=tuple(categories), counts=counts)
    return Training(Schema((column,)), Profile({"c": profile}), Graph(()))


def found(rule, categories, values, **how):
    training = trained(categories, **how)
    array = np.array(values, object if training.schema["c"].kind == "string" else "int64")
    return list(rule.of(training).check({"c": array}, len(array)))


class TestTextOtherForm:
    @pytest.mark.parametrize(
        ("arrived", "category", "how"),
        [
            ("OSLO", "Oslo", "other case"),
            (" Oslo", "Oslo", "other spaces"),
            ("Oslo\u00a0", "Oslo", "other spaces"),
            ("Os\u200blo", "Oslo", "other spaces"),
            ("new\tyork", "New York", "other spaces and other case"),
            ("new_york", "New York", "other hyphens or spaces and other case"),
            ("New-York", "New York", "other hyphens or spaces"),
            ('"Oslo"', "Oslo", "other quotes"),
            ("O’Hare", "O'Hare", "another Unicode form"),
            ("Sao Paulo", "São Paulo", "other accents"),
            ("LODZ", "Łódź", "other case and other accents"),
            (unicodedata.normalize("NFD", "Köln"), "Köln", "another Unicode form"),
            ("ＯＳＬＯ", "Oslo", "another Unicode form and other case"),
            ("KÃ¶ln", "Köln", "UTF-8 read as Latin-1"),
            ("CafÃ© du Nord", "Café du Nord", "UTF-8 read as Latin-1"),
        ],
    )
    def test_a_known_category_is_told_in_any_form(self, arrived, category, how):
        (finding,) = found(TextOtherForm, CITIES, [arrived])
        assert f"is {category!r} with {how} (" in finding.message
        assert finding.remedy.endswith(f"{category!r}.")
        assert (finding.column, finding.row, finding.share) == ("c", 0, 1)

    @pytest.mark.parametrize("arrived", ["3.0", "03", "3.00"])
    def test_a_whole_number_that_became_a_float_is_told(self, arrived):
        (finding,) = found(TextOtherForm, ("1", "2", "3"), [arrived])
        assert "is '3' with a number written otherwise" in finding.message

    @pytest.mark.parametrize(
        "value",
        ["Bergen", "Oslo 2", "York", "NewYork", "O", "", " ", "-", "nan", "Koeln", "x" * 300],
    )
    def test_an_honest_new_category_is_none(self, value):
        assert found(TextOtherForm, CITIES, [value]) == []

    @pytest.mark.parametrize(
        ("categories", "value"),
        [
            (("a", "A", "b"), "B"),
            (("A+", "B+", "b+"), "a+"),
            (("A", "B"), "A-"),
            (("año", "ano", "mes"), "més"),
            (("1", "01", "2"), "02"),
            (("1.1", "1.2"), "1.10"),
            (("x", "-1"), "1"),
            (("Masse", "Kilo"), "Maße"),
            (("aB", "Cd"), "ab"),
            (("é", "u"), "e"),
            (("x-y", "x y", "p q"), "p-q"),
        ],
    )
    def test_what_may_mean_something_is_left_alone(self, categories, value):
        assert found(TextOtherForm, categories, [value]) == []

    @pytest.mark.parametrize(
        ("categories", "value"), [(("m", "f"), "M"), (("Straße", "Weg"), "STRASSE")]
    )
    def test_one_letter_and_capitals_are_told_where_training_has_one_case(self, categories, value):
        assert len(found(TextOtherForm, categories, [value])) == 1

    def test_rows_pairs_and_new_ones_are_counted(self):
        values = ["Oslo", "oslo ", "Bergen", "OSLO", "KÖLN", "new york", "łódź", None]
        (finding,) = found(TextOtherForm, CITIES, values)
        assert finding.row == 1
        assert finding.share == 5 / 8
        assert "'oslo ' is 'Oslo'" in finding.message
        assert "and 2 more, and 1 is new (5 of 8 rows)" in finding.message

    def test_a_huge_vocabulary_is_not_compared(self):
        categories = [f"name {number}" for number in range(MOST_KNOWN + 1)]
        assert found(TextOtherForm, categories, ["NAME 7"], counts=(1,) * len(categories)) == []

    def test_in_a_large_vocabulary_few_pairs_of_other_case_change_nothing(self):
        categories = [*(f"name {number}" for number in range(400)), "Name 1"]
        assert found(TextOtherForm, categories, ["NAME 1"]) == []
        assert len(found(TextOtherForm, categories, ["NAME 7"])) == 1


class TestCodesForNames:
    NAMES = ("cash", "card", "transfer", "voucher")

    @pytest.mark.parametrize("values", [["3"], ["0", "1"], ["1", "2", "4"], ["2.0", "-1.0"]])
    def test_codes_where_names_are_known(self, values):
        (finding,) = found(CodesForNames, self.NAMES, values)
        assert "holds codes (" in finding.message
        assert "where training had names ('card', 'cash', 'transfer', …)" in finding.message
        assert (finding.share, finding.column) == (1, "c")

    @pytest.mark.parametrize(
        "values",
        [
            ["cash", "1", "2"],  # beside names: another kind of row
            ["9", "12"],  # more than there are names
            ["0"],
            ["-1"],
            ["1.5", "2"],
            ["Bitcoin"],
            ["1st", "2nd"],
        ],
    )
    def test_no_codes(self, values):
        assert found(CodesForNames, self.NAMES, values) == []

    def test_names_where_codes_are_known(self):
        (finding,) = found(CodesForNames, ("1", "2", "3"), ["cash", "card"])
        assert "holds names ('cash' and 1 more) where training had codes" in finding.message

    @pytest.mark.parametrize("value", ["V45", "X", "unknown", "N/A", "nan", "4", "", "?"])
    def test_a_new_code_or_a_placeholder_is_no_name(self, value):
        assert found(CodesForNames, ("1", "2", "3"), [value]) == []

    def test_codes_where_larger_numbers_are_known(self):
        shops = (1010, 2020, 3030)
        (finding,) = found(CodesForNames, shops, [0, 1, 2], dtype="int64")
        assert "holds codes (0 and 2 more) where training had other numbers" in finding.message
        assert found(CodesForNames, shops, [2], dtype="int64") == []
        assert found(CodesForNames, shops, [4040, 5050], dtype="int64") == []

    def test_where_new_categories_are_usual_it_takes_more_of_them(self):
        names = tuple(f"{letter}{letter}a" for letter in "abcdefgh")
        often_new = {"counts": (1,) * 8}
        assert found(CodesForNames, names, ["3"], **often_new) == []
        assert found(CodesForNames, names, ["3"], counts=(1000,) * 8) != []

    def test_a_column_of_both_has_neither(self):
        assert found(CodesForNames, ("cash", "1", "2"), ["3"]) == []


@pytest.mark.parametrize("rule", [TextOtherForm, CodesForNames])
def test_columns_without_text_are_left_to_the_lane(rule):
    numbers = Schema((Column("x", "float32"),))
    training = dc.replace(trained(("a", "b")), schema=numbers)
    assert rule.of(training).bounds() == {}


class Asked:
    """Stands for the predictor of an example, and keeps what the rule found."""

    def __init__(self, categories):
        self.rules = {name: TextOtherForm.of(trained(known)) for name, known in categories.items()}
        self.found = []

    def predict(self, table):
        for name, rule in self.rules.items():
            values = np.array(table[name], object)
            self.found += rule.check({"c": values}, len(values))


@pytest.mark.parametrize(("example", "findings"), [("example_bad", 2), ("example_good", 0)])
def test_the_examples_of_the_catalogue_make_the_mistake_and_mend_it(example, findings):
    asked = Asked({"pay": ("cash", "card"), "city": ("Oslo", "Bergen")})
    exec(getattr(mistakes.load("SG331"), example), {"predictor": asked})
    assert len(asked.found) == findings


HOSTILE = st.one_of(
    st.text(max_size=30),
    st.text(alphabet=st.characters(categories=("Cs", "Cc", "Mn", "Zs", "Nd", "Lu")), max_size=12),
    st.sampled_from(
        ["", "\ud800", "0" * 5000, "9" * 5000, "ﷺ" * 300, "\x00", "-0", "'", '"', "１"]
    ),
    st.none(),
)


@settings(max_examples=150, deadline=None)
@given(
    known=st.lists(
        HOSTILE.filter(lambda text: text is not None), min_size=1, max_size=6, unique=True
    ),
    values=st.lists(HOSTILE, max_size=6),
)
def test_no_text_makes_a_rule_raise(known, values):
    training = trained(known)
    batch = np.array([*values, *known], object)
    for rule in rules():
        for finding in rule.of(training).check({"c": batch}, len(batch)):
            assert finding.column == "c"
            str(finding).encode("utf-8", "surrogatepass")
    assert not list(TextOtherForm.of(training).check({"c": np.array(known, object)}, len(known)))
    assert not list(CodesForNames.of(training).check({"c": np.array(known, object)}, len(known)))


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=6))
def test_no_number_makes_a_rule_raise(values):
    for known in ((0, 1, 2), (-5, 7), (1010, 2020)):
        training = trained(known, dtype="int64")
        for rule in (TextOtherForm, CodesForNames):
            list(rule.of(training).check({"c": np.array(values, "int64")}, len(values)))
