"""Preprocessing and a network as one ONNX model of raw columns, replayed before it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx

from samescale import models, targets
from samescale.errors import ModelError
from samescale.ir import serial
from samescale.ir.reference import run
from samescale.models._probe import rows
from samescale.models.onnx.runtime import sends
from samescale.models.onnx.standard import ANSWERS, MARK, features_of
from samescale.targets.onnx.session import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Array

_APART = 1e-4  # what float32 may do behind a Log, or in a network


def to_onnx(fitted: Fitted, network: Any = None) -> onnx.ModelProto:
    """The model of `Fitted.to_onnx`.

    Raises:
        ModelError: If the network doesn't fit, or ONNX Runtime answers other than the parts do.
    """
    target: Any = targets.load("onnx")
    content = _network(fitted, network)
    inverse = None if content is None or fitted.target is None else fitted.target.inverse
    parts = target.build(fitted.graph, content, form="columns", inverse=inverse)
    model: onnx.ModelProto = parts.model
    entry = model.metadata_props.add()
    entry.key, entry.value = MARK, serial.digest(fitted.graph)
    _check(fitted, content, parts)
    return model


def _network(fitted: Fitted, network: Any) -> bytes | None:
    if network is None or isinstance(network, bytes):
        return network
    kind = models.kind_of(network)
    kind.check(network, fitted)
    return kind.network(network, fitted)


def _check(fitted: Fitted, content: bytes | None, parts: Any) -> None:
    columns = rows(fitted.graph, fitted.profile)
    found = session(parts.model.SerializeToString()).run(None, parts.cross(columns))
    if content is None:
        wanted: Mapping[str, Array] = run(fitted.graph, columns)
    else:
        wanted = _answers(fitted, content, columns)
    names = {new: old for old, new in parts.outputs}
    told = (names[value.name] for value in parts.model.graph.output)
    for name, array in zip(told, found, strict=True):
        if not _same(array, wanted[name]):
            raise ModelError(
                f"ONNX Runtime gives other numbers for '{name}' than samescale does.",
                remedy="Report it; until it is mended, use the bundle's own Predictor.",
                value=name,
            )


def _answers(fitted: Fitted, content: bytes, columns: Mapping[str, Array]) -> dict[str, Array]:
    """What the network gives for features that NumPy made, in the target's units."""
    network = onnx.load_model_from_string(content)
    graph = features_of(network, fitted)
    (found,) = session(content).run(None, sends(fitted, graph)(columns))
    if fitted.target is None or fitted.target.inverse is None:
        return {ANSWERS: found}
    return {fitted.target.name: fitted.inverse(found)}


def _same(found: Array, wanted: Array) -> bool:
    """Whether two arrays are alike, as far as float32 can say it; codes and NaN to the bit."""
    a, b = (x.reshape(len(x), -1) for x in (found, wanted))
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    return bool(np.allclose(a, b, rtol=_APART, atol=_APART, equal_nan=True))
