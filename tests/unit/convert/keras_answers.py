"""A Keras model's answers, and those of its ONNX form in ONNX Runtime: the same, or a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np
import onnxruntime

from samescale.convert.keras import to_onnx

if TYPE_CHECKING:
    from collections.abc import Callable

RNG = np.random.default_rng(20)
NEAR = 2e-6


def numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def codes(most: int, *shape: int) -> np.ndarray:
    return RNG.integers(0, most, size=shape).astype(np.int32)


def shaken(model: keras.Model) -> keras.Model:
    """Every weight drawn anew, so that none is a neutral one."""
    rng = np.random.default_rng(3)
    for weight in model.weights:
        if "seed" in weight.path:
            continue
        value = rng.normal(size=weight.shape) * 0.5
        weight.assign(np.abs(value) + 0.5 if "variance" in weight.path else value)
    return model


def chain(shape: tuple[int | None, ...], *layers: keras.Layer, dtype: str = "float32"):
    return shaken(keras.Sequential([keras.Input(shape, dtype=dtype), *layers]))


def session(content: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def ops(model: keras.Model) -> list[str]:
    return [node.op_type for node in to_onnx(model, outputs=names(model)).graph.node]


def names(model: keras.Model) -> list[str]:
    return [f"out{place}" for place in range(len(model.outputs))]


def difference(model: keras.Model, *given: np.ndarray) -> float:
    """The largest |a - b| / max(1, |b|) over the outputs."""
    return max(differences(model, *given))


def differences(model: keras.Model, *given: np.ndarray) -> list[float]:
    """That of each output. Keras compiles: one model of many outputs is quicker than many."""
    run = session(to_onnx(model, outputs=names(model)).SerializeToString())
    sent = dict(zip([x.name for x in run.get_inputs()], given, strict=True))
    found = run.run(None, sent)
    wanted = keras.tree.flatten(model.predict_on_batch(list(given) if len(given) > 1 else given[0]))
    return [_apart(*pair) for pair in zip(found, wanted, strict=True)]


def beside(shape: tuple[int | None, ...], layers: dict[str, Callable[[], keras.Layer]]):
    """One model with an output for each of `layers`, which all take the same input."""
    x = keras.Input(shape)
    return shaken(keras.Model(x, [layer()(x) for layer in layers.values()]))


def _apart(found: np.ndarray, wanted: np.ndarray) -> float:
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    assert np.isfinite(wanted).all()
    exact = np.asarray(wanted, np.float64)
    return float((np.abs(found - exact) / np.maximum(1, np.abs(exact))).max())
