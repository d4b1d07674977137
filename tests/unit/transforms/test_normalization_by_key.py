from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import samescale as ss
from samescale import guard
from samescale.errors import DataError, NotInvertibleError, SamescaleError, SpecError
from samescale.ir import nodes, reference
from samescale.ir.types import TensorType
from samescale.transforms._tables import Tables

SHOPS = np.array(["Oslo", "Rome", "", "é", None], object)


def prices(rng, rows, *, dtype=np.float64):
    shop = rng.choice(SHOPS, rows)
    scale = {"Oslo": 1e-3, "Rome": 1.0, "": 40.0, "é": 1e7, None: 5.0}
    factor = np.array([scale[name] for name in shop])
    return shop, (factor * (3 + rng.normal(size=(rows,)))).astype(dtype)


def fitted(shop, price, **options) -> ss.Fitted:
    spec = ss.Spec({"price": ss.Normalization(by="shop", **options)})
    return spec.adapt({"shop": shop, "price": price})


def alone(values, asked, axis=-1) -> np.ndarray:
    """What a Normalization of these rows alone makes of the asked ones, to the bit."""
    mean, variance = (
        ss.Spec({"x": ss.Normalization(axis=axis)})
        .adapt({"x": values})
        .learned["x"][0]["moments"][k]
        for k in ("mean", "variance")
    )
    given = ss.Normalization(axis=axis, mean=tuple(mean), variance=tuple(variance))
    start = nodes.Input("x", TensorType(asked.dtype.name, asked.shape[1:]))
    graph = nodes.Graph((("x", given.lower(start, {})),))
    return reference.run(graph, {"x": asked})["x"].astype(np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.float16])
def test_each_key_is_normalised_as_its_rows_alone_would_be(dtype):
    rng = np.random.default_rng(0)
    shop, price = prices(rng, 600)
    price = np.clip(price, -6e4, 6e4).astype(dtype)
    found = fitted(shop, price)
    dtype_of = found.schema.columns
    (of,) = {column.dtype for column in dtype_of if column.name == "price"}
    asked = rng.normal(10, 50, 80).astype(dtype)
    for name in SHOPS[:-1]:
        got = found.transform({"shop": np.full(80, name, object), "price": asked})["price"]
        assert got.tobytes() == alone(price[shop == name], asked.astype(of)).tobytes()


@pytest.mark.parametrize("key", [None, "Paris", "oslo"])
def test_an_unseen_or_missing_key_has_the_moments_of_all_rows_or_zero(key):
    rng = np.random.default_rng(1)
    shop, price = prices(rng, 300, dtype=np.float32)
    rows = {"shop": np.full(5, key, object), "price": price[:5]}
    by_all = fitted(shop, price).transform(rows)["price"]
    assert by_all.tobytes() == alone(price, price[:5]).tobytes()
    assert fitted(shop, price, unseen="zero").transform(rows)["price"].tolist() == [0.0] * 5


def test_whole_numbers_are_keys_and_may_be_missing():
    price = np.array([1.0, 3.0, 10.0, 30.0, 5.0])
    for shop in (
        np.array([7, 7, -2, -2, 0]),
        np.array([7.0, 7.0, -2.0, -2.0, np.nan]),
        np.array([7, 7, -2, -2, 0], np.int8),
    ):
        found = fitted(shop, price)
        got = found.transform({"shop": shop[:4], "price": price[:4]})["price"]
        assert got.tolist() == [-1.0, 1.0, -1.0, 1.0]


def test_booleans_are_keys():
    found = fitted(np.array([True, True, False, False]), np.array([1.0, 3.0, 10.0, 30.0]))
    got = found.transform({"shop": np.array([True, False]), "price": np.array([3.0, 10.0])})
    assert got["price"].tolist() == [1.0, -1.0]


def test_whole_numbers_of_arrow_and_pandas_may_have_gaps():
    shop, price = [7, 7, None, -2, -2], [1.0, 3.0, 5.0, 10.0, 30.0]
    for table in (
        pa.table({"shop": pa.array(shop, pa.int16()), "price": price}),
        pd.DataFrame({"shop": pd.array(shop, "Int64"), "price": price}),
    ):
        found = ss.Spec({"price": ss.Normalization(by="shop")}).adapt(table)
        assert found.schema["shop"].kind == "integer"
        assert found.schema["shop"].categories == (-2, 7)
        got = found.transform({"shop": [7, -2, None, 5], "price": [3.0, 10.0, 3.0, 3.0]})["price"]
        assert got[:2].tolist() == [1.0, -1.0]
        assert got[2] == got[3]


@pytest.mark.parametrize("unit", ["M8[D]", "M8[ns]"])
def test_dates_are_no_keys(unit):
    days = np.array(["2026-01-01", "2026-01-02"] * 2, unit)
    with pytest.raises(SpecError, match="'shop' holds dates and times, and a chain reads it as"):
        fitted(days, np.arange(4.0))


def test_a_key_that_is_no_name_is_refused_with_its_row():
    with pytest.raises(DataError, match=r"'price', row 2: .*key 1\.5"):
        fitted(np.array([1.0, 2.0, 1.5]), np.array([1.0, 2.0, 3.0]))


def test_a_key_with_equal_values_divides_by_one():
    shop = np.array(["b", "b", "c", "c"], object)
    found = fitted(shop, np.array([2.0, 2.0, 1.0, 3.0]))
    got = found.transform({"shop": ["b", "b"], "price": [2.0, 1.0]})["price"]
    assert got.tolist() == [0.0, -1.0]


def test_a_key_whose_values_are_all_missing_is_an_unseen_one():
    spec = ss.Spec({"price": [ss.Normalization(by="shop"), ss.Impute("constant", fill_value=0.0)]})
    rows = {"shop": ["a", "b", "b"], "price": [np.nan, 1.0, 3.0]}
    got = spec.adapt(rows).transform({"shop": ["a", "x"], "price": [3.0, 3.0]})["price"]
    assert got.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("axis", [-1, (1, 2), None, (1, 2, 3)])
def test_images_keep_the_entries_of_their_axes_apart(axis):
    rng = np.random.default_rng(2)
    shop = rng.choice(np.array(["a", "b"], object), 60)
    image = rng.integers(0, 256, (60, 4, 3, 2)).astype(np.uint8)
    spec = ss.Spec({"image": ss.Normalization(by="shop", axis=axis)})
    found = spec.adapt({"shop": shop, "image": image})
    for name in ("a", "b"):
        rows = {"shop": np.full(7, name, object), "image": image[:7]}
        want = alone(image[shop == name], image[:7].astype(np.float32), axis)
        assert found.transform(rows)["image"].tobytes() == want.tobytes()


def test_vectors_and_columns_of_one():
    rng = np.random.default_rng(3)
    shop = rng.integers(0, 3, 90)
    for width in (1, 5):
        values = rng.normal(size=(90, width)) * 10.0 ** np.arange(width)
        found = fitted(shop, values.astype(np.float32))
        for key in range(3):
            got = found.transform({"shop": np.full(90, key), "price": values.astype(np.float32)})
            want = alone(values.astype(np.float32)[shop == key], values.astype(np.float32))
            assert got["price"].tobytes() == want.tobytes()


def test_keys_of_every_scale_keep_their_numbers():
    rng = np.random.default_rng(4)
    scales = 10.0 ** np.arange(-30, 31, 6)
    shop = np.repeat(np.arange(len(scales)), 40)
    price = scales[shop] * rng.normal(3, 1, len(shop))
    found = fitted(shop, price.astype(np.float32))
    for key in range(len(scales)):
        rows = price.astype(np.float32)[shop == key]
        got = found.transform({"shop": np.full(40, key), "price": rows})["price"]
        assert got.tobytes() == alone(rows, rows).tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tables_give_any_float_to_the_bit(dtype):
    rng = np.random.default_rng(5)
    info = np.finfo(dtype)
    values = rng.choice([-1.0, 1.0], 300) * np.exp2(rng.uniform(info.minexp, info.maxexp - 1, 300))
    values[:6] = [0.0, info.max, info.min, info.tiny, info.smallest_subnormal, 1.0]
    for width in (1, 3):
        table = values.astype(dtype).reshape(-1, width)
        keys = tuple(f"k{row}" for row in range(1, len(table)))
        key = nodes.Input("key", TensorType("string"))
        shape = (width,) if width > 1 else ()
        node = Tables.of(key, keys, width).floats(table, dtype, shape)
        asked = np.array(["no key", *keys, None], object)
        got = reference.run(nodes.Graph((("x", node),)), {"key": asked})["x"]
        want = np.concatenate([table, table[:1]]).reshape(-1, *shape)
        assert got.tobytes() == want.tobytes()


def test_it_is_undone_by_the_same_keys():
    rng = np.random.default_rng(6)
    shop, price = prices(rng, 400)
    for options in ({}, {"invert": True}):
        found = fitted(shop, price, **options)
        key = nodes.Input("shop", TensorType("string"))
        bound = found.spec.columns["price"][0].with_columns({"shop": key})
        x = nodes.Input("price", TensorType("float64"))
        back = bound.inverse(bound.lower(x, found.learned["price"][0]), found.learned["price"][0])
        asked = {"shop": rng.choice([*SHOPS, "x"], 400), "price": price}
        got = reference.run(nodes.Graph((("x", back),)), asked)["x"]
        np.testing.assert_allclose(got, price, rtol=1e-9, atol=1e-9 * np.abs(price).max())


def test_rows_with_weights_count_as_often():
    rng = np.random.default_rng(7)
    shop, price = prices(rng, 200)
    times = rng.integers(0, 5, 200)
    spec = ss.Spec({"price": ss.Normalization(by="shop")})
    weighted = spec.adapt({"shop": shop, "price": price, "w": times}, weights="w")
    repeated = spec.adapt({"shop": np.repeat(shop, times), "price": np.repeat(price, times)})
    mine, theirs = (one.learned["price"][0]["keyed"] for one in (weighted, repeated))
    for name in ("keys", "mean", "variance"):
        assert mine[name] == theirs[name]


def test_it_follows_transforms_and_is_followed_by_some():
    rng = np.random.default_rng(8)
    shop, price = prices(rng, 300)
    price = np.abs(price)
    chain = [ss.Log1p(), ss.Normalization(by="shop"), ss.Clip(-1.0, 1.0)]
    found = ss.Spec({"price": chain}).adapt({"shop": shop, "price": price})
    got = found.transform({"shop": shop, "price": price})["price"]
    for name in SHOPS[:-1]:
        logs = np.log1p(price[shop == name])
        want = np.clip((logs - logs.mean()) / logs.std(), -1, 1)
        np.testing.assert_allclose(got[shop == name], want, rtol=1e-5, atol=1e-5)


def test_the_key_may_be_a_feature_too():
    rng = np.random.default_rng(9)
    shop, price = prices(rng, 100)
    spec = ss.Spec({"shop": ss.StringLookup(), "price": ss.Normalization(by="shop")})
    got = spec.adapt({"shop": shop, "price": price}).transform({"shop": shop, "price": price})
    assert got["shop"].dtype == np.int64
    alone_ = fitted(shop, price).transform({"shop": shop, "price": price})["price"]
    assert got["price"].tobytes() == alone_.tobytes()


def test_a_bundle_of_configuration_comes_back():
    spec = ss.Spec({"price": ss.Normalization(by="shop", unseen="zero", axis=None)})
    assert ss.Spec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"by": "shop", "mean": 1.0, "variance": 1.0}, "learns a mean for each key"),
        ({"by": ""}, "no column's name"),
        ({"by": ("a", "b")}, "no column's name"),
        ({"by": "shop", "unseen": "error"}, "unseen='error'"),
        ({"unseen": "zero"}, "unseen='zero'"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(arguments, said):
    with pytest.raises(SpecError, match=said):
        ss.Normalization(**arguments)


def test_a_target_has_no_key():
    with pytest.raises(SpecError, match="Target 'y'"):
        ss.Target("y", ss.Normalization(by="shop"))
    bare = ss.Normalization(by="shop")
    for ask in (bare.needs, lambda x: bare.lower(x, {})):
        with pytest.raises(SpecError, match="stands where the column 'shop' isn't read"):
            ask(nodes.Input("y", TensorType("float64")))
    with pytest.raises(NotInvertibleError, match="comes without its key"):
        ss.Normalization(by="shop").inverse(nodes.Input("y", TensorType("float64")), {})


def test_a_key_of_several_entries_is_refused():
    with pytest.raises(SamescaleError, match="has several"):
        fitted(np.zeros((4, 2), np.int64), np.arange(4.0))


def test_order_chunks_and_threads_change_nothing():
    rng = np.random.default_rng(10)
    shop, price = prices(rng, 500)
    spec = ss.Spec({"price": ss.Normalization(by="shop")})
    whole = spec.adapt({"shop": shop, "price": price})
    order = rng.permutation(500)
    parts = ({"shop": shop[r], "price": price[r]} for r in np.array_split(order, 13))
    assert spec.adapt(parts).digest == whole.digest


@pytest.mark.parametrize("least", [2, 3, 5])
def test_a_key_with_too_few_values_is_unseen_and_nowhere_in_what_is_learned(least):
    shop = np.array(["many"] * 5 + ["two"] * 2 + ["only"] + ["gaps"] * 4, object)
    price = np.array([1.0, 2, 3, 4, 5, 50, 70, 12345.678, np.nan, np.nan, np.nan, 77.25])
    options = {"by": "shop", "min_count": least}
    spec = ss.Spec({"price": [ss.Normalization(**options), ss.Impute("constant", fill_value=0.0)]})
    found = spec.adapt({"shop": shop, "price": price})
    kept = ["many"] if least > 2 else ["many", "two"]
    assert found.learned["price"][0]["keyed"]["keys"] == tuple(kept)
    assert found.schema["shop"].categories == tuple(kept)
    written = json.dumps(found.learned["price"][0]["keyed"]["mean"])
    assert "12345" not in written
    assert "77.25" not in written
    rows = {"shop": ["only", "gaps", "elsewhere"], "price": [3.0, 3.0, 3.0]}
    assert len(set(found.transform(rows)["price"].tolist())) == 1


def test_entries_of_a_key_with_too_few_values_go_by_all_rows():
    values = np.array([[1.0, 5.0], [3.0, np.nan], [10.0, 7.0], [30.0, 9.0]])
    shop = np.array(["a", "a", "b", "b"], object)
    chain = [ss.Normalization(by="shop"), ss.Impute("constant", fill_value=0.0)]
    found = ss.Spec({"x": chain}).adapt({"shop": shop, "x": values})
    got = found.transform({"shop": ["a", "x"], "x": np.array([[3.0, 9.0], [3.0, 9.0]])})["x"]
    assert got[0, 0] == 1.0
    assert got[0, 1] == got[1, 1]


def test_a_column_that_differs_in_each_row_is_no_column_of_keys():
    with pytest.raises(DataError, match=r"'price': No key .* has as many values as min_count"):
        fitted(np.arange(5), np.arange(5.0))


@pytest.mark.parametrize("least", [1, 0, -1, 1.5, True])
def test_min_count_is_a_whole_number_from_two_on_and_goes_with_by(least):
    with pytest.raises(SpecError, match="min_count"):
        ss.Normalization(by="shop", min_count=least)
    with pytest.raises(SpecError, match=r"by=None, min_count=5"):
        ss.Normalization(min_count=5)


def test_keys_are_the_categories_of_their_column_most_frequent_first():
    shop = np.array(["b", "a", "a", "b", "a", "c", "c", None], object)
    found = fitted(shop, np.arange(8.0))
    assert found.schema["shop"].categories == ("a", "b", "c")
    assert found.profile.columns["shop"].counts == (3, 2, 2)
    looked_up = ss.Spec({"shop": ss.StringLookup(), "price": ss.Normalization(by="shop")})
    rows = {"shop": ["x", "a", "a"], "price": [1.0, 2.0, 4.0]}
    assert looked_up.adapt(rows).schema["shop"].categories == ("a", "x")


def test_the_guard_tells_an_unseen_key():
    for shop, known, unseen in (
        (np.array(["a", "b"] * 50, object), "a", "z"),
        (np.array([3, 4] * 50), 3, 9),
        (np.array([3.0, 4.0, np.nan, 3.0] * 25), 3.0, 9.0),
    ):
        found = fitted(shop, np.arange(100.0))
        watching = guard.watch(found.schema, found.profile, found.graph)
        missing = [] if shop.dtype.kind == "i" else [(None, False)]
        for key, told in ((known, False), (unseen, True), *missing):
            rows = found.admit({"shop": [key], "price": [5.0]})
            codes = [finding.code for finding in watching.check(rows, 1)]
            assert ("SG201" in codes) == told
