"""What each rule says, and when it is silent."""

import dataclasses as dc

import numpy as np
import pytest

from samescale.guard.code_out_of_range import CodeOutOfRange
from samescale.guard.missing_share import FALSE_ALARMS, MissingShare
from samescale.guard.outside_extent import OutsideExtent
from samescale.guard.unseen_category import UnseenCategory
from samescale.profile import ColumnProfile, Profile
from samescale.schema import Column, Schema


def only(rule, training, columns):
    count = len(columns["age"])
    (finding,) = rule.of(training).check(columns, count)
    return finding


def profiled(training, **profiles):
    return dc.replace(training, profile=Profile(training.profile.columns | profiles))


class TestUnseenCategory:
    def test_one_new_value_in_one_row_is_a_warning_with_the_nearest_category(self, training, rows):
        finding = only(UnseenCategory, training, rows(1, city=np.array(["oslo "], object)))
        assert finding.severity == "warning"
        assert finding.remedy == "Did you mean 'Oslo'?"
        assert (finding.column, finding.row, finding.value, finding.share) == (
            "city",
            0,
            "oslo ",
            1,
        )

    def test_the_first_row_and_the_share_are_of_the_rows_with_new_values(self, training, rows):
        city = np.array(["Oslo", "X", "Y", "X"], object)
        finding = only(UnseenCategory, training, rows(4, city=city))
        assert (finding.row, finding.value, finding.share) == (1, "X", 0.75)
        assert "'X' and 1 more" in finding.message
        assert "2 categories of training" in finding.message

    def test_where_training_kept_bringing_new_values_one_more_is_an_info(self, training, rows):
        names = ColumnProfile(1000, 0, categories=("a", "b"), counts=(1, 1))
        finding = only(
            UnseenCategory, profiled(training, city=names), rows(1, city=np.array(["c"], object))
        )
        assert finding.severity == "info"

    def test_missing_values_are_no_category(self, training, rows):
        batch = rows(2, city=np.array([None, "Oslo"], object))
        assert not list(UnseenCategory.of(training).check(batch, 2))

    def test_float_codes_are_compared_as_numbers_and_nan_is_missing(self, training):
        schema = Schema((Column("k", "float32", categories=(1, 2), nullable=True),))
        rule = UnseenCategory.of(dc.replace(training, schema=schema))
        assert not list(rule.check({"k": np.float32([1, 2, np.nan])}, 3))
        (finding,) = rule.check({"k": np.float32([np.nan, 1, 9])}, 3)
        assert (finding.row, finding.value) == (2, "9.0")


class TestOutsideExtent:
    def test_a_value_just_outside_is_an_info(self, training, rows):
        finding = only(OutsideExtent, training, rows(1, age=np.float32([91])))
        assert finding.severity == "info"
        assert "91" in finding.message
        assert "18 to 90" in finding.message

    def test_a_value_far_outside_is_a_warning(self, training, rows):
        assert only(OutsideExtent, training, rows(1, age=np.float32([900]))).severity == "warning"

    def test_the_row_is_that_of_the_value(self, training, rows):
        finding = only(OutsideExtent, training, rows(4, age=np.float32([40, 91, 40, 4100])))
        assert (finding.row, finding.value, finding.share) == (3, "4100", 0.5)

    def test_many_values_just_outside_are_a_warning(self, training, rows):
        ages = rows(200)["age"]
        ages[:20] = 91
        finding = only(OutsideExtent, training, rows(200, age=ages))
        assert (finding.severity, finding.share, finding.row) == ("warning", 0.1, 0)

    @pytest.mark.parametrize("value", [18.0, 90.0, np.nan])
    def test_the_edges_and_missing_values_are_inside(self, training, rows, value):
        batch = rows(1, age=np.float32([value]))
        assert not list(OutsideExtent.of(training).check(batch, 1))

    def test_a_training_value_that_rounds_upwards_in_float32_is_inside(self, training, rows):
        tenth = profiled(training, age=ColumnProfile(1000, 0, 0.0, 0.1))
        assert float(np.float32(0.1)) > 0.1
        assert not list(OutsideExtent.of(tenth).check(rows(1, age=np.float32([0.1])), 1))

    def test_a_constant_of_training_allows_nothing_else(self, training, rows):
        constant = profiled(training, age=ColumnProfile(1000, 0, 5.0, 5.0))
        finding = only(OutsideExtent, constant, rows(1, age=np.float32([5.5])))
        assert finding.severity == "warning"

    def test_a_tensor_is_looked_into(self, training, rows):
        pixels = np.zeros((3, 2, 2), np.float32)
        pixels[1, 1, 0] = 255
        finding = only(OutsideExtent, training, rows(3, pixels=pixels))
        assert (finding.column, finding.row, finding.value) == ("pixels", 1, "255")

    def test_a_date_is_written_as_a_date(self, training, rows):
        finding = only(OutsideExtent, training, rows(1, sold=np.array([1.9e9])))
        assert finding.value == "2030-03-17T17:46:40+00:00"
        beyond = only(OutsideExtent, training, rows(1, sold=np.array([1e300])))
        assert beyond.value == "1e+300 s since 1970"

    def test_rows_past_the_first_block_are_seen(self, training, rows):
        ages = rows(40_000)["age"]
        ages[39_999] = -999
        assert only(OutsideExtent, training, rows(40_000, age=ages)).row == 39_999


class TestMissingShare:
    @pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
    def test_a_few_missing_values_prove_nothing(self, training, rows, count):
        batch = rows(count, age=np.full(count, np.nan, np.float32))
        assert not list(MissingShare.of(training).check(batch, count))

    def test_a_feed_that_failed_is_found_with_both_shares(self, training, rows):
        batch = rows(50, age=np.full(50, np.nan, np.float32))
        finding = only(MissingShare, training, batch)
        assert "100.00% of 50 rows" in finding.message
        assert "10.00%" in finding.message
        assert (finding.row, finding.share) == (0, 1.0)

    def test_values_that_were_filled_in_are_found(self, training, rows):
        batch = rows(2000, age=np.full(2000, 40, np.float32))
        finding = only(MissingShare, training, batch)
        assert "fills missing values in" in finding.remedy
        assert finding.row is None

    def test_missing_strings_count(self, training, rows):
        finding = only(MissingShare, training, rows(50, city=np.full(50, None, object)))
        assert finding.column == "city"

    def test_a_difference_too_small_to_matter_is_not_told(self, training, rows):
        huge = profiled(training, age=ColumnProfile(10**9, 10**8, 18.0, 90.0))
        ages = np.full(10**6, 40, np.float32)
        ages[:105_000] = np.nan
        batch = {**rows(1), "age": ages, "city": np.full(10**6, "Oslo", object)}
        assert not list(MissingShare.of(huge).check(batch, 10**6))

    def test_batches_like_training_are_not_reported(self, training, rows):
        rule, random = MissingShare.of(training), np.random.default_rng(1)
        batches, usual = 2000, rows(100)
        assert batches * FALSE_ALARMS < 0.01
        for _ in range(batches):
            ages = np.full(100, 40, np.float32)
            ages[random.random(100) < 0.1] = np.nan
            assert not list(rule.check(usual | {"age": ages}, 100))


class TestCodeOutOfRange:
    @pytest.mark.parametrize("code", [-1, 7])
    def test_codes_outside_are_found(self, training, rows, code):
        finding = only(CodeOutOfRange, training, rows(2, weekday=np.array([6, code])))
        assert (finding.row, finding.value, finding.share) == (1, str(code), 0.5)
        assert "0 to 6" in finding.message

    def test_what_a_lookup_gives_is_no_code_of_the_caller(self, training):
        assert CodeOutOfRange.of(training).columns == (("weekday", 7),)


class TestDates:
    def test_the_future_of_the_training_is_no_finding(self, training, rows):
        rule = OutsideExtent.of(training)
        assert not list(rule.check(rows(2, sold=[1.7e9 + 1, 1.79e9]), 2))
        (late,) = rule.check(rows(1, sold=[1.81e9]), 1)
        assert "1.1 times that width (1 of 1 row)" in late.message

    def test_a_date_before_training_is_one(self, training, rows):
        (early,) = OutsideExtent.of(training).check(rows(1, sold=[1.6e9 - 1]), 1)
        assert early.column == "sold"

    def test_a_number_above_the_greatest_still_is(self, training, rows):
        assert list(OutsideExtent.of(training).check(rows(1, age=np.float32([90.5])), 1))
