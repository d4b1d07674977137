"""Every transform of `CASES` with sample weights: a whole weight is so many rows, or an error.

What is learned from rows with weights is compared with what is learned from the rows repeated, by
the digest of the graph. Quantiles with weights are values of the column (NumPy's `inverted_cdf`)
and without weights interpolated ones, so there the repeated rows weigh 1 each.
"""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import SpecError
from samescale.ir import serial
from tests.contract.test_transforms import CASES, column

# Above the 1,000 quantiles that QuantileTransform learns of as many rows.
ROWS = 1_500
RANKED = (ss.Robust, ss.QuantileTransform)
UNWEIGHTED = (ss.TextVectorization,)


def ranked(transform) -> bool:
    """Whether it learns quantiles."""
    learned = transform.to_config()["configuration"]
    match transform:
        case ss.Impute():
            return learned.get("strategy") == "median"
        case ss.Discretization():
            return "num_bins" in learned and learned.get("strategy") != "uniform"
        case ss.Clip():
            return "quantile_range" in learned
    return isinstance(transform, RANKED)


def table(case, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 400, ROWS)
    columns = {"x": column(case.column)}
    columns |= {name: column(kind, seed=7) for name, kind in case.beside}
    return {name: values[places] for name, values in columns.items()}


def learned(case, rows, **options) -> ss.Fitted:
    return ss.Spec({"x": case.transform}).adapt(rows, **options)


@pytest.mark.parametrize("case", CASES)
def test_a_whole_weight_is_so_many_rows(case):
    rows = table(case, seed=1)
    weights = np.random.default_rng(2).choice([0, 2, 3, 7], ROWS)
    often = {name: np.repeat(values, weights, axis=0) for name, values in rows.items()}
    if isinstance(case.transform, UNWEIGHTED) and case.transform.learns:
        learned(case, rows)
        if case.transform.vocabulary is None:
            with pytest.raises(SpecError, match="Column 'x'(?s:.*)TextVectorization"):
                learned(case, {**rows, "w": weights}, weights="w")
            return
    found = learned(case, {**rows, "w": weights}, weights="w")
    if ranked(case.transform):
        wanted = learned(case, {**often, "w": np.ones(len(often["x"]))}, weights="w")
    else:
        wanted = learned(case, often)
    assert serial.digest(found.graph) == serial.digest(wanted.graph)


@pytest.mark.parametrize("case", CASES)
def test_weights_that_are_no_whole_numbers_depend_on_no_order(case):
    if isinstance(case.transform, UNWEIGHTED):
        return
    rng = np.random.default_rng(3)
    rows = {**table(case, seed=4), "w": rng.lognormal(0, 3, ROWS)}
    order = rng.permutation(ROWS)
    mixed = {name: values[order] for name, values in rows.items()}
    first, other = (learned(case, each, weights="w") for each in (rows, mixed))
    assert first.learned == other.learned
