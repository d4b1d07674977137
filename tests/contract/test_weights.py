"""Every transform of `CASES` with sample weights: a whole weight is so many rows, or an error.

What is learned from rows with weights is compared with what is learned from the rows repeated, by
the digest of the graph. Quantiles with weights are values of the column (NumPy's `inverted_cdf`)
and without weights interpolated ones, so there the repeated rows weigh 1 each.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import samescale as ss
from samescale.errors import SpecError
from samescale.ir import serial
from tests.contract.test_transforms import CASES, column

# Above the 1,000 quantiles that QuantileTransform learns of as many rows.
ROWS = 1_500


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
    return isinstance(transform, ss.Robust | ss.QuantileTransform)


def unweighted(transform) -> bool:
    """Whether it learns what has no weighted form, and says so."""
    return isinstance(transform, ss.TextVectorization) and transform.vocabulary is None


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
    if unweighted(case.transform):
        with pytest.raises(SpecError, match=r"'x'(?s:.*)TextVectorization"):
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
    if unweighted(case.transform):
        return
    rng = np.random.default_rng(3)
    rows = {**table(case, seed=4), "w": rng.lognormal(0, 3, ROWS)}
    order = rng.permutation(ROWS)
    mixed = {name: values[order] for name, values in rows.items()}
    first, other = (learned(case, each, weights="w") for each in (rows, mixed))
    assert first.learned == other.learned


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(
    "transform", [ss.StringLookup(min_count=2), ss.Normalization(by="key")], ids=["lookup", "key"]
)
def test_text_that_arrow_holds_weighs_as_much(transform, encoded, tmp_path):
    rng = np.random.default_rng(5)
    text, weights = column("string"), rng.integers(0, 3, 400) / 4
    number = "key" in transform.reads
    rows = {"x": column("number") if number else text, "key": text, "w": weights}
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.table(rows), path, use_dictionary=encoded, row_group_size=90)
    spec = ss.Spec({"x": transform})
    assert spec.adapt(path, weights="w").learned == spec.adapt(rows, weights="w").learned
