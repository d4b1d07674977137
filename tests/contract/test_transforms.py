"""Every transform, found by walking the folder: the laws that each of its `CASES` keeps."""

from __future__ import annotations

import dataclasses as dc
import importlib
import json

import numpy as np
import pytest

import samescale as ss
from samescale import targets, transforms
from samescale.engines.threads import Threads
from samescale.errors import NotInvertibleError, SamescaleError
from samescale.ir import reference, serial
from samescale.ir.verify import verify
from samescale.targets.base import Ulp, parity
from samescale.transforms.base import Transform

ROWS = 400


def column(kind: str, seed: int = 0) -> np.ndarray:
    """A column of each kind that a `Case` may name, with the values that transforms trip over."""
    rng = np.random.default_rng(seed)
    number = rng.normal(3.0, 2.0, ROWS)
    number[:6] = [0.0, -0.0, 5e-324, 1e6, -1e6, 2.5]
    match kind:
        case "number":
            return number
        case "missing":
            return np.where(rng.random(ROWS) < 0.2, np.nan, number)
        case "amount":
            return np.abs(number)
        case "positive":
            return np.abs(number) + 0.5
        case "code":
            return rng.integers(0, 5, ROWS)
        case "codes":
            return rng.integers(0, 5, (ROWS, 3))
        case "string":
            return rng.choice(np.array(["a", "b", "c", "ä", "d e", None], object), ROWS)
        case "strings":
            return rng.choice(np.array(["a", "b", "c", None], object), (ROWS, 3))
        case "image":
            return rng.integers(0, 256, (ROWS, 4, 5, 3)).astype(np.uint8)
    raise AssertionError(kind)


def _cases():
    for name in transforms.names():
        module = importlib.import_module(transforms.load(name).__module__)
        for index, case in enumerate(module.CASES):
            yield pytest.param(case, id=f"{name}-{index}-{case.column}")


CASES = list(_cases())
every_case = pytest.mark.parametrize("case", CASES)


def table(case, values) -> dict[str, np.ndarray]:
    """The column `x`, and those that the case reads beside it, as often as it has rows."""
    beside = {name: column(kind, seed=7) for name, kind in case.beside}
    return {"x": values, **{name: np.resize(x, len(values)) for name, x in beside.items()}}


def rows_of(columns, chosen) -> dict[str, np.ndarray]:
    return {name: values[chosen] for name, values in columns.items()}


def adapted(case, values=None, **options):
    values = column(case.column) if values is None else values
    return ss.Spec({"x": case.transform}).adapt(table(case, values), **options)


def attempt(call):
    """What a call gives, or the error that it raises."""
    try:
        return call()
    except SamescaleError as error:
        return error


def outcome(case, values) -> ss.Fitted | SamescaleError:
    return attempt(lambda: adapted(case, values))


def finite_or_refused_by_name(case, values) -> None:
    found = outcome(case, values)
    if isinstance(found, SamescaleError):
        assert "'x'" in str(found)
    else:
        assert np.isfinite(found.transform(table(case, values))["x"]).all()


def same(one, other) -> None:
    assert one.dtype == other.dtype
    assert one.shape == other.shape
    assert one.tobytes() == other.tobytes()


def test_every_transform_has_cases() -> None:
    named = {type(case.values[0].transform).__name__ for case in CASES}
    assert named == set(transforms.names())


@every_case
def test_the_configuration_survives_json(case) -> None:
    config = json.loads(json.dumps(case.transform.to_config()))
    assert transforms.load(config["name"]).from_config(config["configuration"]) == case.transform


@every_case
def test_a_transform_is_frozen_and_hashable(case) -> None:
    field = dc.fields(case.transform)[0].name if dc.fields(case.transform) else "x"
    with pytest.raises((dc.FrozenInstanceError, TypeError, AttributeError)):
        setattr(case.transform, field, 1)
    assert hash(case.transform) == hash(dc.replace(case.transform))


@every_case
def test_what_is_learned_depends_on_no_order_chunking_or_thread(case) -> None:
    rows = table(case, column(case.column))
    whole = adapted(case)
    shuffled = rows_of(rows, np.random.default_rng(1).permutation(ROWS))
    batches = (rows_of(shuffled, slice(start, start + 37)) for start in range(0, ROWS, 37))
    spec = ss.Spec({"x": case.transform})
    cut = spec.adapt(batches)
    assert cut.learned == whole.learned
    assert serial.digest(cut.graph) == serial.digest(whole.graph)
    one = spec.adapt(rows, engine=Threads(1))
    assert one.digest == whole.digest


@every_case
def test_the_graph_is_well_formed_and_survives_storing(case) -> None:
    graph = adapted(case).graph
    verify(graph)
    fields, arrays = serial.to_json(graph)
    back = serial.from_json(json.loads(json.dumps(fields)), arrays)
    assert serial.digest(back) == serial.digest(graph)


@every_case
def test_a_batch_gives_what_its_rows_give(case) -> None:
    fitted, columns = adapted(case), table(case, column(case.column, seed=2))
    whole = fitted.transform(columns)["x"]
    rows = [fitted.transform(rows_of(columns, slice(i, i + 1)))["x"] for i in range(60)]
    same(np.concatenate(rows), whole[:60])


def _targets():
    marks = {"keras": [pytest.mark.keras]}
    for name in targets.names():
        yield pytest.param(name, marks=marks.get(name, []))


@pytest.mark.parametrize("target", list(_targets()))
@every_case
def test_every_target_gives_what_the_reference_gives(case, target) -> None:
    fitted = adapted(case)
    columns = fitted.admit(table(case, column(case.column, seed=3)))
    module = targets.load(target)
    given = module.compile(fitted.graph)(columns)["x"]
    meant = reference.run(fitted.graph, columns)["x"]
    declared = [parity(module.PARITY, type(node)) for node in fitted.graph.nodes]
    ulps = sum(one.n for one in declared if isinstance(one, Ulp))
    if ulps:
        assert given.dtype == meant.dtype
        # An inexact node may stand before a Sub, which keeps the size of an error, not its share.
        np.testing.assert_allclose(given, meant, rtol=0, atol=ulps * 1.2e-7 * np.abs(meant).max())
    else:
        same(given, meant)


@every_case
def test_the_answer_is_a_number(case) -> None:
    answer = adapted(case).transform(table(case, column(case.column, seed=4)))["x"]
    assert answer.dtype in (np.float32, np.int64)
    assert np.isfinite(answer).all()


@every_case
def test_no_rows_give_no_rows(case) -> None:
    fitted, columns = adapted(case), table(case, column(case.column))
    whole = fitted.transform(columns)["x"]
    empty = fitted.transform(rows_of(columns, slice(0, 0)))["x"]
    assert empty.shape == (0, *whole.shape[1:])


@every_case
def test_one_training_row_is_enough_or_refused(case) -> None:
    values = column(case.column)[5:6]
    finite_or_refused_by_name(case, values)


@every_case
def test_a_constant_column_is_enough(case) -> None:
    values = np.repeat(column(case.column)[5:6], 10, axis=0)
    if values.dtype == object:
        values[:] = "a"
    values = np.nan_to_num(values, nan=1.0) if values.dtype.kind == "f" else values
    answer = adapted(case, values).transform(table(case, values))["x"]
    assert np.isfinite(answer).all()


@every_case
def test_nothing_but_missing_values_is_refused_or_answered(case) -> None:
    missing = {"string": None, "strings": None}.get(case.column, np.nan)
    values = np.full(column(case.column)[:4].shape, missing, object if missing is None else float)
    finite_or_refused_by_name(case, values)


@every_case
def test_no_row_at_all_is_refused_by_name(case) -> None:
    with pytest.raises(SamescaleError, match=r"no row|nothing|empty|missing|no value|no vocab"):
        adapted(case, column(case.column)[:0])


@every_case
def test_the_inverse_undoes_or_says_that_it_cannot(case) -> None:
    if case.beside or case.transform.begins:
        return
    target = ss.Target("y", case.transform)
    if case.column != "number" or target.task == "classification":
        return
    values = column("amount") + 1.0
    spec = ss.Spec({"x": ss.Normalization()}, target=target)
    if type(case.transform).inverse is Transform.inverse:
        with pytest.raises(NotInvertibleError, match=r"'y': .* can't be undone"):
            spec.adapt({"x": values, "y": values})
        return
    fitted = spec.adapt({"x": values, "y": values})
    back = fitted.inverse(fitted.labels({"y": values}))
    np.testing.assert_allclose(back, values, rtol=2e-6, atol=2e-6 * np.abs(values).max())


HOSTILE = [np.nan, np.inf, -np.inf, 5e-324, -5e-324, 2.2e-308, -0.0, 1.7e308, -1.7e308, 3.4e38]
NUMBERS = [case for case in CASES if case.values[0].column in {"number", "missing", "amount"}]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("case", NUMBERS)
def test_a_hostile_value_in_training_is_answered_or_refused_by_its_place(case, value) -> None:
    values = column(case.column)
    values[7] = value
    found = outcome(case, values)
    if isinstance(found, SamescaleError):
        assert "'x'" in str(found)
        assert np.isfinite(value) or np.isnan(value) or "row 7" in str(found)
    else:
        assert np.isfinite(found.transform(table(case, values))["x"]).all()


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("case", NUMBERS)
def test_a_hostile_value_in_prediction_is_never_silently_not_a_number(case, value) -> None:
    fitted, values = adapted(case), column(case.column, seed=2)
    values[7] = value
    found = attempt(lambda: fitted.transform(table(case, values))["x"])
    if isinstance(found, SamescaleError):
        assert "'x'" in str(found)
        assert "7" in str(found)
    else:
        assert not np.isnan(found).any()


@pytest.mark.parametrize("case", NUMBERS)
def test_a_string_among_numbers_is_refused_by_its_place(case) -> None:
    values = column(case.column).astype(object)
    values[7] = "n/a"
    for use in (lambda x: adapted(case, x), lambda x: adapted(case).transform(table(case, x))):
        with pytest.raises(SamescaleError) as error:
            use(values)
        assert "'x'" in str(error.value)
        assert "7" in str(error.value)
