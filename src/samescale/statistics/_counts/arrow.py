"""Arrow arrays of text, read through their own methods: pyarrow isn't imported below `sources`."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale import native
from samescale.errors import DataError
from samescale.native import strings as kernels
from samescale.statistics._counts.texts import Texts
from samescale.statistics._counts.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.ir.types import Array
    from samescale.statistics._counts.distinct import Distinct

# The offsets of text, by the name of its type.
_OFFSETS: dict[str, type[np.signedinteger[Any]]] = {"string": np.int32, "large_string": np.int64}
_SHOWN = 40


def is_arrow(batch: object) -> bool:
    """Whether `batch` is an array of pyarrow."""
    return type(batch).__module__.partition(".")[0] == "pyarrow"


def pieces(array: Any) -> Iterator[tuple[int, Any]]:
    """The arrays that a chunked one consists of, each with the number of its first row."""
    start = 0
    for chunk in getattr(array, "chunks", (array,)):
        yield start, chunk
        start += len(chunk)


def counted(array: Any, start: int = 0) -> Distinct:
    """The counts of an Arrow array of text.

    Args:
        array: The array.
        start: The number of its first row.

    Raises:
        DataError: If a text isn't UTF-8 (`row`), or it is no text.
    """
    array = _plain(array)
    if not native.available("strings"):
        found = array.value_counts()
        return _by_python(found.field(0), np.asarray(found.field(1)), (start, array))
    with kernels.table() as table:
        table.add(_strings(array))
        return _checked(*table.strings(), start)


def weighted(entries: Sequence[tuple[Any, Array]]) -> Distinct:
    """The counts of several dictionaries, Arrow arrays of text, together.

    Args:
        entries: Each dictionary, and how often each of its entries occurs, int64.

    Raises:
        DataError: If a text isn't UTF-8, or it is no text.
    """
    plain = [(_plain(dictionary), counts) for dictionary, counts in entries]
    if not native.available("strings"):
        return Words.union([_by_python(dictionary, counts) for dictionary, counts in plain])
    with kernels.table(max(len(counts) for _, counts in plain)) as table:
        for dictionary, counts in plain:
            table.add(_strings(dictionary), counts)
        return _checked(*table.strings(), None)


def coded(array: Any) -> tuple[list[str], Array]:
    """The distinct texts of an Arrow array, and the code of each row, int64.

    The code is the text's place, from 1 on; 0 is a missing text.

    Raises:
        DataError: If a text isn't UTF-8 (`row`), or it is no text.
    """
    array = _joined(array)
    if not str(array.type).startswith("dictionary"):
        return _coded(_plain(array), 0)
    entries = _entries(array)
    if len(array.dictionary) > len(array):
        return _coded(_plain(array.dictionary).take(array.indices), 0)
    texts, places = _coded(_plain(array.dictionary), None)
    codes = np.append(places, 0)[entries]
    # An entry that no row holds is none of the texts.
    there = np.bincount(codes, minlength=len(texts) + 1) > 0
    there[0] = False
    kept = np.flatnonzero(there[1:]).tolist()
    return [texts[place] for place in kept], np.where(there, np.cumsum(there), 0)[codes]


def _joined(array: Any) -> Any:
    """The chunks of an array as one."""
    chunks = getattr(array, "chunks", None)
    if chunks is None:
        return array
    if str(array.type).startswith("dictionary"):
        for chunk in chunks:
            _entries(chunk)
        # Arrow doesn't join dictionaries of which one holds a missing entry.
        if any(chunk.dictionary.null_count for chunk in chunks):
            array = array.cast("large_string")
    return array.combine_chunks()


def _entries(array: Any) -> Array:
    """Which entry of its dictionary each row is, int64; a missing row the one after the last.

    Raises:
        DataError: If a row's entry isn't in the dictionary.
    """
    indices, size = whole(array).indices, len(array.dictionary)
    gaps = np.asarray(indices.is_null())
    codes = np.asarray(indices.fill_null(0)).astype(np.int64)
    check(codes[~gaps], size)
    codes[gaps] = size
    return codes


def check(codes: Array, size: int) -> None:
    """Check that every code is one of a dictionary of `size` entries.

    Raises:
        DataError: If one isn't.
    """
    odd = codes[(codes < 0) | (codes >= size)]
    if len(odd):
        raise DataError(
            f"Code {int(odd[0])} isn't in a dictionary of {size} entries.",
            remedy="The Arrow array is damaged: write it again.",
            value=int(odd[0]),
        )


def whole(array: Any) -> Any:
    """The array, if its buffers are as long as it says; Arrow doesn't look when it reads a file.

    Raises:
        DataError: If they aren't, or if it is of views, and one of them isn't in its buffer.
    """
    try:
        # Whether it is text, is looked at later.
        views = str(array.type) == "string_view"
        (array.view("binary_view") if views else array).validate(full=views)
    except (ValueError, IndexError) as error:
        raise DataError(
            f"An Arrow array isn't whole: {error}.",
            remedy="The Arrow array is damaged: write it again.",
            value=str(array.type),
        ) from None
    return array


def _coded(array: Any, first: int | None) -> tuple[list[str], Array]:
    if not native.available("strings"):
        found = array.dictionary_encode()
        codes = np.asarray(found.indices.fill_null(-1)).astype(np.int64) + 1
        rows = None if first is None else (first, array)
        try:
            return found.dictionary.to_pylist(), codes
        except UnicodeDecodeError as error:
            raise _damaged(error.object, _row_of(error.object, rows)) from None
    codes = np.zeros(len(array), np.int64)
    with kernels.table() as table:
        table.add(_strings(array), None, codes)
        texts = _checked(*table.strings(), first)
    return texts.values(np.arange(len(texts))), codes


def _plain(array: Any) -> Any:
    """The array as text with offsets."""
    kind = str(whole(array).type)
    if kind in {"string_view", "null"}:
        return array.cast("large_string")
    if kind not in _OFFSETS:
        raise DataError(
            f"Counter counts strings and integers, not Arrow's {kind}.",
            remedy="Convert the column to strings or to integers.",
            value=kind,
        )
    return array


def _checked(found: kernels.Strings, counts: Array, rows: Array, first: int | None) -> Texts:
    odd = kernels.invalid(found)
    if odd is not None:
        start, stop = found.offsets[odd : odd + 2]
        row = None if first is None else first + int(rows[odd])
        raise _damaged(found.data[start:stop].tobytes(), row)
    return Texts(found, counts)


def _strings(array: Any) -> kernels.Strings:
    valid, offsets, data = array.buffers()
    if not len(array):
        return kernels.Strings(np.zeros(1, np.int64), np.zeros(0, np.uint8))
    ends = np.frombuffer(offsets, _OFFSETS[str(array.type)])
    text = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    bits = None if valid is None else np.frombuffer(valid, np.uint8)
    rows = slice(array.offset, array.offset + len(array) + 1)
    return kernels.Strings(ends[rows], text, bits, array.offset)


def _by_python(values: Any, counts: Array, rows: tuple[int, Any] | None = None) -> Words:
    try:
        texts = values.to_pylist()
    except UnicodeDecodeError as error:
        raise _damaged(error.object, _row_of(error.object, rows)) from None
    total: collections.Counter[str] = collections.Counter()
    for text, count in zip(texts, counts.tolist(), strict=True):
        if count and text is not None:
            total[text] += count
    return Words.of(total)


def _row_of(data: bytes, rows: tuple[int, Any] | None) -> int | None:
    if rows is None:
        return None
    start, array = rows
    return start + int(array.cast("large_binary").to_pylist().index(data))


def _damaged(data: bytes, row: int | None) -> DataError:
    shown = data[:_SHOWN]
    what = f"A dictionary holds {shown!r}"
    if row is not None:
        what = f"Row {row} holds {shown!r} (feature 0)"
    return DataError(
        f"{what}, which isn't text in UTF-8.",
        remedy="Decode the column before it is made Arrow data, or leave the row out.",
        value=repr(shown),
        **({} if row is None else {"row": row, "feature": 0}),
    )


def missing(array: Any) -> int:
    """How many rows of an Arrow array of text, chunked or not, miss their text."""
    return sum(_missing(piece) for _, piece in pieces(array))


def _missing(array: Any) -> int:
    found = int(array.null_count)
    if str(array.type).startswith("dictionary") and array.dictionary.null_count:
        gaps = np.append(np.asarray(array.dictionary.is_null()), False)
        found += int(gaps[_entries(array)].sum())
    return found
