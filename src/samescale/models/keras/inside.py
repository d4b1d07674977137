"""Whether the preprocessing inside a model is this fitted's: seen by running it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samescale.errors import ModelError
from samescale.ir import nodes as n
from samescale.ir.reference import run
from samescale.models._probe import probe
from samescale.models.keras.form import marks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array
    from samescale.models.keras.form import Form

_INEXACT = (n.Exp, n.Expm1, n.Log, n.Log1p)


def compare(model: keras.Model, form: Form, graph: n.Graph) -> None:
    """Run probe columns through the model's inner preprocessing and through the graph.

    Raises:
        ModelError: If they differ by more than the Keras target declares.
    """
    columns = probe(graph)
    cut = form.sides(graph)
    sent = cut.cross(columns)
    fed = {**columns, **(run(cut.host, columns) if cut.host.outputs else {})}
    expected = list(run(cut.device, fed).values())
    found = _inner(model, sent)
    exact = not any(isinstance(node, _INEXACT) for node in cut.device.nodes)
    same = len(found) == len(expected) and all(map(_same(exact), found, expected))
    if not same:
        raise ModelError(
            "The preprocessing inside the model gives other features than this fitted.",
            remedy="Call fitted.to_keras(network) again: a model's preprocessing is not edited.",
        )


def _inner(model: keras.Model, sent: Mapping[str, Array]) -> list[Array]:
    found = marks(model)
    holder = found[0][0]
    # By name: a list of one input, given as an array, is a warning on torch.
    inputs = {x.name: x for x in holder.inputs}
    inner = keras.Model(inputs, [layer.output for _, layer in found])
    made = inner.predict_on_batch({name: sent[name] for name in inputs})
    return [np.asarray(x) for x in (made if isinstance(made, list) else [made])]


def _same(exact: bool) -> Any:
    # Subnormal numbers are zero to XLA and TensorFlow on CPU; Log and its like differ by ulps,
    # which the subtraction after them may make large beside a result near 0.
    tolerance = {"rtol": 0.0, "atol": 1e-37} if exact else {"rtol": 1e-5, "atol": 1e-5}

    def compare_two(found: Array, expected: Array) -> bool:
        if found.shape != expected.shape:
            return False
        return bool(np.allclose(found, expected, **tolerance, equal_nan=True))

    return compare_two
