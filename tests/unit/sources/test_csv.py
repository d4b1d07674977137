from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from samescale import sources
from samescale.errors import SourceError
from samescale.sources.columns import delimited, survey

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(text: str | bytes, name: str = "t.csv") -> Path:
        content = text if isinstance(text, bytes) else text.encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return written


@pytest.fixture
def small_blocks(monkeypatch) -> None:
    """Blocks and a probe so small that a short file has a part behind them."""
    monkeypatch.setattr(delimited, "BLOCK", 1 << 10)
    monkeypatch.setattr(survey, "PROBE", 1 << 12)


def kinds(source: Any) -> dict[str, tuple[str, str]]:
    return {c.name: (c.kind, c.dtype) for c in source.columns}


def values(source: Any, name: str) -> list[Any]:
    return np.concatenate([c.columns[name] for c in source.chunks([name])]).tolist()


@pytest.mark.parametrize(
    ("cells", "kind", "dtype"),
    [
        (["1", "-2"], "integer", "int64"),
        (["1", "2.5"], "number", "float64"),
        (["1e5", "2"], "number", "float64"),
        (["1", "NA"], "integer", "float64"),
        (["true", "False"], "boolean", "bool"),
        (["true", ""], "boolean", "float64"),
        (["2024-01-31", "2024-02-01 10:30"], "datetime", "float64"),
        (["2024-01-31T00:00:00Z", "2024-02-01T10:30:00+02:00"], "datetime", "float64"),
        (["00123", "45"], "string", "string"),
        (["0x1F", "0x20"], "string", "string"),
        (["0", "0.5"], "number", "float64"),
        (["1", "x"], "string", "string"),
        (["1,5", "2,5"], "string", "string"),
        (["99999999999999999999", "1"], "number", "float64"),
        ([" 1", "2 "], "integer", "int64"),
        (["yes", "no"], "string", "string"),
    ],
)
def test_types_are_found(write, cells, kind, dtype):
    lines = "\n".join(f'"{cell}",x' for cell in cells)
    assert kinds(sources.open(write(f"a,b\n{lines}\n")))["a"] == (kind, dtype)


@pytest.mark.parametrize("cell", ["", "NA", "NaN", "nan", "null", "N/A", "None"])
def test_these_cells_are_missing(write, cell):
    source = sources.open(write(f"a,b\n{cell},{cell}\n2,x\n"))
    assert values(source, "b") == [None, "x"]
    assert np.array_equal(values(source, "a"), [np.nan, 2.0], equal_nan=True)


def test_the_texts_for_missing_can_be_given(write):
    source = sources.open(write("a,b\n-,NA\n2,x\n"), missing_values=["-"])
    assert values(source, "b") == ["NA", "x"]
    assert kinds(source)["a"] == ("integer", "float64")


def test_leading_zeros_are_kept(write):
    assert values(sources.open(write("zip\n00123\n45678\n")), "zip") == ["00123", "45678"]


def test_a_column_without_values_is_untyped(write):
    source = sources.open(write("a,b\n1,\n2,\n"))
    assert source.untyped == {"b"}
    assert np.isnan(values(source, "b")).all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("a,b\n", "no rows"),
        ("\n1,2\n", "empty line where its column names are due"),
        ("a,b,a\n1,2,3\n", "The name 'a' stands twice"),
        ("a,b\n1,2\n3\n", r"Row 1 \(line 3\) .* has 1 values, the header has 2"),
        ("a,b\n1,2\n3,4,5\n", r"Row 1 \(line 3\) .* has 3 values, the header has 2"),
        (b"a,b\n1,\xff\xfe\n", "not UTF-8"),
        ("é,b\n1,2\n".encode("latin-1"), "its first line is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "its first line is not UTF-8"),
    ],
)
def test_a_broken_file_is_refused(write, content, message):
    with pytest.raises(SourceError, match=message):
        _ = sources.open(write(content)).columns


def test_a_cut_gz_is_refused(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 100_000)[:300])
    with pytest.raises(SourceError):
        _ = sources.open(path).columns


def test_a_missing_file_is_refused():
    with pytest.raises(SourceError, match=r"no file 'nowhere\.csv'"):
        sources.open("nowhere.csv")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "a;b\n1;2,5\n"),
        ("a.tsv", "a\tb\n1\t2,5\n"),
        ("a.csv", "a|b\n1|2,5\n"),
        ("a.csv.gz", 'a,b\n1,"2,5"\n'),
        ("a.csv", '\ufeffa,b\r\n1,"2,5"\r\n'),
    ],
)
def test_formats_are_found(write, name, text):
    source = sources.open(write(text, name))
    assert (values(source, "a"), values(source, "b")) == ([1], ["2,5"])


def test_a_delimiter_can_be_given(write):
    assert values(sources.open(write("a:b\n1:2\n"), delimiter=":"), "b") == [2]


def test_line_breaks_inside_quotes_are_kept(write):
    assert values(sources.open(write('a,b\n1,"x\ny"\n')), "b") == ["x\ny"]


def test_dtypes_settle_a_column(write):
    source = sources.open(write("a,b\n1,2\n"), dtypes={"a": "string", "b": "number"})
    assert kinds(source) == {"a": ("string", "string"), "b": ("number", "float64")}
    assert values(source, "a") == ["1"]


def test_a_misspelt_column_in_dtypes_is_refused(write):
    with pytest.raises(SourceError, match="Did you mean 'price'"):
        _ = sources.open(write("price\n1\n"), dtypes={"prise": "string"}).columns


def test_an_unknown_dtype_is_refused(write):
    with pytest.raises(SourceError, match="'complex' of column 'a' is not known"):
        _ = sources.open(write("a\n1\n"), dtypes={"a": "complex"}).columns


def test_a_value_that_a_given_dtype_can_t_hold_is_named(write):
    source = sources.open(write("a,b\n1,2\nabc,3\n"), dtypes={"a": "number"})
    with pytest.raises(SourceError, match=r"'a' of .* has the value 'abc' in row 1") as caught:
        list(source.chunks(["a"]))
    assert caught.value.details["row"] == 1
    assert 'dtypes={"a": "string"}' in caught.value.remedy


@pytest.mark.usefixtures("small_blocks")
class TestBehindTheProbe:
    """What stands behind the part of the file that settles the kinds."""

    ROWS = 3_000

    def text(self, tail: str) -> str:
        return "a,b\n" + "1234,5.5\n" * self.ROWS + tail + "1,1\n"

    def test_nothing_new_changes_nothing(self, write):
        source = sources.open(write(self.text("")))
        assert kinds(source) == {"a": ("integer", "int64"), "b": ("number", "float64")}
        assert source.rows == self.ROWS + 1

    def test_a_float_widens_integers(self, write):
        source = sources.open(write(self.text("1.5,1\n")))
        assert kinds(source)["a"] == ("number", "float64")
        assert values(source, "a")[self.ROWS] == 1.5

    def test_a_gap_widens_integers(self, write):
        source = sources.open(write(self.text(",1\n")))
        assert kinds(source)["a"] == ("integer", "float64")
        assert np.isnan(values(source, "a")[self.ROWS])

    def test_a_code_makes_text(self, write):
        source = sources.open(write(self.text("0123,1\n")))
        assert values(source, "a")[self.ROWS - 1 :] == ["1234", "0123", "1"]

    def test_text_among_integers_is_named(self, write):
        with pytest.raises(SourceError, match=f"'abc' in row {self.ROWS}"):
            _ = sources.open(write(self.text("abc,1\n"))).columns

    def test_text_among_floats_is_named(self, write):
        source = sources.open(write(self.text("1,abc\n")))
        with pytest.raises(SourceError, match=f"'b' of .* has the value 'abc' in row {self.ROWS}"):
            list(source.chunks(["a", "b"]))

    def test_a_short_row_is_named(self, write):
        with pytest.raises(SourceError, match=rf"Row {self.ROWS} \(line {self.ROWS + 2}\)"):
            _ = sources.open(write(self.text("1\n"))).columns

    def test_only_floats_are_not_read_twice(self, write):
        source = sources.open(write("a\n" + "1.5\n" * self.ROWS))
        assert source.rows is None
        assert len(values(source, "a")) == self.ROWS

    def test_a_late_first_value_gives_the_type(self, write):
        source = sources.open(write("a,b\n" + ",1.5\n" * self.ROWS + "7,1.5\n"))
        assert kinds(source)["a"] == ("integer", "float64")
