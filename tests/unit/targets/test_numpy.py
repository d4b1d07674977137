import sys
import threading

import numpy as np
import pytest

from samescale.errors import DataError, GraphError, SpecError, UnsupportedError
from samescale.ir import nodes as n
from samescale.ir.build import clip, const, mul, sub, where_nan
from samescale.ir.reference import run
from samescale.ir.simplify import concatenate
from samescale.ir.types import TensorType
from samescale.targets import load, names
from samescale.targets.base import Exact, Ulp, Unsupported, parity, refuse_unsupported
from samescale.targets.numpy import compile as compile_numpy
from tests.strategies import assert_same, columns


def number(name, dtype="float32", *shape):
    return n.Input(name, TensorType(dtype, shape))


TABLE = n.Graph(
    (
        *((f"c{i}", mul(sub(number(f"c{i}"), i / 7), 1 / (i + 1))) for i in range(6)),
        ("wide", n.Cast(clip(where_nan(number("wide", "float64"), 0.5), 0.0, 1.0), "float32")),
        ("curve", n.Log1p(number("curve"))),
        ("code", n.OneHot(number("code", "int64"), 5, "one_hot", "float32")),
    )
)
IMAGES = n.Graph((("image", mul(sub(number("image", "float32", 9, 7, 3), [0.1, 0.2, 0.3]), 2.0)),))
GRAPHS = {"table": TABLE, "matrix": concatenate(TABLE), "images": IMAGES}


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
@pytest.mark.parametrize("rows", [1, 63, 64, 65, 1_000, 20_000])
def test_few_rows_and_many_give_the_reference_s_bits(graph, rows):
    given = columns(graph, rows, 5)
    assert_same(run(graph, given), compile_numpy(graph)(given))


def test_columns_may_be_strided_and_read_only():
    graph = GRAPHS["matrix"]
    given = columns(graph, 5_000, 1)
    wanted = compile_numpy(graph)(given)
    strided = {name: np.repeat(column, 2, axis=0)[::2] for name, column in given.items()}
    for column in strided.values():
        column.flags.writeable = False
    assert_same(wanted, compile_numpy(graph)(strided))


def test_threads_may_share_a_compiled_graph():
    graph = GRAPHS["matrix"]
    compiled = compile_numpy(graph)
    tables = [columns(graph, 3_000, seed) for seed in range(4)]
    wanted = [compiled(table) for table in tables]
    found = [None] * 4

    def work(index):
        for _ in range(5):
            found[index] = compiled(tables[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(wanted, found, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": None}, "'a' is missing"),
        ({"b": None}, "'b' is missing"),
        ({"a": np.zeros(2)}, "'a' is float64"),
        ({"b": np.zeros((2, 1), np.float32)}, r"'b' is float32 of shape \(2, 1\)"),
        ({"b": np.zeros(3, np.float32)}, "'b' has 3 rows"),
        ({"a": np.zeros((), np.float32)}, r"'a' is float32 of shape \(\)"),
    ],
)
def test_columns_that_are_not_what_the_inputs_declare_are_refused(change, message):
    compiled = compile_numpy(n.Graph((("y", n.Sub(number("a"), number("b"))),)))
    given = {name: np.zeros(2, np.float32) for name in "ab"} | change
    with pytest.raises(DataError, match=message):
        compiled({name: column for name, column in given.items() if column is not None})


def test_a_graph_that_is_not_well_formed_is_refused():
    with pytest.raises(GraphError, match="may be NaN"):
        compile_numpy(n.Graph((("y", n.Cast(number("x"), "int64")),)))


def test_an_output_is_never_an_input_s_memory():
    x = number("x", "float32", 4)
    compiled = compile_numpy(n.Graph((("x", x), ("again", x), ("view", n.Reshape(x, (2, 2))))))
    given = {"x": np.ones((3, 4), np.float32)}
    found = compiled(given)
    for array in found.values():
        array[...] = 7
    assert given["x"].tolist() == [[1.0] * 4] * 3


def test_a_value_that_is_still_needed_is_not_written_over():
    middle = sub(number("x"), 1.0)
    graph = n.Graph((("a", mul(middle, 2.0)), ("b", n.Floor(middle)), ("c", middle)))
    given = columns(graph, 4, 0)
    assert_same(run(graph, given), compile_numpy(graph)(given))


def test_a_constant_may_stand_beside_rows_of_two_shapes():
    shared = const([1.0, 2.0], "float32")
    graph = n.Graph(
        (("a", n.Sub(number("a", "float32", 3, 2), shared)), ("b", n.Sub(number("b"), shared)))
    )
    given = columns(graph, 3_000, 0)
    assert_same(run(graph, given), compile_numpy(graph)(given))


def test_a_deep_graph_compiles():
    node = number("x")
    for _ in range(5_000):
        node = n.Floor(node)
    assert compile_numpy(n.Graph((("y", node),)))({"x": np.float32([1.5])})["y"].tolist() == [1.0]


def test_targets_are_found_by_name_and_a_wrong_name_by_its_neighbour():
    assert "numpy" in names()
    assert load("numpy") is sys.modules["samescale.targets.numpy"]
    with pytest.raises(SpecError, match="Did you mean 'numpy'"):
        load("nunpy")


def test_what_is_not_declared_is_exact_and_what_is_not_supported_is_refused():
    exceptions = {n.Exp: Ulp(2), n.Floor: Unsupported("no floor here", "Leave Floor out.")}
    assert parity(exceptions, n.Sub) == Exact()
    assert parity(exceptions, n.Exp) == Ulp(2)
    refuse_unsupported(n.Graph((("y", n.Exp(number("x"))),)), exceptions, "toy")
    with pytest.raises(UnsupportedError, match=r"'toy' can't run Floor: no floor here\. Leave"):
        refuse_unsupported(n.Graph((("y", n.Floor(number("x"))),)), exceptions, "toy")
