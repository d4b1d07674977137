"""TokenCounts: what is a token, what is counted, and what is refused."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from samescale.errors import DataError, SpecError
from samescale.statistics.token_counts import TokenCounts


def counted(statistic: TokenCounts, *texts: object) -> dict:
    found = statistic.update(np.array([*texts, None], object)[:-1, None]).value()
    return {name: of[0] for name, of in found.items()}


def test_tokens_and_texts_are_counted() -> None:
    found = counted(TokenCounts(documents=True), "b a b", "a", "", None, "c")
    assert found == {
        "rows": 5,
        "longest": 3,
        "values": ["a", "b", "c"],
        "counts": [2, 2, 1],
        "documents": [2, 1, 1],
    }


def test_a_text_is_read_as_it_is_told() -> None:
    assert counted(TokenCounts(lower=True, erase="!"), "A! a!!")["counts"] == [2]
    assert counted(TokenCounts("character"), "aba")["values"] == ["a", "b"]
    assert counted(TokenCounts(None), "a b", "a b", "")["values"] == ["a b"]
    pairs = counted(TokenCounts(ngrams=(2, 1)), "a b c")
    assert sorted(pairs["values"]) == ["a", "a b", "b", "b c", "c"]
    assert pairs["longest"] == 5


def test_only_the_top_is_given_and_all_is_kept() -> None:
    first, second = (np.array([[text]], object) for text in ("a a b", "b b c"))
    statistic = TokenCounts(top=1)
    assert statistic.update(first).value()["values"] == [["a"]]
    both = statistic.update(first).merge(statistic.update(second))
    assert (both.value()["values"], both.value()["counts"]) == ([["b"]], [[3]])
    assert counted(TokenCounts(top=0), "a b") == {
        "rows": 1, "longest": 2, "values": [], "counts": [],
    }  # fmt: skip


def test_weights_change_nothing_where_no_token_is_counted_and_are_refused_elsewhere() -> None:
    batch = np.array([["a"], ["b"]], object)
    weighted = TokenCounts(top=0).weighted().update(batch, np.array([1.0, 9.0]))
    assert weighted == TokenCounts(top=0).update(batch)
    for counts in (TokenCounts(), TokenCounts(documents=True), TokenCounts(top=3)):
        with pytest.raises(SpecError, match="TextVectorization"):
            counts.weighted()


@pytest.mark.parametrize("value", [1, 2.5, b"a", True])
def test_what_is_no_text_is_refused_by_its_row(value) -> None:
    with pytest.raises(DataError, match=r"Row 1 holds .* which isn't text") as caught:
        counted(TokenCounts(), "a", value)
    assert caught.value.details["row"] == 1


def test_nan_is_a_missing_text() -> None:
    assert counted(TokenCounts(), "a", float("nan"))["rows"] == 2


@pytest.mark.parametrize("cut", [1, 3, 7])
def test_too_many_tokens_are_refused_however_they_are_cut(cut) -> None:
    batch = np.array([[f"w{row} w{row + 1}"] for row in range(9)], object)

    def folded(most: int) -> TokenCounts:
        parts = [TokenCounts(max_distinct=most).update(part) for part in np.array_split(batch, cut)]
        return functools.reduce(TokenCounts.merge, parts)

    with pytest.raises(DataError, match="at most 9 are counted"):
        folded(9)
    assert folded(10).value()["longest"] == [2]


def test_other_arguments_can_t_be_merged() -> None:
    for other in (TokenCounts("character"), TokenCounts(documents=True), TokenCounts(top=3)):
        with pytest.raises(DataError, match="can't be merged"):
            TokenCounts().merge(other)
