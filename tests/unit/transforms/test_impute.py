from __future__ import annotations

import numpy as np
import pytest

import samescale as ss


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (np.array(["b", "a", None, "b", "a", "c"], object), "a"),
        (np.array([3.0, 9.0, np.nan, 9.0, -1.0]), 9),
    ],
)
def test_of_the_values_only_the_most_frequent_is_kept(values, wanted):
    chain = [ss.Impute("most_frequent"), *([ss.StringLookup()] if wanted == "a" else [])]
    found = ss.Spec({"x": chain}).adapt({"x": values})
    assert found.learned["x"][0]["most_frequent"]["values"] == ((wanted,),)
