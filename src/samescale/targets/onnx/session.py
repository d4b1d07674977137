"""ONNX Runtime sessions: from bytes only, one thread, the CPU."""

from __future__ import annotations

import onnxruntime

_ERRORS_ONLY = 3


def session(model: bytes) -> onnxruntime.InferenceSession:
    """A session of `model` that runs a call on the caller's own thread.

    Args:
        model: The bytes of an ONNX model; never a path, so that no file beside it is read.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _ERRORS_ONLY
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
