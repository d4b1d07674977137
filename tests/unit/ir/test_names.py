from __future__ import annotations

import numpy as np

import samescale as ss
from samescale.ir import names as module
from samescale.ir import nodes as n
from samescale.ir.build import clip
from samescale.ir.names import names
from samescale.ir.types import TensorType

width = module._width
ONE_HOT = ss.CategoryEncoding(output_mode="one_hot")


def named(values: list, *chain: ss.Transform) -> tuple[str, ...]:
    return ss.Spec({"x": list(chain)}).adapt({"x": values}).feature_names


def test_a_category_names_its_feature() -> None:
    assert named(["a", "b", "a"], ss.StringLookup(), ONE_HOT) == ("x=[UNK]", "x=a", "x=b")
    masked = ss.StringLookup(mask_token="a", output_mode="one_hot")
    assert named(["a", "b"], masked) == ("x=[UNK]", "x=b")
    spread = ss.IntegerLookup(num_oov_indices=2, output_mode="one_hot")
    assert named([7, 7, 8], spread) == ("x=[UNK 0]", "x=[UNK 1]", "x=7", "x=8")


def test_entries_that_are_taken_one_by_one_are_named_once(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(module, "_width", lambda node: asked.append(node) or width(node))
    x = n.Input("x", TensorType("float64", (200,)))
    start = n.Mul(x, n.Const(np.array(2.0)))
    parts = tuple(n.Sub(n.Take(start, (i,)), n.Const(np.array(1.0))) for i in range(200))
    joined = n.Take(n.Concat(parts), tuple(range(199, -1, -1)))
    assert names(n.Graph((("x", joined),))) == tuple(f"x[{i}]" for i in range(199, -1, -1))
    assert len(asked) < 200 * 10


def test_an_indicator_says_missing() -> None:
    chain = ss.Impute("median", add_indicator=True), ss.Normalization()
    assert named([1.0, None, 3.0], *chain) == ("x", "x missing")


def test_a_bin_says_its_bounds() -> None:
    bins = ss.Discretization(bin_boundaries=(18, 30), output_mode="one_hot")
    assert named([1.0, 50.0], bins) == ("x=[-inf, 18)", "x=[18, 30)", "x=[30, inf)")
    # In the unit of a transform they would say nothing.
    scaled = named([1.0, 50.0], ss.Normalization(), bins)
    assert scaled == ("x[0]", "x[1]", "x[2]")


def test_places_and_sets() -> None:
    codes = [[1, 2], [1, 3]]
    each = named(codes, ss.IntegerLookup(vocabulary=(1, 2), output_mode="one_hot"))
    assert each[:4] == ("x[0]=[UNK]", "x[0]=1", "x[0]=2", "x[1]=[UNK]")
    together = named(codes, ss.IntegerLookup(vocabulary=(1, 2), output_mode="multi_hot"))
    assert together == ("x=[UNK]", "x=1", "x=2")
    assert named([[1.0, 2.0], [2.0, 1.0]], ss.Normalization()) == ("x[0]", "x[1]")


def test_no_name_stands_twice() -> None:
    odd = ss.StringLookup(vocabulary=("[UNK]", "b"), output_mode="one_hot")
    assert named(["a", "b"], odd) == ("x[0]", "x[1]", "x[2]")
    spec = ss.Spec({"x": ss.Impute("median", add_indicator=True), "x missing": ss.Normalization()})
    fitted = spec.adapt({"x": [1.0, 2.0], "x missing": [1.0, 2.0]})
    assert fitted.feature_names == ("x", "x missing", "x missing'")


def test_a_bag_names_its_tokens() -> None:
    text = n.Input("said", TensorType("string"))
    graph = n.Graph((("said", clip(n.Bag(text, ("a", "a b"), 4, ngrams=(1, 2)), 0.0, 1.0)),))
    assert names(graph) == ("said=[UNK]", "said=a", "said=a b", "said=[0]")
    several = n.Graph((("x", n.Bag(n.Input("x", TensorType("string", (2,))), (), 1)),))
    assert names(several) == ("x[0]", "x[1]")


def test_what_is_told_stands_where_it_fits() -> None:
    graph = n.Graph((("when", n.Input("when", TensorType("float32", (2,)))),))
    assert names(graph, {"when": ("when hour", "when day")}) == ("when hour", "when day")
    assert names(graph, {"when": ("when hour",)}) == names(graph) == ("when[0]", "when[1]")
    assert names(graph, {"when": ("same", "same")}) == ("when[0]", "when[1]")
    assert names(graph, {"other": ("a", "b")}) == ("when[0]", "when[1]")
