"""What scikit-learn hands over, as a table of named columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_array

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from samescale.ir.types import Array


def is_frame(x: Any) -> bool:
    """Whether `x` names its columns itself: a data frame of whatever library."""
    return hasattr(x, "columns") and not isinstance(x, np.ndarray)


def columns(table: Any) -> dict[str, Any]:
    """The columns of a data frame, or of a dict of them, by name."""
    names = table.columns if is_frame(table) else table
    return {str(name): table[name] for name in names}


def free(name: str, taken: Container[str]) -> str:
    """A name that no column has: `name`, or that with primes.

    >>> free("weight", {"weight"})
    "weight'"
    """
    return name if name not in taken else free(f"{name}'", taken)


def named(x: Array, names: Sequence[str]) -> dict[str, Array]:
    """The columns of a matrix under names, each of its own memory."""
    return {name: np.ascontiguousarray(x[:, place]) for place, name in enumerate(names)}


def matrix(x: Any, estimator: object, *, rows: int = 1) -> Array:
    """`x` as a matrix of numbers, as scikit-learn's own transformers take it.

    Raises:
        ValueError: If it isn't two-dimensional, is empty, sparse, complex or infinite.
    """
    made: Array = check_array(
        x,
        dtype="numeric",
        ensure_all_finite="allow-nan",
        ensure_min_samples=rows,
        estimator=estimator,
        input_name="X",
    )
    return made


def dtype_of(x: Any) -> np.dtype[Any]:
    """The dtype of the answer: that of `x` where it is one of floats, as scikit-learn has it."""
    dtypes = [getattr(column, "dtype", None) for column in _columns(x)]
    narrow = dtypes and all(dtype == np.float32 for dtype in dtypes)
    return np.dtype(np.float32 if narrow else np.float64)


def _columns(x: Any) -> list[Any]:
    return [x[name] for name in x.columns] if is_frame(x) else [x]
