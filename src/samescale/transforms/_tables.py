"""Learned numbers that depend on a key, said with lookups.

No node takes a float from a table. But a float is a whole number times a power of two, and a lookup
gives whole numbers: both factors are looked up, made floats and multiplied. Each of these steps is
exact, so what comes is the number itself, to the bit.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import DataError, GraphError
from samescale.ir import nodes
from samescale.ir.build import array, const, where_nan
from samescale.ir.types import FLOATS, INTEGERS, numpy_dtype
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    from samescale.ir.nodes import Node
    from samescale.ir.types import Array, DType

# A power of two that an int64 holds, and the largest step of a scale that every float holds.
_MOST = 62
_STEP = 100
_LIMITS = np.iinfo(np.int64)


@final
@dc.dataclass(frozen=True, slots=True)
class Tables:
    """Where the numbers of each key stand: row 0 is of any other key, the others follow.

    Attributes:
        keys: The keys, in the order of the rows 1…
        places: The node that gives a row's places in a flat table, of shape `()` or `(width,)`.
    """

    keys: tuple[Any, ...]
    places: Node

    @classmethod
    def of(cls, key: Node, keys: tuple[Any, ...], width: int) -> Tables:
        """The tables of keys, with `width` numbers a row.

        Raises:
            DataError: If a key is beyond 64 bits.
        """
        far = next((k for k in keys if not isinstance(k, str) and not _held(k)), None)
        if far is not None:
            raise DataError(
                f"The key {far} is beyond 64 bits with a sign, which is what a lookup takes.",
                remedy="Store the column of keys as text.",
                value=far,
            )
        starts = tuple(range(width, (len(keys) + 1) * width, width))
        first = nodes.Lookup(_name(key, keys), keys, starts, 0, 0)
        return cls(keys, first if width == 1 else _row(first, width))

    def floats(self, table: Array, dtype: DType, shape: tuple[int, ...]) -> Node:
        """The node that gives the numbers of a row's key.

        Args:
            table: The numbers, rows × width, float64; rounded once to `dtype`.
            dtype: A float.
            shape: The shape of what is given: one of `width` entries, `()` for one.

        Raises:
            GraphError: If a number doesn't fit `dtype`.
        """
        rounded = array(table, dtype).reshape(-1).astype(np.float64)
        if not np.array_equal(rounded == 0, np.reshape(table, -1) == 0):
            raise GraphError(
                f"A learned number becomes 0 in {dtype}.",
                remedy="Compute in float64, or bring the column to another scale first.",
            )
        numbers, exponents = _split(rounded, numpy_dtype(dtype))
        least = int(exponents.min())
        found = self._whole(numbers, dtype)
        # The common scale first: from there on, no product is beyond the number that it leads to.
        found = _scaled(found, least, dtype)
        left = exponents - least
        while left.any():
            step = np.minimum(left, _MOST)
            found = nodes.Mul(found, self._whole(np.left_shift(1, step), dtype))
            left = left - step
        return found if type_of(found).shape == shape else nodes.Reshape(found, shape)

    def _whole(self, values: Array, dtype: DType) -> Node:
        numbers = tuple(values.tolist())
        looked_up = nodes.Lookup(self.places, tuple(range(len(numbers))), numbers, 0, 0)
        return nodes.Cast(looked_up, dtype)


def _split(values: Array, dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """Floats as whole numbers, that the dtype holds, times 2 to the power of an integer."""
    limits = np.finfo(dtype)
    exponents = np.frexp(values)[1].astype(np.int64) - (limits.nmant + 1)
    exponents = np.maximum(exponents, limits.minexp - limits.nmant)
    # A zero takes part in no scale.
    exponents[values == 0] = exponents.max()
    return np.ldexp(values, -exponents).astype(np.int64), exponents


def _held(key: int) -> bool:
    return bool(_LIMITS.min <= key <= _LIMITS.max)


def _name(key: Node, keys: tuple[Any, ...]) -> Node:
    """The key as text or int64; a missing number becomes one that nobody has."""
    dtype = type_of(key).dtype
    if dtype in FLOATS:
        known = set(keys)
        nobody = next(n for n in range(-1, -2 - len(known), -1) if n not in known)
        return nodes.Cast(where_nan(key, np.float64(nobody)), "int64")
    return nodes.Cast(key, "int64") if dtype in (INTEGERS | {"bool"}) - {"int64"} else key


def _row(first: Node, width: int) -> Node:
    """The places first, first + 1, … of a row; exact in float64."""
    repeated = nodes.Take(nodes.Reshape(first, (1,)), (0,) * width)
    counted = nodes.Sub(nodes.Cast(repeated, "float64"), const(-np.arange(float(width)), "float64"))
    return nodes.Cast(counted, "int64")


def _scaled(x: Node, exponent: int, dtype: DType) -> Node:
    while exponent:
        step = max(-_STEP, min(_STEP, exponent))
        x = nodes.Mul(x, const(2.0**step, dtype))
        exponent -= step
    return x
