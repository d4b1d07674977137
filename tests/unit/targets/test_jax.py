"""The JAX function: pure, of 32 bits, the graph's bits compiled or not."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.jax

from samescale.ir import nodes as n  # noqa: E402
from samescale.ir.build import mul, sub  # noqa: E402
from samescale.ir.types import TensorType  # noqa: E402
from samescale.targets.jax import build  # noqa: E402
from tests.strategies import same_bits  # noqa: E402

ROWS = 64


def _table(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "age": np.where(rng.random(ROWS) < 0.2, np.nan, rng.normal(40, 10, ROWS)),
        "when": 1.7e9 + rng.integers(0, 10**6, ROWS).astype(float),
        "city": np.array(["Oslo", "Rome", None, "Bern"] * (ROWS // 4), object),
    }


@pytest.fixture(scope="module")
def fitted():
    spec = ss.Spec(
        {
            "age": [ss.Impute(), ss.Normalization()],
            "when": ss.Normalization(),
            "city": ss.StringLookup(output_mode="one_hot"),
        }
    )
    return spec.adapt(_table())


def test_compiled_or_not_it_gives_the_matrix_to_the_bit(fitted):
    table = _table(3)
    function, inputs = fitted.to_jax(), fitted.jax_inputs(table)
    for found in (function(inputs), jax.jit(function)(inputs)):
        assert same_bits(np.asarray(found), fitted.matrix(table))


def test_what_needs_64_bits_is_computed_before(fitted):
    crossings = {c.name: (c.dtype, c.origin) for c in build(fitted.graph).inputs}
    assert crossings["age"] == ("float32", "raw")
    assert crossings["when_host"][0] == "float32"
    assert crossings["city_host"][0] == "int32"


def test_a_network_stands_behind_it(fitted):
    weights = np.ones((len(fitted.feature_names), 1), np.float32)
    found = fitted.to_jax(lambda x: x @ weights)(fitted.jax_inputs(_table()))
    assert np.allclose(np.asarray(found)[:, 0], fitted.matrix(_table()).sum(1), atol=1e-5)


def test_each_column_comes_alone_when_asked(fitted):
    found = fitted.to_jax(output="columns")(fitted.jax_inputs(_table(), output="columns"))
    wanted = fitted.transform(_table())
    assert list(found) == list(wanted)
    assert all(
        np.array_equal(np.asarray(found[k]).reshape(ROWS, -1), wanted[k].reshape(ROWS, -1))
        for k in wanted
    )


def test_rows_are_mapped_and_numbers_differentiated():
    ages = n.Graph((("age", mul(sub(n.Input("age", TensorType("float32")), 40.0), 0.5)),))
    function = build(ages).function
    x = np.array([[30.0], [50.0]], np.float32)
    by_row = jax.vmap(lambda row: function({"age": row}))(x)
    assert by_row.reshape(-1).tolist() == [-5.0, 5.0]
    slope = jax.grad(lambda age: function({"age": age}).sum())(x)
    assert slope.ravel().tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.pop("age"), "'age' is missing"),
        (lambda x: x.update(age=x["age"].astype(np.float64)), "float64 of shape"),
        (lambda x: x.update(age=np.repeat(x["age"], 2, 1)), r"\[64, 2\]"),
    ],
)
def test_wrong_inputs_are_named(fitted, change, message):
    inputs = fitted.jax_inputs(_table())
    change(inputs)
    with pytest.raises(DataError, match=message):
        fitted.to_jax()(inputs)


def test_64_bits_change_no_bit_and_no_dtype():
    code = """
import jax, numpy as np
jax.config.update("jax_enable_x64", True)
from samescale.ir import nodes as n
from samescale.ir.build import mul, sub
from samescale.ir.types import TensorType
from samescale.targets.jax import build
x, c = n.Input("x", TensorType("float32")), n.Input("c", TensorType("uint8", (3,)))
graph = n.Graph((("x", mul(sub(x, 0.1), 1 / 3)), ("c", n.OneHot(c, 4, "count", "int64"))))
made = jax.jit(build(graph, output="columns").function)(
    {"x": np.arange(5, dtype=np.float32)[:, None], "c": np.ones((5, 3), np.uint8)}
)
print(made["x"].dtype, made["c"].dtype, np.asarray(made["x"]).tobytes().hex())
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    x = np.arange(5, dtype=np.float32)
    wanted = (x - np.float32(0.1)) * np.float32(1 / 3)
    assert told.stdout.split() == ["float32", "int32", wanted.tobytes().hex()]
