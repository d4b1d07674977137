from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from samescale import sources
from samescale.errors import SourceError
from samescale.sources.columns import lines

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(text: str, name: str = "t.jsonl") -> Path:
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
        return path

    return written


def column(source: Any, name: str) -> np.ndarray:
    return np.concatenate([chunk.columns[name] for chunk in source.chunks([name])])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1\n', "Line 1 .* is no JSON object"),
        ('{"a": 1}\n[2]\n', "Line 2 .* is list, not an object"),
        ('{"a": 1, "a": 2}\n', "a key stands twice"),
        ("\n\n", "has no rows"),
        ('{"a": ' + "[" * 100_000 + "\n", "is no JSON object"),
    ],
)
def test_a_broken_file_is_refused(write, text, message):
    with pytest.raises(SourceError, match=message):
        _ = sources.open(write(text)).columns


def test_an_absent_key_is_a_missing_value(write):
    source = sources.open(write('{"a": 1}\n{"b": "x"}\n{"a": 2, "b": null}\n'))
    assert np.array_equal(column(source, "a"), [1.0, np.nan, 2.0], equal_nan=True)
    assert column(source, "b").tolist() == [None, "x", None]


def test_a_key_that_comes_late_is_a_column(write, monkeypatch):
    monkeypatch.setattr(lines, "_BLOCK", 2)
    source = sources.open(write('{"a": 1}\n' * 5 + '{"a": 1, "b": 2}\n'))
    assert [(c.name, c.dtype, c.nullable) for c in source.columns] == [
        ("a", "int64", False),
        ("b", "float64", True),
    ]
    assert column(source, "b")[-1] == 2


def test_integers_widen_to_numbers_in_a_later_block(write, monkeypatch):
    monkeypatch.setattr(lines, "_BLOCK", 2)
    source = sources.open(write('{"a": 1}\n' * 5 + '{"a": 1.5}\n'))
    assert column(source, "a").tolist() == [1.0] * 5 + [1.5]


@pytest.mark.parametrize("block", [2, 100])
def test_mixed_kinds_are_refused_when_asked_for(write, monkeypatch, block):
    monkeypatch.setattr(lines, "_BLOCK", block)
    source = sources.open(write('{"a": 1, "z": 1}\n' * 5 + '{"a": "x", "z": 2}\n'))
    assert [c.name for c in source.columns] == ["z"]
    with pytest.raises(SourceError, match="Column 'a'"):
        list(source.chunks(["a"]))


def test_mixed_kinds_can_be_read_as_text(write):
    source = sources.open(write('{"a": 1}\n{"a": "x"}\n'), dtypes={"a": "string"})
    assert column(source, "a").tolist() == ["1", "x"]


def test_a_list_of_one_length_is_an_entry_with_a_shape(write):
    source = sources.open(write('{"a": [1, 2]}\n{"a": [3.5, 4]}\n'))
    assert source.columns[0].shape == (2,)
    assert column(source, "a").tolist() == [[1.0, 2.0], [3.5, 4.0]]


@pytest.mark.parametrize("value", ['{"b": 1}', "[[1], [1, 2]]"])
def test_nested_values_are_refused_when_asked_for(write, value):
    source = sources.open(write(f'{{"a": {value}, "z": 1}}\n'))
    assert list(source.refused) == ["a"]


def test_text_that_is_a_date_in_every_line_is_a_date(write):
    dates = '{"a": "1970-01-02", "b": "1970-01-02"}\n{"a": "1970-01-01T00:00:01Z", "b": "x"}\n'
    source = sources.open(write(dates, "t.ndjson.gz"))
    assert [c.kind for c in source.columns] == ["datetime", "string"]
    assert column(source, "a").tolist() == [86_400.0, 1.0]


@pytest.mark.parametrize("texts", [["20200101", "20210101"], ["2020-W01", "2021-W03"]])
def test_codes_that_could_be_dates_are_texts(write, texts):
    source = sources.open(write("".join(f'{{"a": "{text}"}}\n' for text in texts)))
    assert column(source, "a").tolist() == texts
