"""What the tests of the lookup layers share."""

from __future__ import annotations

import importlib.util

import keras
import numpy as np
import pytest

BACKEND = keras.backend.backend()

# Keras' own layers are the oracle; torch and TensorFlow crash each other in one process.
needs_oracle = pytest.mark.skipif(
    BACKEND == "torch" or importlib.util.find_spec("tensorflow") is None,
    reason="Keras' own layers need TensorFlow",
)


def plain(value) -> np.ndarray:
    """An answer as NumPy."""
    if hasattr(value, "numpy") and BACKEND != "torch":
        return value.numpy()
    return np.asarray(value) if isinstance(value, list) else keras.ops.convert_to_numpy(value)


def same(found, expected) -> None:
    """Equal shape and values; dtypes too, but for the bytes of TensorFlow's strings."""
    found, expected = plain(found), plain(expected)
    assert found.shape == expected.shape
    assert found.dtype.kind == expected.dtype.kind
    if found.dtype.kind == "f":
        np.testing.assert_allclose(found, expected, rtol=3e-7)
    else:
        np.testing.assert_array_equal(found, expected)
