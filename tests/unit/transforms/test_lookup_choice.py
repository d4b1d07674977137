"""Which of the learned values a lookup keeps."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SpecError

CITIES = ["Rome"] * 4 + ["Oslo"] * 3 + ["Bern"] * 3 + ["Nice"]


def codes(lookup, values=("Rome", "Bern", "Oslo", "Nice"), data=CITIES):
    fitted = ss.Spec({"x": lookup}).adapt({"x": data})
    return fitted.transform({"x": list(values)})["x"].tolist()


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({}, [1, 2, 3, 4]),
        ({"min_count": 2}, [1, 2, 3, 0]),
        ({"min_count": 4}, [1, 0, 0, 0]),
        ({"max_tokens": 3}, [1, 2, 0, 0]),
        ({"max_tokens": 3, "min_count": 4}, [1, 0, 0, 0]),
        ({"max_tokens": 4, "mask_token": "Rome"}, [0, 2, 3, 1]),
        ({"max_tokens": 4, "mask_token": "Nice"}, [2, 3, 1, 0]),
    ],
)
def test_the_most_frequent_that_are_frequent_enough(arguments, wanted):
    assert codes(ss.StringLookup(**arguments)) == wanted


def test_integers_too():
    data = np.repeat([7, -3, 12], [5, 5, 1])
    assert codes(ss.IntegerLookup(min_count=5), (7, -3, 12), data) == [2, 1, 0]
    assert codes(ss.IntegerLookup(max_tokens=2), (7, -3, 12), data) == [0, 1, 0]


@pytest.mark.parametrize("kind", [ss.StringLookup, ss.IntegerLookup])
@pytest.mark.parametrize("count", [0, -1, 1.5])
def test_a_count_that_can_not_be_is_refused(kind, count):
    with pytest.raises(SpecError, match="min_count"):
        kind(min_count=count)


def test_nothing_is_frequent_enough():
    with pytest.raises(DataError, match="No value occurs 9 times"):
        codes(ss.StringLookup(min_count=9))


def test_the_default_is_not_written_into_a_spec():
    assert "min_count" not in ss.StringLookup().to_config()["configuration"]
    again = ss.StringLookup.from_config(ss.StringLookup(min_count=3).to_config()["configuration"])
    assert again == ss.StringLookup(min_count=3)
