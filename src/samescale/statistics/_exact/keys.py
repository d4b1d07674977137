"""The keys of rows as codes."""

from __future__ import annotations

import collections
import itertools
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from samescale import native
from samescale.errors import DataError
from samescale.native import strings
from samescale.statistics._counts.arrow import coded as of_arrow
from samescale.statistics._counts.arrow import is_arrow
from samescale.statistics._counts.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array

Kind: TypeAlias = Literal["string", "integer"]
Key: TypeAlias = "str | int | None"
# A table of all whole numbers between the least key and the greatest one beats sorting up to here.
SPAN = 1 << 18
LIMITS = np.iinfo(np.int64)


def coded(keys: Any) -> tuple[Kind, dict[Key, int], Array]:
    """The distinct keys, each with its code, and the code of each row, int64.

    `None` is always there, with code 0: it stands for a missing key.

    Args:
        keys: One key a row: text, whole numbers (floats, if some are missing), or an Arrow array of
            text.

    Raises:
        DataError: If a key is neither text nor a whole number (`row`, `value`).
    """
    if is_arrow(keys):
        return "string", *_numbered(*of_arrow(keys))
    match keys.dtype.kind:
        case "O" | "U" | "T":
            return "string", *_texts(keys)
        case "b" | "i" | "u":
            return "integer", *_integers(keys.astype(np.int64) if keys.dtype.kind == "b" else keys)
        case "f":
            return "integer", *_floats(keys)
        case _:
            raise DataError(
                f"Keys are strings or whole numbers, not values of dtype {keys.dtype}.",
                remedy="Convert the column of keys to strings or to integers.",
                value=str(keys.dtype),
            )


def _numbered(texts: Sequence[str], codes: Array) -> tuple[dict[Key, int], Array]:
    table: dict[Key, int] = {None: 0}
    table.update(zip(texts, range(1, len(texts) + 1), strict=True))
    return table, codes


def _texts(keys: Array) -> tuple[dict[Key, int], Array]:
    if native.available("strings"):
        column, codes = np.ascontiguousarray(keys, object), np.zeros(len(keys), np.int64)
        try:
            with strings.table() as table:
                table.add_objects(column, codes)
                found, counts, _ = table.strings()
            return _numbered(Texts(found, counts).values(np.arange(len(counts))), codes)
        except (TypeError, UnicodeEncodeError):
            pass  # A missing key that isn't None, half a surrogate pair, or no string.
    return _one_by_one(keys)


def _one_by_one(keys: Array) -> tuple[dict[Key, int], Array]:
    numbers = itertools.count(1)
    table: dict[Any, int] = collections.defaultdict(numbers.__next__, {None: 0})
    codes = np.fromiter(map(table.__getitem__, keys.tolist()), np.int64, len(keys))
    if {*map(type, table)} <= {str, type(None)}:
        return dict(table), codes
    for key in [key for key in table if not isinstance(key, str | None)]:
        if key == key:  # noqa: PLR0124 (only NaN differs from itself)
            raise _odd(int(np.argmax(codes == table[key])), key, "isn't a string")
        codes[codes == table.pop(key)] = 0
    # What was taken out leaves a gap among the codes.
    places = np.zeros(next(numbers), np.int64)
    places[list(table.values())] = np.arange(len(table))
    return dict(zip(table, range(len(table)), strict=True)), places[codes]


def _integers(keys: Array) -> tuple[dict[Key, int], Array]:
    if not len(keys):
        return {None: 0}, np.zeros(0, np.int64)
    low, high = int(keys.min()), int(keys.max())
    if high - low < SPAN:
        # Modulo 2**64 the difference is the same for numbers with a sign and without one.
        offsets = (keys.astype(np.uint64) - np.uint64(low % 2**64)).astype(np.int64)
        there = np.bincount(offsets) > 0
        unique = [low + offset for offset in np.flatnonzero(there).tolist()]
        codes = np.cumsum(there, dtype=np.int64)[offsets]
    elif low >= LIMITS.min and high <= LIMITS.max and native.available("strings"):
        codes = np.zeros(len(keys), np.int64)
        with strings.table() as counts:
            counts.add_integers(np.ascontiguousarray(keys, np.int64), None, codes)
            unique = counts.integers()[0].tolist()
    else:
        found, places = np.unique(keys, return_inverse=True)
        unique, codes = found.tolist(), places.astype(np.int64) + 1
    table: dict[Key, int] = {None: 0}
    table.update(zip(unique, range(1, len(unique) + 1), strict=True))
    return table, codes


def _floats(keys: Array) -> tuple[dict[Key, int], Array]:
    """Whole numbers that came as floats, because some are missing."""
    missing = np.isnan(keys)
    whole = np.where(missing, 0.0, keys)
    wrong = np.flatnonzero((whole != np.floor(whole)) | (np.abs(whole) >= float(LIMITS.max)))
    if len(wrong):
        raise _odd(int(wrong[0]), float(keys[wrong[0]]), "isn't a whole number of 64 bits")
    found, known = _integers(whole[~missing].astype(np.int64))
    codes = np.zeros(len(keys), np.int64)
    codes[~missing] = known
    return found, codes


def _odd(row: int, key: object, what: str) -> DataError:
    return DataError(
        f"Row {row} has the key {key!r}, which {what}.",
        remedy="Keys are strings, or whole numbers: convert the column of keys.",
        row=row,
        value=key,
    )
