"""What is said of training that arrived normalised by a scaler outside."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array

_WRITE = "Write scaled={'age': (38.6, 13.7)}: a column's mean and standard deviation before that."


def arrays(scaled: Any, names: Sequence[str]) -> tuple[Array, Array] | None:
    """Means and standard deviations in the raw unit, of every column.

    Args:
        scaled: By column, the pair; `None` where nothing is said.
        names: The plain columns of numbers.

    Returns:
        Both, float64 of shape (columns,); 0 and 1 for a column of which nothing is said. `None`
        where nothing is said of any.

    Raises:
        SpecError: If it is no such mapping, names another column, or a standard deviation isn't
            above 0.

    Example:
        >>> arrays({"age": (38.6, 13.7)}, ["age", "income"])
        (array([38.6,  0. ]), array([13.7,  1. ]))
    """
    if scaled is None or scaled == {}:
        return None
    if not isinstance(scaled, Mapping):
        raise SpecError(
            f"scaled is of type {type(scaled).__name__}, and names no columns.", remedy=_WRITE
        )
    given = {name: _pair(name, pair, names) for name, pair in scaled.items()}
    both = np.array([given.get(name, (0.0, 1.0)) for name in names], np.float64)
    return both[:, 0].copy(), both[:, 1].copy()


def _pair(name: Any, pair: Any, names: Sequence[str]) -> tuple[float, float]:
    if name not in names:
        near = difflib.get_close_matches(str(name), names, n=1)
        there = f"There are {', '.join(names)}." if names else "There are none, so leave it out."
        raise SpecError(
            f"scaled names {name!r}, which is no plain column of numbers of the spec.",
            remedy=f"Did you mean '{near[0]}'?" if near else there,
            column=str(name),
        )
    if not _is_pair(pair):
        raise SpecError(
            f"scaled[{name!r}] is {pair!r}, no pair of a mean and a standard deviation.",
            remedy=_WRITE,
            column=name,
            value=pair,
        )
    mean, deviation = (float(value) for value in pair)
    if not (math.isfinite(mean) and math.isfinite(deviation) and deviation > 0):
        raise SpecError(
            f"scaled[{name!r}] is a mean of {mean} and a standard deviation of {deviation}.",
            remedy="Both are finite, and the standard deviation is above 0.",
            column=name,
            value=pair,
        )
    return mean, deviation


def _is_pair(pair: Any) -> bool:
    numbers = isinstance(pair, tuple | list | np.ndarray) and len(pair) == 2  # noqa: PLR2004
    kinds = (int, float, np.integer, np.floating)
    return numbers and all(isinstance(x, kinds) and not isinstance(x, bool) for x in pair)
