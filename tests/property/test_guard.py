"""Laws of the guard: whatever arrives, it says what it finds or refuses the rows."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samescale.errors import GuardError, SamescaleError
from samescale.findings import Finding
from samescale.models.base import Runtime
from samescale.predictor import Predictor
from samescale.spec import Spec, Target
from samescale.transforms import load

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 300
EDGES = (0.0, -0.0, 1.0, -1.0, -999.0, 5e-324, 1e-45, 3.4e38, 1e300, -1e300, 1.7e308, 2.0**63)
POLICIES: tuple[Any, ...] = (
    None,
    "raise",
    {"default": "observe", "other-unit": "repair", "sentinel-for-missing": "repair"},
    {"already-normalised": "repair", "columns-permuted": "repair", "log-applied": "repair"},
)


class Sums(Runtime):
    """The sum of what is finite."""

    def predict(self, columns: Any) -> Any:
        """One number a row."""
        with np.errstate(all="ignore"):
            return np.nan_to_num(sum(np.tanh(c.astype(np.float64)) for c in columns.values()))


def _table() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    gaps = rng.normal(5, 2, ROWS)
    gaps[::7] = np.nan
    return {
        "plain": rng.normal(50, 10, ROWS),
        "skewed": rng.lognormal(8, 2, ROWS).astype(np.float32),
        "gaps": gaps,
        "flag": rng.integers(0, 2, ROWS).astype(np.int8),
        "level": rng.integers(0, 255, ROWS).astype(np.uint8),
        "number": rng.integers(-(2**62), 2**62, ROWS),
        "constant": np.full(ROWS, 3.0),
    }


@cache
def _predictor(width: int, place: int) -> Predictor:
    columns = dict(list(_table().items())[:width])
    make: Any = load
    scaled = make("Normalization")()
    chains = {n: [make("Impute")("mean"), scaled] if n == "gaps" else scaled for n in columns}
    y = np.random.default_rng(1).normal(size=ROWS)
    fitted = Spec(chains, target=Target("y", scaled)).adapt({**columns, "y": y})
    return Predictor(fitted, Sums(), policies=POLICIES[place])


def _columns(draw: Any, predictor: Predictor, rows: int) -> dict[str, Any]:
    """Columns as the door admits them, and values beyond what it admits."""
    found = {}
    for column in predictor.schema.columns:
        if column.dtype.startswith("float"):
            values = st.floats(width=64) | st.sampled_from(EDGES) | st.just(float("nan"))
            kept = draw(st.lists(values, min_size=rows, max_size=rows))
            with np.errstate(all="ignore"):
                found[column.name] = np.array(kept, np.float64).astype(column.dtype)
        else:
            info = np.iinfo(column.dtype)
            ends = st.sampled_from([int(info.min), int(info.max), 0, 1])
            kept = draw(st.lists(ends, min_size=rows, max_size=rows))
            found[column.name] = np.array(kept, column.dtype)
    return found


class _Kept(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self.records = records

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.records.append(record)


@pytest.fixture(autouse=True)
def own_errors() -> Iterator[list[logging.LogRecord]]:
    """What went wrong inside the guard, which it logs and answers on."""
    records: list[logging.LogRecord] = []
    logger, kept = logging.getLogger("samescale.guard"), _Kept(records)
    logger.addHandler(kept)
    yield records
    logger.removeHandler(kept)
    assert [record.exc_text or record.exc_info for record in records if record.exc_info] == []


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_admitted_it_finds_or_refuses(data: Any) -> None:
    width, place = data.draw(st.sampled_from([1, 2, 7])), data.draw(st.integers(0, 3))
    predictor, rows = _predictor(width, place), data.draw(st.sampled_from([0, 1, 2, 3, 9]))
    assert predictor.guard.diagnosis is not None
    columns = _columns(data.draw, predictor, rows)
    kept = {name: column.tobytes() for name, column in columns.items()}
    assert all(isinstance(one, Finding) for one in predictor.guard.check(columns, rows))
    told = predictor.watch.see(columns) if rows == 1 else ()
    try:
        passed = predictor.guard.let(columns, rows, told)
    except GuardError:
        pass
    else:
        for column in predictor.schema.columns:
            values = passed.columns[column.name]
            assert values.dtype == np.dtype(column.dtype)
            assert values.shape == (rows,)
    assert {name: column.tobytes() for name, column in columns.items()} == kept


ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=2)
    | st.sampled_from(EDGES)
    | st.sampled_from([[], {}, object(), np.float32("nan"), np.array([1.0, 2.0]), b"1"])
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_sent_there_is_an_answer_or_an_error_of_samescale(data: Any) -> None:
    predictor = _predictor(data.draw(st.sampled_from([2, 7])), data.draw(st.integers(0, 3)))
    rows = data.draw(st.integers(0, 3))
    cells = st.floats(1, 99) | ANYTHING if data.draw(st.booleans()) else st.floats(-1, 99)
    lists = st.lists(cells, min_size=rows, max_size=rows)
    # By one more value, so that NumPy doesn't make an array of two axes of lists.
    table: Any = {
        name: np.array([*data.draw(lists), None], object)[:-1] for name in predictor.schema.names
    }
    if rows == 1 and data.draw(st.booleans()):
        table = {name: column[0] for name, column in table.items()}
    try:
        answer = predictor.answer(table)
    except SamescaleError:
        return
    assert len(answer.predictions) == rows
