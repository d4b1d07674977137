"""The Keras target gives the reference's bits, compiled, whatever the dtype policy."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from samescale.errors import ModelError, UnsupportedError  # noqa: E402 - after importorskip
from samescale.ir import nodes as n  # noqa: E402
from samescale.ir.build import const, mul, sub  # noqa: E402
from samescale.ir.reference import run  # noqa: E402
from samescale.ir.types import TensorType  # noqa: E402
from samescale.targets import keras as target  # noqa: E402
from samescale.targets.base import Ulp  # noqa: E402
from samescale.targets.keras.lower import lower  # noqa: E402
from samescale.targets.keras.sides import sides  # noqa: E402

pytestmark = pytest.mark.keras

F32 = TensorType("float32")
I64 = TensorType("int64")
X = n.Input("x", F32)
KEYS = (-(2**31), -7, 0, 3, 5, 2**31 - 1)


def hostile(rows: int = 20_000) -> np.ndarray:
    """Float32 of every exponent, but for the subnormals that XLA and TensorFlow flush to zero."""
    rng = np.random.default_rng(7)
    bits = rng.integers(0, 2**32, rows, dtype=np.uint64).astype(np.uint32).view(np.float32)
    near = rng.normal(1e5, 50, rows).astype(np.float32)
    edge = [0.0, -0.0, np.inf, -np.inf, np.nan, 3.4e38, -3.4e38, 1.1754944e-38, 1.0, 99_987.3]
    x = np.concatenate([bits, near, np.array(edge, np.float32)])
    return x[(np.abs(x) >= np.finfo(np.float32).tiny) | np.isnan(x) | (x == 0)]


def same_bits(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    both_nan = (found != found) & (expected != expected)
    unsigned = f"u{found.dtype.itemsize}"
    different = (found.view(unsigned) != expected.view(unsigned)) & ~both_nan
    assert not different.any(), (found[different][:3], expected[different][:3])


AFFINE = mul(sub(X, 99_987.3), 1 / 49.7)
EXACT = {
    "affine": AFFINE,
    "affine twice": mul(sub(AFFINE, 0.3), 0.7),
    "mul mul": mul(mul(X, 1 / 49.7), 1 / 3),
    "sub sub": sub(sub(X, 99_987.3), 0.1),
    "mul sub": sub(mul(X, 1 / 49.7), 99_987.3),
    "mul sub joined": sub(n.Concat((n.Reshape(mul(X, 0.3), (1,)), n.Reshape(X, (1,)))), [0.1, 0.2]),
    "mul clip sub": sub(n.Clip(mul(X, 1 / 49.7), np.float32(-3e3), np.float32(3e3)), 17.1),
    "clip": n.Clip(X, np.array(0, np.float32), np.array(1e5, np.float32)),
    "floor": n.Floor(AFFINE),
    "power": n.Power(X, -1.0),
    "impute": n.Where(n.IsNan(X), const(41.5, "float32"), X),
    "less": n.Cast(n.Less(X, const(1e5, "float32")), "float32"),
    "equal": n.Equal(X, const(1.0, "float32")),
    "bins": n.Bucketize(X, np.array([-1, 0, 1, 99_950, 100_050], np.float32)),
    "binned": n.OneHot(n.Bucketize(X, np.array([0, 1e5], np.float32)), 3, "one_hot", "float32"),
    "code": n.Cast(n.Where(n.IsNan(X), const(0, "float32"), X), "int64"),
    "wider": n.Cast(X, "float64"),
    "outer": n.Sub(n.Reshape(X, (1,)), n.Concat((n.Reshape(X, (1,)),) * 2)),
    "taken": n.Take(n.Concat((n.Reshape(AFFINE, (1,)), n.Reshape(X, (1,)))), (1, 0, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning:samescale.ir.reference")
def test_what_is_exact_has_the_references_bits(name: str) -> None:
    graph = n.Graph(((name, EXACT[name]),))
    columns = {"x": hostile()}
    same_bits(target.compile(graph)(columns)[name], run(graph, columns)[name])


@pytest.mark.parametrize("node", [n.Exp, n.Expm1, n.Log, n.Log1p])
def test_what_is_declared_in_ulps_stays_within_them(node: type) -> None:
    graph = n.Graph((("y", node(X)),))
    columns = {"x": hostile()}
    found, expected = target.compile(graph)(columns)["y"], run(graph, columns)["y"]
    normal = np.abs(expected) > np.finfo(np.float32).tiny
    steps = found.view(np.int32).astype(np.int64) - expected.view(np.int32)
    declared = target.PARITY[node]
    assert isinstance(declared, Ulp)
    assert np.abs(steps[normal]).max() <= declared.n
    assert np.array_equal(np.isnan(found), np.isnan(expected))


INTEGERS = {
    "lookup": n.Lookup(n.Input("k", I64), KEYS, (5, 4, 3, 2, 1, 0), default=9, missing=9),
    "wide key": n.Lookup(n.Input("k", I64), (2**40, 3), (1, 2), default=0, missing=0),
    "wide value": n.Lookup(n.Input("k", I64), (3, 5), (2**40, 2), default=0, missing=0),
    "one hot": n.OneHot(n.Input("k", I64), 6, "one_hot", "float32"),
    "number": n.Cast(n.Input("k", I64), "float32"),
    "equal": n.Equal(n.Input("k", I64), const(2**40, "int64")),
    "hash": n.HashBucket(n.Input("k", I64), 16, 3),
    "hash one hot": n.OneHot(n.HashBucket(n.Input("k", I64), 5, 3), 5, "one_hot", "float32"),
    "passed on": n.Input("k", I64),
    "reshaped": n.Reshape(n.Input("k", I64), (1,)),
    "bins": n.Bucketize(n.Input("k", I64), np.array([0, 2**40], np.int64)),
    "counted": n.OneHot(n.Reshape(n.Input("k", I64), (1,)), 6, "count", "float32"),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_an_integer_that_int32_cannot_hold_is_right_or_unknown_as_in_the_reference(
    name: str,
) -> None:
    graph = n.Graph(((name, INTEGERS[name]),))
    far = [2**31, -(2**31) - 1, 2**32 + 3, 2**40, 2**63 - 1, -(2**63), 2**32 - 1]
    columns = {"k": np.array([*KEYS, *far, 1, 2, 4, -1], np.int64)}
    same_bits(target.compile(graph)(columns)[name], run(graph, columns)[name])


def words(*values: str | None) -> np.ndarray:
    return np.array(values, object)


def test_text_is_looked_up_before_the_model_and_crosses_as_codes() -> None:
    city = n.Input("city", TensorType("string"))
    code = n.Lookup(n.Lower(n.Strip(city)), ("oslo", "rome"), (1, 2), default=0, missing=3)
    graph = n.Graph((("city", n.OneHot(code, 4, "one_hot", "float32")), ("gone", n.IsNan(city))))
    columns = {"city": words(" Oslo", "ROME ", None, "Paris")}
    found = target.compile(graph)(columns)
    for name, expected in run(graph, columns).items():
        same_bits(found[name], expected)
    kinds = {c.name: (c.dtype, c.origin) for c in target.build(graph).inputs}
    assert kinds["city_host"] == ("int32", "host: Strip (string values)")


def test_float64_is_subtracted_on_the_host_and_crosses_as_float32() -> None:
    when = n.Input("when", TensorType("float64"))
    graph = n.Graph((("when", n.Cast(mul(sub(when, 1.7e9), 1e-4), "float32")),))
    columns = {"when": np.array([1.7e9, 1.7e9 + 1, np.nan])}
    parts = target.build(graph)
    assert [(c.name, c.dtype, c.origin) for c in parts.inputs] == [
        ("when_host", "float32", "host: Sub (float64 values)")
    ]
    found = np.asarray(parts.model.predict_on_batch(parts.cross(columns)))
    same_bits(found[:, 0], run(graph, columns)["when"])


def test_images_cross_as_they_are() -> None:
    pixels = n.Input("pixels", TensorType("uint8", (4, 4, 3)))
    scaled = mul(sub(n.Cast(pixels, "float32"), [1.0, 2.0, 3.0]), 1 / 255)
    graph = n.Graph((("pixels", scaled),))
    parts = target.build(graph)
    assert [(c.dtype, c.shape, c.origin) for c in parts.inputs] == [("uint8", (4, 4, 3), "raw")]
    columns = {"pixels": np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3)).astype(np.uint8)}
    found = np.asarray(parts.model.predict_on_batch(parts.cross(columns)))
    same_bits(found, run(graph, columns)["pixels"])


def test_no_rows_give_no_rows() -> None:
    graph = n.Graph((("x", n.Reshape(AFFINE, (1,))),))
    assert target.compile(graph)({"x": np.zeros(0, np.float32)})["x"].shape == (0, 1)


TWO = n.Graph((("x", AFFINE), ("y", mul(sub(n.Input("y", F32), 5.0), 0.25))))
ROWS = {"x": np.array([1e5, 2e5], np.float32), "y": np.array([9.0, np.nan], np.float32)}


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64", "bfloat16"])
def test_features_are_float32_whatever_the_policy(policy: str) -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = target.build(TWO).model
        found = np.asarray(model.predict_on_batch(ROWS))
    finally:
        keras.config.set_dtype_policy(before)
    expected = run(TWO, ROWS)
    same_bits(found, np.stack([expected["x"], expected["y"]], axis=1))


def test_features_are_float32_whatever_floatx() -> None:
    keras.config.set_floatx("float16")
    try:
        found = np.asarray(target.build(TWO).model.predict_on_batch(ROWS))
    finally:
        keras.config.set_floatx("float32")
    expected = run(TWO, ROWS)
    same_bits(found, np.stack([expected["x"], expected["y"]], axis=1))


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_a_column_may_be_sent_with_or_without_its_axis_of_one(shape: tuple[int, ...]) -> None:
    model = target.build(TWO, keras.layers.Dense(1)).model
    model.compile("sgd", "mse")
    columns = {name: x.reshape(shape) for name, x in ROWS.items()}
    columns["y"] = np.ones(shape, np.float32)
    model.fit(columns, np.ones(2, np.float32), verbose=0)
    assert model.predict(columns, verbose=0).shape == (2, 1)


def test_constants_round_trip_through_the_file_to_the_bit(tmp_path) -> None:
    constants = hostile(2_000)
    constants = constants[~np.isnan(constants)]
    x = n.Input("x", TensorType("float32", (len(constants),)))
    graph = n.Graph((("x", n.Sub(x, n.Const(constants))),))
    target.build(graph).model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    row = np.zeros((1, len(constants)), np.float32)
    columns = {"x": row}
    same_bits(np.asarray(loaded.predict_on_batch(columns)), run(graph, columns)["x"])


def test_the_file_names_only_keras_modules(tmp_path) -> None:
    target.build(TWO, keras.layers.Dense(1)).model.save(tmp_path / "model.keras")
    config = json.loads(zipfile.ZipFile(tmp_path / "model.keras").read("config.json"))

    def modules(value: object) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(modules, value))
        if not isinstance(value, dict):
            return set()
        return set().union({str(value.get("module"))}, *map(modules, value.values()))

    assert {name.partition(".")[0] for name in modules(config)} <= {"keras", "builtins", "None"}
    assert "samescale." not in json.dumps(config)


def test_the_file_holds_no_number_without_a_dtype() -> None:
    picked = n.Where(n.IsNan(X), const(1.0, "float32"), const(2.0, "float32"))
    config = target.build(n.Graph((("x", sub(picked, 3.0)),))).model.get_config()

    def numbers(value: object) -> int:
        if isinstance(value, list | tuple):
            return sum(map(numbers, value))
        return int(isinstance(value, float | int))

    arguments = [node["args"] for layer in config["layers"] for node in layer["inbound_nodes"]]
    operations = [args for args in arguments if len(args) > 1 and "newshape" not in str(args)]
    assert len(operations) > 1
    assert sum(map(numbers, operations)) == 0


def test_a_function_takes_columns_by_its_parameters_names() -> None:
    def network(y, x):
        return keras.layers.Subtract()([y, x])

    model = target.build(TWO, network).model
    expected = run(TWO, ROWS)
    found = np.asarray(model.predict_on_batch(ROWS))[:, 0]
    same_bits(found, expected["y"] - expected["x"])


def test_a_model_of_several_inputs_takes_columns_by_their_names() -> None:
    x, y = keras.Input((1,), name="x"), keras.Input((1,), name="y")
    network = keras.Model([y, x], keras.layers.Subtract()([y, x]))
    found = np.asarray(target.build(TWO, network).model.predict_on_batch(ROWS))[:, 0]
    expected = run(TWO, ROWS)
    same_bits(found, expected["y"] - expected["x"])


def test_a_parameter_that_is_no_column_is_refused_with_the_nearest_name() -> None:
    def network(x, yy):
        return keras.layers.Subtract()([yy, x])

    with pytest.raises(ModelError, match=r"'yy' is no column\. Did you mean 'y'"):
        target.build(TWO, network)


def test_a_network_of_another_width_is_refused() -> None:
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(ModelError, match="doesn't take the features"):
        target.build(TWO, network)


def test_a_layer_called_like_a_column_is_refused() -> None:
    with pytest.raises(ModelError, match="called like a column"):
        target.build(TWO, keras.layers.Dense(1, name="x"))


def test_a_column_may_be_called_like_an_operation() -> None:
    names = ("floor", "subtract", "multiply", "concatenate", "reshape")
    nodes = [(name, mul(sub(n.Floor(n.Input(name, F32)), 1.0), 2.0)) for name in names]
    model = target.build(n.Graph(tuple(nodes))).model
    assert [tensor.name for tensor in model.inputs] == sorted(names)


def test_a_slash_in_a_name_becomes_an_underscore_and_stays_in_the_description() -> None:
    graph = n.Graph((("km/h", sub(n.Input("km/h", F32), 1.0)),))
    parts = target.build(graph)
    assert parts.describe() == "km_h: float32[None, 1] from km/h, raw"


def test_the_marked_features_are_found_in_the_model() -> None:
    model = target.build(TWO, keras.layers.Dense(1)).model
    inner = keras.Model(model.inputs, model.get_layer("samescale_features").output)
    assert inner.output.shape == (None, 2)


def test_what_runs_on_the_host_is_refused_inside_the_model() -> None:
    with pytest.raises(UnsupportedError, match="runs on the host"):
        lower(n.Graph((("x", n.Power(X, 2.0)),)), {"x": keras.Input((1,))})


def test_a_column_that_crosses_twice_has_two_inputs() -> None:
    age = n.Input("age", TensorType("float64"))
    whole = n.Where(n.IsNan(age), const(0, "float64"), age)
    graph = n.Graph((("age", n.Cast(sub(whole, 1.0), "float32")), ("gone", n.IsNan(age))))
    assert [crossing.name for _, crossing in sides(graph).inputs] == ["age_host", "age_host_2"]
