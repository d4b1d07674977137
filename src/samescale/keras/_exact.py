"""float64 numbers as three float32, so that weights of Keras' dtype carry all of their bits.

A weight is float32: on JAX there is no other by default. Of a mean of 1.7e9 that leaves steps of
128. Three parts whose sum is the number keep its 53 bits (T. J. Dekker, "A floating-point technique
for extending the available precision", Numerische Mathematik 18, 1971).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from samescale.ir.types import Array

PARTS: Final = 3


def split(values: Array) -> Array:
    """`values` as float32 parts, the first of which is `values` rounded.

    Args:
        values: float64, of any shape; finite in float32.

    Returns:
        float32 of shape (3, *values.shape).

    >>> split(np.array([1700000000.5]))[:, 0].tolist()
    [1700000000.0, 0.5, 0.0]
    """
    rest = np.asarray(values, np.float64)
    parts = []
    for _ in range(PARTS):
        parts.append(rest.astype(np.float32))
        rest = rest - parts[-1].astype(np.float64)
    return np.stack(parts)


def joined(parts: Array) -> Array:
    """The float64 whose parts `split` gave: exactly it, unless it was below 1e-22.

    >>> joined(split(np.array([0.1, -1e15 / 3]))).tolist() == [0.1, -1e15 / 3]
    True
    """
    total = np.zeros(parts.shape[1:], np.float64)
    for part in parts:
        total = total + part.astype(np.float64)
    return total
