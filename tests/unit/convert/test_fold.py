"""Scale and mean folded into the first layer: how far off, by |mean| / sd, and what is kept."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from samescale.convert._fold import fold
from samescale.convert._graph import Builder, Value
from samescale.errors import DataError
from samescale.targets.onnx.session import session

pytestmark = pytest.mark.onnx
WIDTH, UNITS, ROWS = 6, 8, 200


def weights(*shape: int) -> np.ndarray:
    return (np.random.default_rng(1).normal(size=shape) / np.sqrt(shape[0])).astype(np.float32)


def scaled(build: Builder, mean: np.ndarray, sd: np.ndarray, name: str = "x") -> str:
    less = build.node("Sub", [name, build.constant(mean)])
    return build.node("Mul", [less, build.constant((1 / sd).astype(mean.dtype))])


def dense(mean, sd, *, bias: bool = True, dtype: str = "float32", op: str = "Gemm"):
    build = Builder([Value("x", dtype, ("rows", WIDTH))])
    made = scaled(build, mean.astype(dtype), sd.astype(dtype))
    made = made if dtype == "float32" else build.node("Cast", [made], to=1)
    kernel = build.constant(weights(WIDTH, UNITS))
    constant = build.constant(weights(UNITS))
    if op == "Gemm":
        made = build.node("Gemm", [made, kernel, *([constant] if bias else [])])
    else:
        made = build.node("MatMul", [made, kernel])
        made = build.node("Add", [made, constant]) if bias else made
    made = build.node("Relu", [made])
    return build.model([(made, Value("answers", "float32", ("rows", UNITS)))])


def rows(mean, sd, dtype: str = "float32") -> dict[str, np.ndarray]:
    drawn = np.random.default_rng(2).normal(size=(ROWS, len(mean)))
    return {"x": (mean + sd * drawn).astype(dtype)}


def answers(model, given) -> np.ndarray:
    return session(model.SerializeToString()).run(None, given)[0]


def ops(model) -> list[str]:
    return [node.op_type for node in model.graph.node]


def statistics(ratio: float) -> tuple[np.ndarray, np.ndarray]:
    sd = np.array([0.5, 1.0, 2.0, 10.0, 1e-3, 1e3])
    return ratio * sd * [1, -1, 1, -1, 1, -1], sd


@pytest.mark.parametrize(
    ("ratio", "least", "most"), [(1, 0, 2e-6), (4, 0, 8e-6), (1e3, 2e-5, 2e-3), (1e5, 2e-3, 0.2)]
)
def test_what_folding_costs(ratio, least, most):
    """The reason for the bound: forced, the error grows with |mean| / sd."""
    mean, sd = statistics(ratio)
    model = dense(mean, sd)
    folded = fold(model, rows(mean, sd), most=1e9, rtol=np.inf)
    assert ops(folded.model) == ["Gemm", "Relu"]
    assert least <= folded.error <= most


@pytest.mark.parametrize("ratio", [0, 1, 4, 1e3, 1e5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_by_default_answers_stay(ratio, dtype):
    mean, sd = statistics(ratio)
    given = rows(mean, sd, dtype)
    model = dense(mean, sd, dtype=dtype)
    folded = fold(model, given)
    expected = answers(model, given)
    error = np.abs(answers(folded.model, given) - expected) / np.maximum(1, np.abs(expected))
    assert error.max() == pytest.approx(folded.error, abs=1e-12)
    assert folded.error <= 2e-6
    assert "Mul" not in ops(folded.model)
    if ratio != 4:  # where the rows decide
        assert ("Sub" in ops(folded.model)) == (ratio > 4)


def test_each_column_is_decided_alone():
    sd = np.ones(WIDTH)
    mean = np.array([0.0, 0.5, 1e3, 0.25, -1e5, -0.5])
    folded = fold(dense(mean, sd), rows(mean, sd))
    assert [c.folded for c in folded.columns] == ["all", "all", "scale", "all", "scale", "all"]
    assert [c.place for c in folded.columns] == list(range(WIDTH))
    assert "1e+03" in folded.columns[2].why
    assert folded.columns[0].why == ""
    assert ops(folded.model) == ["Sub", "Gemm", "Relu"]


def test_rows_decide_in_the_end():
    mean, sd = statistics(4)
    folded = fold(dense(mean, sd), rows(mean, sd), rtol=1e-7)
    assert folded.error <= 1e-7
    assert {c.folded for c in folded.columns} <= {"scale", "none"}
    assert all("rows differed" in c.why for c in folded.columns)
    model = dense(mean, sd)
    assert fold(model, rows(mean, sd), rtol=0).model is model


def test_a_layer_without_bias_gets_one_or_keeps_the_mean():
    mean, sd = statistics(1)
    folded = fold(dense(mean, sd, bias=False), rows(mean, sd))
    assert ops(folded.model) == ["Gemm", "Relu"]
    folded = fold(dense(mean, sd, bias=False, op="MatMul"), rows(mean, sd))
    assert ops(folded.model) == ["Sub", "MatMul", "Relu"]
    assert "no bias" in folded.columns[0].why
    folded = fold(dense(mean, sd, op="MatMul"), rows(mean, sd))
    assert ops(folded.model) == ["MatMul", "Add", "Relu"]


def test_weights_that_leave_float32_stay():
    sd = np.array([1.0, 1e38, 1.0, 1.0, 1.0, 1.0])
    mean = np.zeros(WIDTH)
    folded = fold(dense(mean, sd), rows(mean, np.ones(WIDTH)))
    assert folded.columns[1].folded == "none"
    assert "float32" in folded.columns[1].why
    assert "Mul" in ops(folded.model)


def test_what_something_else_reads_stays():
    mean, sd = statistics(1)
    build = Builder([Value("x", "float32", ("rows", WIDTH))])
    made = scaled(build, mean.astype(np.float32), sd.astype(np.float32))
    product = build.node("Gemm", [made, build.constant(weights(WIDTH, WIDTH))])
    sum_ = build.node("Add", [made, product])
    model = build.model([(sum_, Value("answers", "float32", ("rows", WIDTH)))])
    folded = fold(model, rows(mean, sd))
    assert (folded.model, folded.columns, folded.error) == (model, (), 0.0)


def test_joined_columns_are_folded_at_their_places():
    build = Builder([Value("x", "float32", ("rows", 2)), Value("y", "float32", ("rows", 3))])
    left = scaled(build, np.array([1.0, 1e4], np.float32), np.array([2.0, 1.0], np.float32))
    right = build.node("Mul", ["y", build.constant(np.float32(0.1))])
    joined = build.node("Concat", [left, right], axis=-1)
    made = build.node("Gemm", [joined, build.constant(weights(5, UNITS))])
    model = build.model([(made, Value("answers", "float32", ("rows", UNITS)))])
    given = {
        "x": rows(np.array([1.0, 1e4]), np.array([2.0, 1.0]))["x"],
        "y": rows(np.zeros(3), np.full(3, 10.0))["x"],
    }
    folded = fold(model, given)
    assert [(c.place, c.folded) for c in folded.columns] == [
        (0, "all"),
        (1, "scale"),
        *((place, "all") for place in (2, 3, 4)),
    ]
    assert ops(folded.model) == ["Sub", "Concat", "Gemm"]


def convolution(mean, sd, pads: list[int], *, last: bool = True):
    shape = ("rows", 7, 6, 3) if last else ("rows", 3, 7, 6)
    build = Builder([Value("x", "float32", shape)])
    if not last:
        mean, sd = mean.reshape(3, 1, 1), sd.reshape(3, 1, 1)
    made = scaled(build, mean.astype(np.float32), sd.astype(np.float32))
    made = build.node("Transpose", [made], perm=[0, 3, 1, 2]) if last else made
    kernel = build.constant(weights(4, 3, 3, 3))
    made = build.node("Conv", [made, kernel, build.constant(weights(4))], pads=pads)
    value = Value("answers", "float32", ("rows", 4, None, None))
    return build.model([(made, value)])


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("pad", [0, 1])
def test_convolutions(pad, last):
    mean, sd = np.array([0.5, 0.4, -0.3]), np.array([0.25, 0.2, 0.3])
    drawn = np.random.default_rng(3).normal(size=(20, 7, 6, 3)) * sd + mean
    given = {"x": (drawn if last else np.moveaxis(drawn, -1, 1)).astype(np.float32)}
    folded = fold(convolution(mean, sd, [pad] * 4, last=last), given)
    assert folded.error <= 2e-6
    assert {c.folded for c in folded.columns} == {"scale" if pad else "all"}
    assert ("Sub" in ops(folded.model)) == bool(pad)
    assert "Mul" not in ops(folded.model)
    if pad:
        assert "zeros" in folded.columns[0].why


def test_a_padding_layer_would_be_wrong_at_the_border():
    """Why the mean stays: without it, zeros would be raw values."""
    mean, sd = np.array([2.0, 2.0, 2.0]), np.ones(3)
    given = {"x": np.full((1, 7, 6, 3), 2.0, np.float32)}
    model = convolution(mean, sd, [1] * 4)
    assert np.abs(answers(fold(model, given).model, given) - answers(model, given)).max() <= 2e-6


def test_missing_values_stay_missing():
    mean, sd = statistics(1)
    given = rows(mean, sd)
    given["x"][0, 0] = np.nan
    folded = fold(dense(mean, sd), given)
    assert "Sub" not in ops(folded.model)
    assert np.array_equal(
        np.isnan(answers(folded.model, given)), np.isnan(answers(dense(mean, sd), given))
    )


def test_folding_again_changes_nothing():
    mean, sd = statistics(1e3)
    once = fold(dense(mean, sd), rows(mean, sd)).model
    again = fold(once, rows(mean, sd))
    assert again.error == 0
    assert ops(again.model) == ops(once)
    first = fold(dense(mean, sd), rows(mean, sd)).model
    assert first.SerializeToString(deterministic=True) == once.SerializeToString(deterministic=True)


@pytest.mark.parametrize("wrong", [{"most": -1.0}, {"rtol": np.nan}])
def test_bounds_are_numbers(wrong):
    mean, sd = statistics(1)
    with pytest.raises(DataError, match="at least 0"):
        fold(dense(mean, sd), rows(mean, sd), **wrong)
