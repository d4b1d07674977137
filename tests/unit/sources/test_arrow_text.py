"""Text as Arrow has it, for whoever asks: the same rows, nothing converted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from samescale import sources
from samescale.engines._gather import gathered
from samescale.errors import SourceError
from samescale.sources.columns import arrow
from samescale.statistics.counter import Counter

WORDS = [None if i % 11 == 0 else f"word {i % 7}" for i in range(200)]
TABLE = pa.table({"s": WORDS, "n": range(200)})


def joined(source: Any, name: str, **options: Any) -> tuple[list[Any], list[Any]]:
    arrays = [chunk.columns[name] for chunk in source.chunks([name], **options)]
    return arrays, [value for array in arrays for value in arrow.objects(array).tolist()]


def tables(folder: Any) -> dict[str, Any]:
    parquet.write_table(TABLE, folder / "t.parquet", row_group_size=60)
    parquet.write_table(TABLE, folder / "plain.parquet", use_dictionary=False)
    csv.write_csv(TABLE, folder / "t.csv")
    return {
        "table": TABLE,
        "categories": TABLE.set_column(0, "s", TABLE["s"].dictionary_encode()),
        "view": TABLE.set_column(0, "s", TABLE["s"].cast(pa.string_view())),
        "reader": TABLE.to_reader(50),
        "polars": pytest.importorskip("polars").from_arrow(TABLE),
        "parquet": folder / "t.parquet",
        "plain": folder / "plain.parquet",
        "files": [folder / "t.parquet", folder / "plain.parquet"],
        "batches": (TABLE[start : start + 30] for start in range(0, 200, 30)),
        "csv": folder / "t.csv",
    }


@pytest.mark.parametrize("rows", [7, 64, 65_536])
def test_text_comes_as_arrow_where_it_is_arrow(rows, tmp_path):
    for kind, data in tables(tmp_path).items():
        source = sources.open(data)
        arrays, values = joined(source, "s", rows=rows, arrow=True)
        assert not any(isinstance(array, np.ndarray) for array in arrays), kind
        assert values == (WORDS * 2 if kind == "files" else WORDS), kind
        assert max(map(len, arrays)) <= rows
        assert values == joined(source, "s", rows=rows)[1], kind
        assert all(isinstance(array, np.ndarray) for array in joined(source, "s", rows=rows)[0])
        source.close()


def test_numbers_come_as_ever(tmp_path):
    for kind, data in tables(tmp_path).items():
        source = sources.open(data)
        arrays, _ = joined(source, "n", arrow=True)
        assert all(array.dtype == np.int64 for array in arrays), kind
        source.close()


def test_sources_of_objects_give_objects():
    for data in ({"s": WORDS}, [{"s": word} for word in WORDS]):
        arrays, values = joined(sources.open(data), "s", arrow=True)
        assert isinstance(arrays[0], np.ndarray)
        assert values == WORDS


def test_parquet_gives_codes_of_the_files_own_dictionaries(tmp_path):
    parquet.write_table(TABLE, tmp_path / "t.parquet", row_group_size=60)
    arrays, _ = joined(sources.open(tmp_path / "t.parquet"), "s", arrow=True)
    assert {str(array.type) for array in arrays} == {
        "dictionary<values=string, indices=int32, ordered=0>"
    }


@pytest.mark.parametrize("option", [{"use_dictionary": False}, {}])
def test_parquet_without_useful_dictionaries_is_read_as_text(option, tmp_path):
    ids = pa.table({"s": [f"an identifier of its own: {i}" for i in range(200_000)]})
    parquet.write_table(ids, tmp_path / "t.parquet", **option)
    arrays, values = joined(sources.open(tmp_path / "t.parquet"), "s", arrow=True)
    assert {str(array.type) for array in arrays} == {"string"}
    assert values == ids["s"].to_pylist()


def test_a_column_without_text_in_one_part_is_missing_there():
    parts = [pa.table({"s": ["a", None]}), pa.table({"s": pa.nulls(2)}), pa.table({"s": ["b"]})]
    source = sources.open(parts)
    arrays = [chunk.columns["s"] for chunk in source.chunks(["s"], arrow=True)]
    assert [v for a in arrays for v in arrow.objects(a).tolist()] == ["a", None, None, None, "b"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_objects_of_every_kind(kind):
    array = pa.array(["a", None, "é\0", ""], kind)
    coded = pa.DictionaryArray.from_arrays(pa.array([3, None, 1, 0], pa.int8()), array)
    assert arrow.objects(array[1:]).tolist() == [None, "é\0", ""]
    assert arrow.objects(pa.chunked_array([array, array[:1]])).tolist()[3:] == ["", "a"]
    assert arrow.objects(pa.chunked_array([], kind)).tolist() == []
    assert arrow.objects(coded).tolist() == ["", None, None, "a"]


def test_what_is_no_utf8_is_refused():
    text = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff"]).buffers())
    with pytest.raises(SourceError, match="isn't text in UTF-8"):
        arrow.objects(text)
    with pytest.raises(SourceError, match="isn't text in UTF-8"):
        next(sources.open(pa.table({"s": text})).chunks(["s"]))


@pytest.mark.parametrize("encode", [False, True])
def test_small_chunks_are_joined_without_a_copy(encode):
    column = TABLE["s"].combine_chunks()
    column = column.dictionary_encode() if encode else column
    source = sources.open(pa.table({"s": column, "n": TABLE["n"]}))
    chunks = list(gathered(source.chunks(["s", "n"], rows=9, arrow=True)))
    assert [(chunk.start, chunk.rows) for chunk in chunks] == [(0, 200)]
    assert chunks[0].columns["n"].tolist() == list(range(200))
    assert arrow.objects(chunks[0].columns["s"]).tolist() == WORDS
    counted = Counter().update(chunks[0].columns["s"])
    assert counted == Counter().update(np.array(WORDS, object)[:, None])


def test_chunks_of_different_types_are_kept_apart():
    parts = [pa.table({"s": ["a"]}), pa.table({"s": pa.array(["b"]).dictionary_encode()})]
    chunks = list(gathered(sources.open(parts).chunks(["s"], arrow=True)))
    assert [arrow.objects(chunk.columns["s"]).tolist() for chunk in chunks] == [["a"], ["b"]]
