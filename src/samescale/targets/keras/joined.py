"""Host and Keras model as one callable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from samescale.targets import _device
from samescale.targets.keras.lower import inputs_for, lower, unclashed
from samescale.targets.keras.sides import sides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir import nodes as n
    from samescale.ir.types import Array
    from samescale.targets._device import Compute, Sides
    from samescale.targets.base import Run


def joined(graph: n.Graph) -> Run:
    """A function of raw columns that gives what the graph's reference gives.

    Outputs that the host computes to the end come from there; the others from a Keras model,
    through the compiled `predict_on_batch`.
    """
    return _device.joined(graph, sides, _compute)


def _compute(cut: Sides, device: n.Graph) -> Compute:
    model = unclashed(lambda: _model(cut, device))
    return lambda sent: _predict(model, sent)


def _model(cut: Sides, device: n.Graph) -> keras.Model:
    inputs = inputs_for([crossing for _, crossing in cut.inputs])
    return keras.Model(inputs, lower(device, {key: inputs[c.name] for key, c in cut.inputs}))


def _predict(model: keras.Model, sent: Mapping[str, Array]) -> dict[str, Array]:
    rows = len(next(iter(sent.values())))
    if not rows:  # some backends can't reshape nothing: one row goes in, none comes out
        sent = {name: np.zeros((1, *x.shape[1:]), x.dtype) for name, x in sent.items()}
    found = model.predict_on_batch(dict(sent))
    return {name: np.asarray(x)[:rows] for name, x in found.items()}
