"""Hashing: the bins of `docs/format.md`, and Keras' arguments."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import SpecError
from samescale.ir.hashing import bucket

WORDS = ["Bern", "a", None, "東京", "", "12", "-7"]


def bins(transform: ss.Hashing, values) -> np.ndarray:
    return ss.Spec({"x": transform}).adapt({"x": values}).transform({"x": values})["x"]


@pytest.mark.parametrize("salt", [None, 0, 1, 2**64 - 1])
def test_bins_are_those_of_the_specification(salt) -> None:
    assert bins(ss.Hashing(1000, salt=salt), WORDS).tolist() == [
        bucket(word, 1000, salt or 0) for word in WORDS
    ]


def test_the_vectors_of_the_format() -> None:
    assert bins(ss.Hashing(1000), WORDS).tolist() == [740, 429, 195, 503, 483, 995, 6]
    assert bins(ss.Hashing(1000), np.array([12, -7])).tolist() == [995, 6]


@pytest.mark.parametrize("dtype", [np.int8, np.uint32, np.int64])
def test_a_number_falls_where_its_text_falls(dtype) -> None:
    numbers = np.arange(100, dtype=dtype)
    assert (
        bins(ss.Hashing(13), numbers).tolist()
        == bins(ss.Hashing(13), [*map(str, numbers)]).tolist()
    )


def test_a_column_without_a_value_is_text() -> None:
    fitted = ss.Spec({"x": ss.Hashing(1000)}).adapt({"x": [None, None]})
    assert fitted.transform({"x": ["a", None]})["x"].tolist() == [429, 195]


@pytest.mark.parametrize("values", [[*map(str, range(500)), None, "7"], np.arange(500)])
@pytest.mark.parametrize("num_bins", [2, 3, 10])
def test_bin_0_holds_the_mask_and_nothing_else(values, num_bins) -> None:
    mask = "7" if isinstance(values, list) else 7
    got = bins(ss.Hashing(num_bins, mask_value=mask), values)
    masked = np.array([value in {mask, None} for value in values])
    np.testing.assert_array_equal(got == 0, masked)
    assert set(got[~masked].tolist()) == set(range(1, num_bins))


def test_the_other_bins_are_as_full_as_without_a_mask() -> None:
    values = [*map(str, range(2000))]
    free = np.bincount(bins(ss.Hashing(4), values), minlength=4)
    masked = np.bincount(bins(ss.Hashing(5, mask_value="-"), values), minlength=5)
    assert sorted(masked[1:]) == sorted(free)


@pytest.mark.parametrize("mask", [None, "b"])
def test_an_encoding_behind_it_knows_how_many_bins_there_are(mask) -> None:
    chain = [ss.Hashing(6, mask_value=mask), ss.CategoryEncoding(output_mode="one_hot")]
    values = ["a", "b", "c"]
    inside = ss.Hashing(6, mask_value=mask, output_mode="one_hot")
    got = ss.Spec({"x": chain}).adapt({"x": values}).transform({"x": values})["x"]
    np.testing.assert_array_equal(got, bins(inside, values))
    assert got.shape == (3, 6)


@pytest.mark.parametrize(
    ("transform", "values", "said"),
    [
        (ss.Hashing(3), [1.5, 2.0], "strings and whole numbers"),
        (ss.Hashing(3, mask_value=""), [1, 2], "isn't of the column's type int64"),
        (ss.Hashing(3, mask_value=0), ["a"], "isn't of the column's type string"),
    ],
)
def test_what_can_t_be_hashed_is_refused_by_name(transform, values, said) -> None:
    with pytest.raises(SpecError, match=f"'x': .*{said}"):
        ss.Spec({"x": transform}).adapt({"x": values})


@pytest.mark.keras
@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_shapes_and_the_mask_are_as_in_keras(mode) -> None:
    pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    values = np.array([["a", "", "b"], ["", "", "a"]], object)
    layer = keras.layers.Hashing(4, mask_value="", output_mode=mode)
    theirs = keras.ops.convert_to_numpy(layer(values.astype(str)))
    ours = bins(ss.Hashing(4, mask_value="", output_mode=mode), values)
    assert ours.shape == theirs.shape
    # The other bins are another hash's: of what differs by value, only the mask is comparable.
    if mode == "int":
        np.testing.assert_array_equal(ours == 0, theirs == 0)
    else:
        np.testing.assert_array_equal(ours[..., 0], theirs[..., 0])
