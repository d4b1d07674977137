"""Host and Keras model as one callable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from samescale.ir import nodes as n
from samescale.ir.reference import feed, run
from samescale.ir.verify import types
from samescale.targets.keras.lower import inputs_for, lower, unclashed
from samescale.targets.keras.sides import sides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array
    from samescale.targets.base import Run
    from samescale.targets.keras.sides import Crossing


def joined(graph: n.Graph) -> Run:
    """A function of raw columns that gives what the graph's reference gives.

    Outputs that the host computes to the end come from there; the others from a Keras model,
    through the compiled `predict_on_batch`.
    """
    whole = sides(graph)
    dtypes = {name: types(graph)[id(node)].numpy for name, node in graph.outputs}
    direct = {name: x.name for name, x in whole.device.outputs if isinstance(x, n.Input)}
    rest = n.Graph(tuple(pair for pair in whole.device.outputs if pair[0] not in direct))
    needed = {x.name for x in rest.inputs}
    keys = [(key, crossing) for key, crossing in whole.inputs if key in needed]
    model = unclashed(lambda: _model(rest, dict(keys))) if rest.outputs else None

    def compiled(columns: Mapping[str, Array]) -> dict[str, Array]:
        given = {**feed(graph, columns), **(run(whole.host, columns) if whole.host.outputs else {})}
        found = {name: given[key] for name, key in direct.items()}
        if model is not None:
            sent = {crossing.name: crossing.send(given[key]) for key, crossing in keys}
            found |= _predict(model, sent)
        return {name: found[name].astype(dtype, copy=False) for name, dtype in dtypes.items()}

    return compiled


def _model(graph: n.Graph, crossings: dict[str, Crossing]) -> keras.Model:
    inputs = inputs_for(list(crossings.values()))
    keyed = {key: inputs[crossing.name] for key, crossing in crossings.items()}
    return keras.Model(inputs, lower(graph, keyed))


def _predict(model: keras.Model, sent: Mapping[str, Array]) -> dict[str, Array]:
    rows = len(next(iter(sent.values())))
    if not rows:  # some backends can't reshape nothing: one row goes in, none comes out
        sent = {name: np.zeros((1, *x.shape[1:]), x.dtype) for name, x in sent.items()}
    found = model.predict_on_batch(dict(sent))
    return {name: np.asarray(x)[:rows] for name, x in found.items()}
