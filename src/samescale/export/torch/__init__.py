"""torch: an exported program, which takes a dict of tensors by column."""

from __future__ import annotations

from typing import Final

from samescale.export.base import Form

EXPORT: Final = Form(
    name="torch",
    extra="torch",
    gives="a .pt2 file: an exported program that takes a dict of tensors by column",
    kinds=("torch",),
    remedy="Export it to onnx.",
    ending=".pt2",
)
