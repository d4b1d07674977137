"""On TensorFlow and on torch: the same ONNX answers as on JAX, from a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("keras")
pytest.importorskip("onnxruntime")

pytestmark = [pytest.mark.keras, pytest.mark.onnx, pytest.mark.slow]

SCRIPT = """
import keras
from samescale.convert.keras import to_onnx
from samescale.errors import UnsupportedError
from tests.unit.convert.keras_answers import NEAR, beside, codes, differences, numbers, shaken

L = keras.layers
sequence = {
    "dense": lambda: L.Dense(3, "gelu"),
    "conv": lambda: L.Conv1D(3, 4, strides=2, padding="same"),
    "pool": lambda: L.AveragePooling1D(3, 1, padding="same"),
    "lstm": lambda: L.LSTM(3),
    "gru": lambda: L.GRU(3, return_sequences=True),
    "batch": L.BatchNormalization,
    "layer": L.LayerNormalization,
    "normalization": lambda: L.Normalization(mean=1.0, variance=2.0),
    "category": lambda: L.Discretization([-1.0, 0.5]),
    "up": lambda: L.UpSampling1D(2),
}
found = differences(beside((6, 4), sequence), numbers(3, 6, 4))
image = {
    "conv": lambda: L.Conv2D(4, 3, strides=2, padding="same"),
    "transposed": lambda: L.Conv2DTranspose(4, 3, strides=2, padding="same"),
    "depthwise": lambda: L.DepthwiseConv2D(3, padding="same"),
    "max": lambda: L.MaxPooling2D(3, 2, "same"),
    "resize": lambda: L.Resizing(9, 11),
}
found += differences(beside((7, 6, 3), image), numbers(2, 7, 6, 3))
x = keras.Input((6,), dtype="int32")
embedded = L.Embedding(9, 4, mask_zero=True)(x)
heads = L.MultiHeadAttention(2, 3)(embedded, embedded)
found += differences(shaken(keras.Model(x, L.GlobalAveragePooling1D()(heads))), codes(4, 5, 6))
if keras.backend.backend() == "torch":
    x = keras.Input((6, 4))
    try:
        to_onnx(keras.Model(x, L.AveragePooling1D(4, 1, padding="same")(x)))
    except UnsupportedError:
        pass
    else:
        raise SystemExit("torch averages its padding")
print(keras.backend.backend(), max(found) <= NEAR, found)
"""


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_backend(backend):
    pytest.importorskip(backend)
    here = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(here)}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=here,
    )
    assert run.stdout.startswith(f"{backend} True"), run.stdout + run.stderr[-2000:]
