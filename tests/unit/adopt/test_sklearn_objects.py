"""Each scikit-learn object and its adopted value, on rows that trip over the last bit."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("pandas")
import pandas as pd

import samescale as ss
from samescale.adopt import adopt
from samescale.adopt._record import Record, named, record
from samescale.errors import SchemaError
from tests.unit.adopt.sklearn_objects import OBJECTS, fitted, hostile

pytestmark = pytest.mark.sklearn

every = pytest.mark.parametrize("given", OBJECTS, ids=lambda given: given.name)


@functools.cache
def adopted(given: Any) -> ss.Fitted:
    return adopt(fitted(given)[0])


def answer(of: Any, rows: Any) -> np.ndarray:
    """What scikit-learn gives, dense, as float64."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = of.transform(rows.copy())
    dense = found.toarray() if hasattr(found, "toarray") else np.asarray(found)
    return dense.astype(np.float64)


def split(of: Any, rows: Any) -> tuple[list[int], list[int]]:
    """The places of the rows that scikit-learn answers, and of those that it raises for."""
    if takes(of, rows):
        return list(rows.index), []
    if len(rows) == 1:
        return [], list(rows.index)
    half = len(rows) // 2
    halves = [split(of, rows.iloc[:half]), split(of, rows.iloc[half:])]
    return halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]


def takes(of: Any, rows: Any) -> bool:
    """Whether scikit-learn answers."""
    try:
        answer(of, rows)
    except ValueError:
        return False
    return True


def with_missing(rows: Any, name: str, kind: Any) -> Any:
    """One row without a value in a column."""
    row = rows.copy()
    row[name] = pd.Series([kind], index=row.index, dtype=rows[name].dtype)
    return row


def is_near(theirs: np.ndarray, ours: np.ndarray) -> bool:
    """Whether they are equal but for the last bit, NaN included."""
    return np.allclose(theirs.astype(np.float32), ours, rtol=2.0**-22, atol=0, equal_nan=True)


def columns(rows: Any) -> dict[str, np.ndarray]:
    return {name: rows[name].to_numpy() for name in rows.columns}


def matrix(value: ss.Fitted, rows: Any) -> np.ndarray:
    with np.errstate(all="ignore"):
        return value.matrix(columns(rows))


def is_refused(value: ss.Fitted, row: Any) -> bool:
    """Whether a row has no features: the door says so, or a number is none."""
    try:
        return not np.isfinite(matrix(value, row)).all()
    except SchemaError as error:
        return {finding.code for finding in error.findings} <= {"SG105", "SG201"}


def agree(given: Any, of: Any, rows: Any, ours: np.ndarray) -> None:
    """Equal; or the neighbouring float32, or within the rounding that the forms differ by."""
    exact = answer(of, rows)
    with np.errstate(all="ignore"):
        theirs = exact.astype(np.float32)
        low, high = (np.nextafter(theirs, np.float32(end)) for end in (-np.inf, np.inf))
        equal = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        near = equal | (ours == low) | (ours == high)
        if given.slack is not None:
            apart = np.abs(ours.astype(np.float64) - exact)
            near |= apart <= 8 * 2.0**-53 * given.slack(of, rows, exact) + np.spacing(
                np.abs(theirs)
            )
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    wrong = np.argwhere(~(equal if given.exact else near))
    told = [(rows.iloc[r].to_dict(), c, theirs[r, c], ours[r, c]) for r, c in wrong[:3]]
    assert not told, told


@every
def test_features_are_the_objects(given) -> None:
    of, rows = fitted(given)
    value = adopted(given)
    tried = hostile(given.columns, rows)
    taken, refused = split(of, tried)
    assert len(taken) >= len(rows)
    agree(given, of, tried.iloc[taken], matrix(value, tried.iloc[taken]))
    # A row that the object raises for gets no number either.
    for place in refused[:4]:
        assert is_refused(value, tried.iloc[[place]])


@every
def test_a_record_of_it_is_adopted_alike(given) -> None:
    of, _ = fitted(given)
    assert adopt(deep(of)).digest == adopted(given).digest


@every
def test_names_are_the_objects(given) -> None:
    of, _ = fitted(given)
    value = adopted(given)
    try:
        names = list(of.get_feature_names_out())
    except (AttributeError, ValueError):
        # A function has no names of its own; those of one column each stay.
        names = list(given.columns)
    assert list(value.feature_names) == [str(name) for name in names]


@every
def test_it_survives_json_and_a_file(given, tmp_path) -> None:
    value = adopted(given)
    assert ss.Spec.from_json(value.spec.to_json()) == value.spec
    value.save(tmp_path / "a.fitted")
    assert ss.Fitted.load(tmp_path / "a.fitted").digest == value.digest


@every
def test_a_missing_value_is_taken_where_the_object_takes_it(given) -> None:
    of, rows = fitted(given)
    value = adopted(given)
    for name in value.schema.names:
        if rows[name].dtype in {np.dtype(bool), np.dtype(np.int64)}:
            continue
        kinds = [None, np.nan] if rows[name].dtype == object else [np.nan]
        tried = [with_missing(rows.iloc[[0]], name, kind) for kind in kinds]
        taken = [row for row in tried if takes(of, row)]
        if len(taken) < len(tried):
            # None and NaN are one here: where an object takes one of the two, it may be refused.
            if not taken:
                with pytest.raises(SchemaError, match=f"'{name}'"):
                    matrix(value, tried[0])
            continue
        ours = matrix(value, tried[0])
        assert any(is_near(answer(of, row), ours) for row in taken)


def test_there_are_more_than_forty() -> None:
    assert len({given.name for given in OBJECTS}) > 40


def deep(value: Any) -> Any:
    """A live object as plain data through and through, as a file gives it."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        made = np.empty(value.shape, object)
        for place in np.ndindex(value.shape):
            made[place] = deep(value[place])
        return made
    if isinstance(value, dict):
        return {key: deep(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(deep(one) for one in value)
    if isinstance(value, slice) or type(value).__module__.startswith("sklearn"):
        found = record(value)
        return Record(
            found.module, found.name, {key: deep(one) for key, one in found.state.items()}
        )
    return named(value) if isinstance(value, type | np.ufunc) or callable(value) else value
