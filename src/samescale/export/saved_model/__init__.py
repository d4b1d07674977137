"""TensorFlow: a SavedModel whose signature takes raw columns by name."""

from __future__ import annotations

from typing import Final

from samescale.export.base import Form

EXPORT: Final = Form(
    name="saved_model",
    extra="keras-tensorflow",
    gives="a folder for TensorFlow Serving, with a signature by column",
    kinds=("keras",),
    remedy="Export it to onnx or triton, which serve every kind.",
    mark="saved_model.pb",
)
