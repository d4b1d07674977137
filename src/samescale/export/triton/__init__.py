"""Triton: a model folder for its ONNX Runtime backend, to be put in a model repository."""

from __future__ import annotations

from typing import Final

from samescale.export.base import Form

EXPORT: Final = Form(
    name="triton",
    extra="onnx",
    gives="a folder for Triton's model repository: config.pbtxt and 1/model.onnx",
    mark="config.pbtxt",
    folds=True,
)
