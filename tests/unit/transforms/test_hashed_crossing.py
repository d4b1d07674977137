"""HashedCrossing: the bins of `docs/format.md`, read from the page, as are those of Hashing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import samescale as ss
from samescale.errors import SpecError
from samescale.ir.hashing import bucket, hash64
from samescale.transforms.hashed_crossing import HashedCrossing

PAGE = Path(__file__).parents[3] / "docs" / "format.md"


def vectors() -> tuple[list[list[str]], list[list[str]]]:
    """The rows of both tables of the page."""
    section = (
        PAGE.read_text(encoding="utf-8").partition("## Hashed columns")[2].partition("\n## ")[0]
    )
    tables = re.findall(r"\|---.*\n((?:\|.*\n)+)", section)
    single, crossed = ([row.strip("| ").split(" | ") for row in t.splitlines()] for t in tables)
    return single, crossed


def value(shown: str) -> str | int | None:
    plain = {"missing": None, "(empty)": ""}
    if shown in plain:
        return plain[shown]
    text = shown.strip("`")
    return int(text) if text.lstrip("-").isdigit() else text


SINGLE, CROSSED = vectors()


def crossed(values: list, bins: int, salt: int | None = None) -> int:
    columns = {f"c{place}": column(one) for place, one in enumerate(values)}
    spec = ss.Spec({"x": HashedCrossing(tuple(columns), bins, salt)})
    return int(spec.adapt(columns).transform(columns)["x"][0])


def column(one: str | int | None) -> np.ndarray:
    return np.array([one, one], np.int64) if isinstance(one, int) else np.array([one, "z"], object)


@pytest.mark.parametrize("row", SINGLE, ids=lambda row: row[0])
def test_the_hash_s_vectors_on_the_page(row) -> None:
    given, hashed, unsalted, salted = value(row[0]), int(row[1], 16), int(row[2]), int(row[3])
    assert hash64(given) == hashed
    for salt, wanted in ((0, unsalted), (1, salted)):
        assert bucket(given, 1000, salt) == wanted
        fitted = ss.Spec({"x": ss.Hashing(1000, salt=salt)}).adapt({"x": column(given)})
        assert fitted.transform({"x": column(given)})["x"][0] == wanted


@pytest.mark.parametrize("row", CROSSED, ids=lambda row: row[0])
def test_the_crossing_s_vectors_on_the_page(row) -> None:
    values = [value(one) for one in row[0].split(", ")]
    assert crossed(values, 1000) == int(row[1])
    assert crossed(values, 1000, 1) == int(row[2])
    assert crossed(values, 2**31 - 1) == int(row[3])


def test_the_page_has_vectors() -> None:
    assert len(SINGLE) >= 7
    assert len(CROSSED) >= 7


def test_combinations_fill_the_bins_evenly() -> None:
    rng = np.random.default_rng(0)
    columns = {"a": np.repeat(np.arange(250), 256), "b": np.tile(np.arange(256), 250)}
    spec = ss.Spec({"x": HashedCrossing(("a", "b"), 64)})
    fitted = spec.adapt({name: rng.permutation(values) for name, values in columns.items()})
    counts = np.bincount(fitted.transform(columns)["x"], minlength=64)
    assert 850 < counts.min() <= counts.max() < 1150


def test_a_combination_is_another_than_its_reverse_and_its_parts() -> None:
    many = 2**31 - 1
    given = [crossed(["a", "b"], many), crossed(["b", "a"], many), crossed(["a", "a"], many)]
    given += [bucket("a", many), bucket("ab", many), crossed(["a", "b", "b"], many)]
    assert len(set(given)) == len(given)


def test_one_hot_is_of_the_bin() -> None:
    columns = {"a": ["p", "q", None], "b": [1, 2, 3]}
    bins = ss.Spec({"x": HashedCrossing(("a", "b"), 9)}).adapt(columns).transform(columns)["x"]
    hot = ss.Spec({"x": HashedCrossing(("a", "b"), 9, output_mode="one_hot")}).adapt(columns)
    np.testing.assert_array_equal(hot.transform(columns)["x"], np.eye(9, dtype=np.float32)[bins])


def test_it_stands_beside_other_features_of_its_columns() -> None:
    spec = ss.Spec({"city": ss.StringLookup(), "both": HashedCrossing(("city", "shop"), 1000)})
    columns = {"city": ["Bern", "Rome"], "shop": [12, 7]}
    fitted = spec.adapt(columns)
    assert [one.name for one in fitted.schema.columns] == ["city", "shop"]
    assert fitted.transform(columns)["both"][0] == int(CROSSED[0][1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"columns": ("a",)}, "Name two columns"),
        ({"columns": ("a", "a")}, "Name two columns"),
        ({"columns": None}, "Name two columns"),
        ({"columns": "ab"}, "not a list of strings"),
        ({"num_bins": 0}, r"Give 1…"),
        ({"num_bins": True}, "not a whole number"),
        ({"salt": -1}, "Give one whole number of 0…"),
        ({"salt": (1, 2)}, "Give one whole number of 0…"),
        ({"output_mode": "count"}, "It is one of int, one_hot"),
    ],
)
def test_what_can_t_be_is_refused_by_name(arguments, said) -> None:
    with pytest.raises(SpecError, match=said):
        HashedCrossing(**{"columns": ("a", "b"), "num_bins": 3, **arguments})


@pytest.mark.parametrize("other", [[1.5, 2.0], [[1, 2], [3, 4]]])
def test_what_is_no_name_is_refused(other) -> None:
    with pytest.raises(SpecError, match=r"'x': .*one string or whole number a row, and 'b' is"):
        ss.Spec({"x": HashedCrossing(("a", "b"), 3)}).adapt({"a": ["p", "q"], "b": other})


def test_columns_are_given_by_a_spec() -> None:
    with pytest.raises(SpecError, match="given by a Spec"):
        HashedCrossing(("a", "b"), 3).lower(None, {})
