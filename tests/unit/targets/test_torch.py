"""The torch module: buffers, pinned dtypes, and the graph's bits however it is run."""

from __future__ import annotations

import copy
import pickle
from importlib.util import find_spec

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, ModelError

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from torch import nn  # noqa: E402

from samescale.ir import nodes as n  # noqa: E402
from samescale.ir.build import const, mul, sub  # noqa: E402
from samescale.ir.reference import run  # noqa: E402
from samescale.ir.types import TensorType  # noqa: E402
from samescale.targets import load  # noqa: E402
from samescale.targets.torch import build, tensors  # noqa: E402
from samescale.targets.torch.place import hosted, sides  # noqa: E402
from tests.strategies import same_bits  # noqa: E402

ROWS = 64


def _table(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "age": np.where(rng.random(ROWS) < 0.2, np.nan, rng.normal(40 + seed, 10, ROWS)),
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


def _network(fitted):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(len(fitted.feature_names), 4), nn.ReLU(), nn.Linear(4, 1))


def test_the_module_gives_the_matrix_to_the_bit(fitted):
    table = _table(3)
    assert same_bits(fitted.to_torch()(fitted.torch_inputs(table)).numpy(), fitted.matrix(table))


def test_each_column_comes_alone_when_asked(fitted):
    table = _table(3)
    inputs = fitted.torch_inputs(table, output="columns")
    found = fitted.to_torch(output="columns")(inputs)
    wanted = fitted.transform(table)
    assert list(found) == list(wanted)
    for name, array in wanted.items():
        assert same_bits(found[name].numpy(), array.reshape(len(array), -1))


def test_a_plain_column_may_come_without_its_axis(fitted):
    inputs = fitted.torch_inputs(_table())
    flat = {name: x[:, 0] if x.shape[1:] == (1,) else x for name, x in inputs.items()}
    assert torch.equal(fitted.to_torch()(flat), fitted.to_torch()(inputs))


def test_inputs_of_a_graph_say_where_they_come_from(fitted):
    crossings = {c.name: (c.dtype, c.origin) for c in build(fitted.graph).inputs}
    assert crossings["age"] == ("float32", "raw")
    assert crossings["when"] == ("float64", "raw")  # torch has float64: nothing is scaled before
    assert crossings["city_host"][0] == "int64"


@pytest.mark.parametrize("change", ["half", "double", "bfloat16"])
def test_the_preprocessing_keeps_its_dtypes(fitted, change):
    inputs = fitted.torch_inputs(_table())
    model = fitted.to_torch(_network(fitted))
    changed = getattr(copy.deepcopy(model), change)()
    assert torch.equal(changed.preprocessing(inputs), model.preprocessing(inputs))
    assert changed(inputs).dtype == next(changed.network.parameters()).dtype
    assert torch.allclose(changed(inputs).float(), model(inputs), atol=0.05)


def test_a_global_dtype_changes_nothing(fitted):
    table = _table(2)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        found = fitted.to_torch()(fitted.torch_inputs(table)).numpy()
    finally:
        torch.set_default_dtype(before)
    assert same_bits(found, fitted.matrix(table))


def test_it_moves_copies_and_pickles(fitted):
    inputs, model = fitted.torch_inputs(_table()), fitted.to_torch(_network(fitted))
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), model.to("cpu")):
        assert torch.equal(again(inputs), model(inputs))
    assert all(x.device.type == "meta" for x in model.to("meta").buffers())


def test_nothing_learned_is_trained(fitted):
    assert not list(fitted.to_torch().parameters())
    assert list(fitted.to_torch().buffers())


def test_another_fitted_state_is_refused(fitted):
    other = fitted.spec.adapt(_table(5))
    state = fitted.to_torch(_network(fitted)).state_dict()
    fitted.to_torch(_network(fitted)).load_state_dict(state)
    with pytest.raises(RuntimeError, match="another fitted"):
        other.to_torch(_network(fitted)).load_state_dict(state)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_it_is_exported_for_any_number_of_rows(fitted):
    inputs, model = fitted.torch_inputs(_table()), fitted.to_torch(_network(fitted))
    rows = torch.export.Dim("rows", min=1)
    shapes = ({name: {0: rows} for name in inputs},)
    program = torch.export.export(model, (inputs,), dynamic_shapes=shapes, strict=False)
    few = {name: x[:5] for name, x in inputs.items()}
    assert torch.equal(program.module()(few), model(few))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(find_spec("triton") is not None, reason="Triton beside TensorFlow crashes")
def test_compiled_it_gives_the_same_bits():
    x = n.Input("x", TensorType("float32"))
    chain = sub(mul(sub(mul(x, 0.3), 1.1), 7.1), 0.77)  # what a compiler may make FMAs of
    model = build(n.Graph((("y", chain),))).module
    inputs = {"x": torch.randn(100_000, 1) * 100}
    compiled = torch.compile(model, fullgraph=True)
    with torch.inference_mode():
        assert torch.equal(compiled(inputs), model(inputs))


def test_inference_mode_changes_nothing(fitted):
    inputs, model = fitted.torch_inputs(_table()), fitted.to_torch()
    with torch.inference_mode():
        assert torch.equal(model(inputs), fitted.to_torch()(inputs))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.pop("when"), "'when' is missing"),
        (lambda x: x.update(when=x["when"].float()), "torch.float32 of shape"),
        (lambda x: x.update(age=x["age"].repeat(1, 2)), r"\[64, 2\]"),
    ],
)
def test_wrong_inputs_are_named(fitted, change, message):
    inputs = fitted.torch_inputs(_table())
    change(inputs)
    with pytest.raises(DataError, match=message):
        fitted.to_torch()(inputs)


def test_a_network_with_preprocessing_inside_is_refused(fitted):
    with pytest.raises(ModelError, match="scaled twice"):
        fitted.to_torch(fitted.to_torch(_network(fitted)))


def test_a_network_may_take_features_by_column(fitted):
    class ByColumn(nn.Module):
        def forward(self, features):
            return features["age"] + features["city"].sum(1, keepdim=True)

    inputs = fitted.torch_inputs(_table(), output="columns")
    found = fitted.to_torch(ByColumn(), output="columns")(inputs)
    wanted = fitted.transform(_table())
    assert np.array_equal(found.numpy()[:, 0], wanted["age"] + wanted["city"].sum(1))


def test_read_only_arrays_are_taken_without_a_warning():
    x = np.arange(3.0)
    x.flags.writeable = False
    assert tensors({"x": x})["x"].tolist() == [0.0, 1.0, 2.0]


def test_what_torch_lacks_runs_on_the_host():
    x, wide = n.Input("x", TensorType("float32")), n.Input("w", TensorType("uint64"))
    graph = n.Graph(
        (
            ("square", n.Power(x, -2.0)),
            ("root", n.Power(x, 0.5)),
            ("code", n.Lookup(wide, (1,), (2,), 0, 0)),
        )
    )
    assert sorted(hosted(graph).values()) == [
        "torch takes 1 / x² there, which overflows",
        "uint64 values",
    ]
    assert [c.name for _, c in sides(graph).inputs] == ["x_host", "x", "w_host"]


def test_floats_become_integers_as_the_reference_says():
    x = n.Input("x", TensorType("float64"))
    inside = n.Where(n.IsNan(x), const(0.0, "float64"), x)
    graph = n.Graph((("y", n.Cast(inside, "int64")), ("z", n.Cast(inside, "int8"))))
    columns = {"x": np.array([1e300, -1e300, 2.0**63, -(2.0**63), 127.9, -128.9, np.inf, np.nan])}
    found, wanted = load("torch").compile(graph)(columns), run(graph, columns)
    assert all(same_bits(found[name], wanted[name]) for name in wanted)
