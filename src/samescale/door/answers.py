"""The way out. A model's answers, checked: numbers as they are, codes as classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from samescale.errors import ModelError

if TYPE_CHECKING:
    from samescale.ir.types import Array


def numbers(given: Array) -> Array:
    """Answers of shape (rows,) or (rows, 1) as float64 of shape (rows,).

    Raises:
        ModelError: If they have another shape.

    >>> numbers(np.array([[1], [2]]))
    array([1., 2.])
    """
    if given.ndim == 0 or given.size != len(given):
        raise ModelError(
            f"The answers have the shape {given.shape}, and the target is one number a row.",
            remedy="Give an array of shape (rows,).",
            value=given.shape,
        )
    return given.reshape(len(given)).astype(np.float64)


def by_name(given: object, names: tuple[str, ...]) -> dict[str, Array]:
    """Answers of several targets: a dict that has each of them and nothing else.

    Args:
        given: The answers.
        names: The targets.

    Raises:
        ModelError: If it is none.
    """
    if not isinstance(given, Mapping) or set(given) != set(names):
        told = ", ".join(map(repr, given)) if isinstance(given, Mapping) else type(given).__name__
        raise ModelError(
            f"The answers are {told or 'of nothing'}, and the targets are "
            f"{', '.join(map(repr, names))}.",
            remedy="Give a dict with an array for each target.",
            value=told,
        )
    return {name: np.asarray(given[name]) for name in names}


_DTYPES: dict[type, type] = {bool: np.bool_, int: np.int64}


def classes(given: Array, known: tuple[str, ...] | tuple[int, ...]) -> Array:
    """The classes of codes (rows,) or probabilities (rows, classes).

    Raises:
        ModelError: If there isn't a probability for each class, or a code is none.

    >>> classes(np.array([[0.2, 0.8], [0.9, 0.1]]), ("no", "yes"))
    array(['yes', 'no'], dtype=object)
    """
    codes = _likeliest(given, len(known)) if given.ndim != 1 else given
    wrong = ~np.isin(codes, np.arange(len(known)))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ModelError(
            f"Row {row} has the answer {codes[row]!r}, which is no code of a class.",
            remedy=f"Codes are 0…{len(known) - 1}; give probabilities as (rows, {len(known)}).",
            row=row,
            value=codes[row],
        )
    dtype = _DTYPES.get(type(known[0]), object)
    names: Array = np.asarray(known, dtype=dtype)[codes.astype(np.int64)]
    return names


def _likeliest(given: Array, count: int) -> Array:
    if given.ndim != 2 or given.shape[1] != count:  # noqa: PLR2004 - rows and classes
        raise ModelError(
            f"The answers have the shape {given.shape}, and there are {count} classes.",
            remedy=f"Give probabilities of shape (rows, {count}), or codes of shape (rows,).",
            value=given.shape,
        )
    likeliest: Array = given.argmax(axis=1)
    return likeliest
