"""ONNX: one model of raw columns, opset 18 and `ai.onnx.ml` 3, for every ONNX Runtime."""

from __future__ import annotations

from typing import Final

from samescale.export.base import Form

EXPORT: Final = Form(
    name="onnx",
    extra="onnx",
    gives="a file: an input a raw column, texts too; for ONNX Runtime",
    folds=True,
)
