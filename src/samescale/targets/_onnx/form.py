"""The form of every ONNX model that is made or read here: versions, domains, a missing string."""

from __future__ import annotations

from typing import Final

# Old enough for every ONNX Runtime since 1.14, new enough for BitwiseAnd and the scatter ops.
OPSET: Final = 18
ML_OPSET: Final = 3
IR: Final = 8
ML: Final = "ai.onnx.ml"
VERSIONS: Final = {"": OPSET, ML: ML_OPSET}

# ONNX strings can't be missing. This is a Unicode noncharacter: no text is meant to hold it.
MISSING_TEXT: Final = "\ufdd0"
# What stands for a text that UTF-8 can't hold (a lone surrogate): another, which is no key.
UNREADABLE_TEXT: Final = "\ufdd1"
