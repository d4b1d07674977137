"""Which rows and pictures `adapt` samples, and what of them it gives to be learned."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import SpecError
from samescale.profile import samples
from samescale.schema import Column

ROWS = 900


class Told:
    """Stands for what learns, and keeps what it was told."""

    def __init__(self, *told, **more) -> None:
        self.told, self.more = told, more
        self.names = told[0] if len(told) > 1 else ()

    learn = from_arrays = classmethod(lambda cls, *told, **more: cls(*told, **more))


@pytest.fixture
def told(monkeypatch):
    """What `adapt` gives to be learned: the profile that holds it."""
    monkeypatch.setattr(samples, "Reference", Told)
    monkeypatch.setattr(samples, "Pictures", Told)


def table() -> dict[str, object]:
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, ROWS).astype(float)
    age[::9] = np.nan
    return {
        "income": rng.lognormal(10, 1, ROWS).astype(np.float32),
        "age": age,
        "rooms": rng.integers(1, 9, ROWS),
        "sold": rng.random(ROWS) < 0.3,
        "city": rng.choice(np.array(["Rome", "Oslo"], object), ROWS),
        "day": np.datetime64("2026-01-01") + rng.integers(0, 90, ROWS),
        "image": rng.integers(0, 256, (ROWS, 4, 5, 3), np.uint8),
        "vector": rng.normal(size=(ROWS, 7)),
        "price": rng.normal(300, 90, ROWS),
    }


SPEC = ss.Spec(
    {
        "income": [ss.Log1p(), ss.Normalization()],
        "age": [ss.Impute("median"), ss.Normalization()],
        "rooms": [ss.IntegerLookup(), ss.CategoryEncoding(output_mode="one_hot")],
        "sold": ss.Normalization(),
        "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
        "day": ss.Normalization(),
        "image": ss.Normalization(axis=-1),
        "vector": ss.Normalization(),
    },
    target=ss.Target("price", ss.Normalization()),
)
NUMBERS = ("income", "age", "rooms", "sold")


def test_plain_numbers_are_learned_together_as_they_come(told):
    data = table()
    found = SPEC.adapt(data).profile.table
    names, sample = found.told
    assert tuple(names) == NUMBERS
    want = np.column_stack([np.float64(data[name]) for name in NUMBERS])
    assert sample.dtype == np.float64
    key = lambda rows: sorted(map(tuple, np.nan_to_num(rows, nan=-1.0).tolist()))  # noqa: E731
    assert key(sample) == key(want)


def test_what_is_exact_is_told_beside_the_sample(told):
    data = table()
    more = SPEC.adapt(data).profile.table.more
    columns = [np.float64(data[name]) for name in NUMBERS]
    assert more["rows"] == ROWS
    assert more["scaled"] is None
    for name, of in [("low", np.nanmin), ("high", np.nanmax)]:
        assert more[name].tolist() == [of(column) for column in columns]
    for name, of in [("mean", np.nanmean), ("deviation", np.nanstd)]:
        np.testing.assert_allclose(more[name], [of(column) for column in columns], rtol=1e-9)


def test_pictures_are_learned_by_themselves(told):
    data = table()
    found = SPEC.adapt(data).profile.pictures
    assert [*found] == ["image"]
    sample = found["image"].told[0]
    assert sample.dtype == np.uint8
    assert sample.shape == (ROWS, 4, 5, 3)
    assert {picture.tobytes() for picture in sample} == {p.tobytes() for p in data["image"]}
    assert found["image"].more == {"rows": ROWS}


@pytest.mark.parametrize("threads", [1, 3])
def test_the_order_of_the_rows_and_who_folds_them_say_nothing(told, threads):
    data, order = table(), np.random.default_rng(1).permutation(ROWS)
    first = SPEC.adapt(data, threads=1).profile
    shuffled = {name: np.asarray(column)[order] for name, column in data.items()}
    batches = ({k: v[i : i + 70] for k, v in shuffled.items()} for i in range(0, ROWS, 70))
    second = SPEC.adapt(batches, threads=threads).profile
    assert first.table.told[1].tobytes() == second.table.told[1].tobytes()
    assert [*map(repr, first.table.more.values())] == [*map(repr, second.table.more.values())]
    pictures = [profile.pictures["image"].told[0].tobytes() for profile in (first, second)]
    assert pictures[0] == pictures[1]


def test_of_many_rows_there_are_no_more_than_a_few(told):
    data = {"x": np.random.default_rng(2).normal(size=60_000), "y": np.arange(60_000) % 2}
    spec = ss.Spec({"x": ss.Normalization(), "y": ss.Normalization()})
    found = spec.adapt(data).profile.table
    assert found.told[1].shape == (9_600, 2)
    assert found.more["rows"] == 60_000
    often = ss.Spec({"y": ss.Normalization()}).adapt(data).profile.table
    assert often.told[1].shape == (9_600, 1)
    assert often.told[1].mean() == 0.5


def test_a_row_of_weight_0_is_not_there(told):
    data = {"x": [1.0, 2.0, 3.0], "w": [1.0, 0.0, 5.0]}
    found = ss.Spec({"x": ss.Normalization()}).adapt(data, weights="w").profile.table
    assert sorted(found.told[1][:, 0].tolist()) == [1.0, 3.0]
    assert found.more["rows"] == 2


def test_a_column_of_nothing_has_no_extent(told):
    data = {"x": [1.0, 2.0], "y": np.array([np.nan, np.nan])}
    spec = ss.Spec({"x": ss.Normalization(), "y": [ss.Impute("constant", 0), ss.Normalization()]})
    found = spec.adapt(data).profile.table
    assert np.isnan([found.more[name][1] for name in ("low", "high", "mean", "deviation")]).all()


def test_a_column_at_the_ends_of_float64_is_left_out(told):
    data = {"x": [1.0, 2.0], "y": [1.7e308, -1.7e308], "z": [0.0, 5e-324], "w": [3.0, 4.0]}
    spec = ss.Spec({name: ss.Clip(-1, 1) for name in data})
    table = spec.adapt(data, scaled={"w": (7.0, 2.0)}).profile.table
    assert table.told[0] == ["x", "w"]
    assert sorted(table.told[1].tolist()) == [[1.0, 3.0], [2.0, 4.0]]
    assert table.more["scaled"][0].tolist() == [0.0, 7.0]
    assert spec.adapt({**data, "x": data["y"], "w": data["z"]}).profile.table is None


def test_text_and_vectors_alone_have_neither(told):
    profile = ss.Spec({"city": ss.StringLookup()}).adapt(table()).profile
    assert profile.table is None
    assert dict(profile.pictures) == {}
    assert profile.to_arrays() == {}


def test_what_the_scaler_outside_used_is_told(told):
    scaled = {"age": (38.6, 13.7), "sold": (np.float32(0.5), 2)}
    mean, deviation = SPEC.adapt(table(), scaled=scaled).profile.table.more["scaled"]
    assert mean.tolist() == [0.0, 38.6, 0.0, 0.5]
    assert deviation.tolist() == [1.0, 13.7, 1.0, 2.0]
    assert SPEC.adapt(table(), scaled={}).profile.table.more["scaled"] is None


@pytest.mark.parametrize(
    ("scaled", "said"),
    [
        ({"aeg": (1, 2)}, "'aeg', which is no plain column of numbers.*Did you mean 'age'"),
        ({"city": (1, 2)}, "'city', which is no plain column"),
        ({"price": (1, 2)}, "'price', which is no plain column"),
        ({"image": (1, 2)}, "'image', which is no plain column"),
        ({"age": 3.0}, r"scaled\['age'\] is 3.0, no pair"),
        ({"age": (1, 2, 3)}, "no pair"),
        ({"age": ("1", 2)}, "no pair"),
        ({"age": (True, 2)}, "no pair"),
        ({"age": (1.0, 0.0)}, "a standard deviation of 0.0.*above 0"),
        ({"age": (1.0, -2.0)}, "above 0"),
        ({"age": (np.nan, 1.0)}, "a mean of nan"),
        ({"age": (0.0, np.inf)}, "finite"),
        ([("age", (1, 2))], "of type list, and names no columns"),
    ],
)
def test_what_is_said_of_a_scaler_is_checked(told, scaled, said):
    with pytest.raises(SpecError, match=f"(?s){said}"):
        SPEC.adapt(table(), scaled=scaled)


def test_where_there_is_no_number_a_scaler_can_t_be_named(told):
    with pytest.raises(SpecError) as caught:
        ss.Spec({"city": ss.StringLookup()}).adapt({"city": ["Rome"]}, scaled={"city": (1, 2)})
    assert caught.value.remedy == "There are none, so leave it out."


def test_wide_tables_and_large_pictures_are_left_out(told):
    plain = [Column(f"c{i}", "float64") for i in range(1_025)]
    assert samples.numeric(plain) == ()
    assert len(samples.numeric(plain[1:])) == 1_024
    large = Column("image", "uint8", (4_000, 3_000, 3), "integer")
    small = Column("image", "uint8", (224, 224, 3), "integer")
    assert samples.pictured([large]) == ()
    assert samples.pictured([small]) == ("image",)
