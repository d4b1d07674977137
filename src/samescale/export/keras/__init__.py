"""Keras: a plain `.keras` file, which loads without samescale and in `safe_mode`."""

from __future__ import annotations

from typing import Final

from samescale.export.base import Form

EXPORT: Final = Form(
    name="keras",
    extra="keras",
    gives="a .keras file of stock layers, float32; loads without samescale",
    kinds=("keras",),
    remedy="Export it to onnx, sklearn or mlflow.",
    ending=".keras",
)
