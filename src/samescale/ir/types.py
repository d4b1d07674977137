"""The types of the graph: a dtype and the shape of one row."""

from __future__ import annotations

import dataclasses as dc
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

DType: TypeAlias = Literal[
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "string",
]
Array: TypeAlias = npt.NDArray[Any]
Answers: TypeAlias = Array | Any
"""An array; where a spec has several targets, a dict of arrays by target.

Which of them it is follows from the spec, which a type checker doesn't see: so it is `Any` beside
the array, as in typeshed.
"""

DTYPES: tuple[DType, ...] = get_args(DType)
_NAMED = {np.dtype(name): name for name in DTYPES if name != "string"}
FLOATS: frozenset[DType] = frozenset({"float16", "float32", "float64"})
INTEGERS: frozenset[DType] = frozenset(
    {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
)


@dc.dataclass(frozen=True, slots=True)
class TensorType:
    """The type of a tensor whose first axis is rows.

    Attributes:
        dtype: The element type. A `string` tensor is a NumPy object array of `str` or `None`.
        shape: The shape of one row: `()` for a plain column, `(28, 28, 1)` for an image.
    """

    dtype: DType
    shape: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(['rows', *map(str, self.shape)])}]"

    @property
    def numpy(self) -> np.dtype[Any]:
        """The NumPy dtype that holds such a tensor."""
        return numpy_dtype(self.dtype)


def numpy_dtype(dtype: DType) -> np.dtype[Any]:
    """The NumPy dtype of `dtype`; strings are held as objects."""
    return np.dtype(object) if dtype == "string" else np.dtype(dtype)


def dtype_of(array: Array) -> DType:
    """The graph's dtype of a NumPy array; object and text arrays are `string`."""
    if array.dtype.kind in "OUT":
        return "string"
    found = _NAMED.get(array.dtype.newbyteorder("="))
    if found is not None:
        return found
    raise TypeError(f"NumPy dtype {array.dtype} has no counterpart in the graph.")
