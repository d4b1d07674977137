"""Texts to tokens, with Python's bytes, as TensorFlow's string operations do it.

All of it is on UTF-8 bytes, so that it is TensorFlow's to the byte: letters outside of ASCII keep
their case, and white space and punctuation are ASCII's.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from samescale.errors import DataError
from samescale.keras._adapt import array_of
from samescale.keras._ragged import is_ragged, rows_of_ragged
from samescale.keras._texts import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Array

Step: TypeAlias = "str | Callable[[Any], Any] | None"
Rows: TypeAlias = "list[list[str]]"

# What `string.punctuation` holds.
PUNCTUATION = b"!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
_LOWERS = {"lower", "lower_and_strip_punctuation"}
_STRIPS = {"strip_punctuation", "lower_and_strip_punctuation"}


@final
@dc.dataclass(frozen=True, slots=True)
class Words:
    """How texts become tokens; the names are those of TextVectorization's arguments.

    Attributes:
        standardize: A mode's name, a function of an array of texts, or `None`.
        split: "whitespace", "character", a function of a vector of texts, or `None`.
        ngrams: How many tokens are joined to one, each of these counts in turn.
        encoding: That of bytes.
    """

    standardize: Step
    split: Step
    ngrams: tuple[int, ...] | None
    encoding: str

    @property
    def is_custom(self) -> bool:
        """Whether a step is a caller's function."""
        return callable(self.standardize) or callable(self.split)

    def standardized(self, given: Any) -> Array:
        """Texts with case and punctuation as asked, of the same shape."""
        array = text(given, self.encoding)
        if callable(self.standardize):
            return text(array_of(self.standardize(array.astype(str))), self.encoding)
        if self.standardize is None:
            return array
        return _mapped(self._plain, array)

    def tokens(self, given: Any) -> Array | Rows:
        """The tokens of each text: rows of any length, or an array where nothing splits.

        Raises:
            DataError: If texts have more than one column and are split.
        """
        array = self.standardized(given)
        if self.split is None:
            return array if self.ngrams is None else [self._joined(row) for row in _rows(array)]
        found = self._split(_column(array))
        return found if self.ngrams is None else [self._joined(row) for row in found]

    def _plain(self, one: str) -> str:
        data = one.encode("utf-8", "surrogateescape")
        if self.standardize in _LOWERS:
            data = data.lower()
        if self.standardize in _STRIPS:
            data = data.translate(None, PUNCTUATION)
        return data.decode("utf-8", "surrogateescape")

    def _split(self, array: Array) -> Rows:
        if self.split == "whitespace":
            return [_by_space(one) for one in array.tolist()]
        if self.split == "character":
            return [list(one) for one in array.tolist()]
        split: Any = self.split
        return _rows(split(array.astype(str)))

    def _joined(self, row: list[str]) -> list[str]:
        return [
            " ".join(row[start : start + width])
            for width in self.ngrams or ()
            for start in range(len(row) - width + 1)
        ]


def _by_space(one: str) -> list[str]:
    parts = one.encode("utf-8", "surrogateescape").split()
    return [part.decode("utf-8", "surrogateescape") for part in parts]


def _column(array: Array) -> Array:
    if array.ndim > 1 and array.shape[-1] != 1:
        raise DataError(
            f"Texts that are split have one column; these have shape {array.shape}.",
            remedy="Give (rows,) or (rows, 1), or split=None for tokens.",
            value=array.shape,
        )
    return array[..., 0].reshape(-1) if array.ndim > 1 else array.reshape(-1)


def _rows(found: Any) -> Rows:
    """What a function split, whatever it gave: rows of tokens."""
    if is_ragged(found):
        return [text(row).tolist() for row in rows_of_ragged(found)]
    if _is_array_of_rows(found):
        return _rows(found.tolist())
    if isinstance(found, list | tuple):
        return [text(list(row)).tolist() if len(row) else [] for row in found]
    array = text(array_of(found))
    return [row.reshape(-1).tolist() for row in array.reshape(len(array), -1)]


def _is_array_of_rows(found: Any) -> bool:
    plain = isinstance(found, np.ndarray) and found.dtype == object and found.ndim == 1
    return bool(plain and found.size and not isinstance(found[0], str | bytes))


def _mapped(function: Callable[[str], str], array: Array) -> Array:
    found = np.empty(array.size, object)
    found[:] = [function(one) for one in array.reshape(-1).tolist()]
    return found.reshape(array.shape)
