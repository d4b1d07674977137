"""Whether the preprocessing inside a model is this fitted's: seen by running it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samescale.errors import ModelError
from samescale.ir import nodes as n
from samescale.ir.reference import run
from samescale.models.keras.form import marks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array
    from samescale.models.keras.form import Form
    from samescale.profile import Profile

_INEXACT = (n.Exp, n.Expm1, n.Log, n.Log1p)
_ROWS = 32
_STEP = 3  # how far a column's quantiles begin behind its neighbour's


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


def probe(graph: n.Graph) -> dict[str, Array]:
    """Rows that bring every learned number of `graph` to bear: values at and beside each.

    Synthetic: made of the graph's own constants, never of data.
    """
    near = _constants(graph)
    return {node.name: _column(node, near[node.name]) for node in graph.inputs}


def rows(graph: n.Graph, profile: Profile) -> dict[str, Array]:
    """The probe, and as many rows of values that are usual: extreme ones drive a head to its ends.

    Each column runs through its quantiles from a place of its own, so no row is one of training.
    """
    odd = probe(graph)
    return {
        name: np.concatenate([array, _usual(array, profile.columns[name].quantiles, place)])
        for place, (name, array) in enumerate(odd.items())
    }


def _usual(odd: Array, quantiles: tuple[float, ...], place: int) -> Array:
    if odd.dtype.kind != "f" or not quantiles:
        return odd
    return np.resize(np.roll(quantiles, _STEP * place), odd.shape).astype(odd.dtype)


def _constants(graph: n.Graph) -> dict[str, list[Any]]:
    """For each input, the constants that meet it on its way."""
    reach: dict[int, set[str]] = {}
    found: dict[str, list[Any]] = {node.name: [] for node in graph.inputs}
    for node in graph.nodes:
        of = n.arguments(node)
        reach[id(node)] = set().union(*(reach[id(x)] for x in of))
        if isinstance(node, n.Input):
            reach[id(node)] = {node.name}
        values = [x.value for x in of if isinstance(x, n.Const)] + _learned(node)
        for name in reach[id(node)]:
            found[name].extend(value for array in values for value in np.ravel(array)[:_ROWS])
    return found


def _learned(node: n.Node) -> list[Any]:
    match node:
        case n.Bucketize(_, edges):
            return [edges]
        case n.Clip(_, low, high):
            return [low, high]
        case n.Lookup(_, keys):
            return [np.array([*keys[:_ROWS], *keys[-2:]], object)]
        case _:
            return []


def _column(node: n.Input, near: list[Any]) -> Array:
    type_ = node.type
    values: list[Any]
    if type_.dtype == "string":
        values = [key for key in near if isinstance(key, str)] + ["no such text", "", None]
    elif type_.dtype == "bool":
        values = [False, True]
    else:
        values = _numbers(
            [x for x in near if not isinstance(x, str | bool | np.bool_)], type_.dtype
        )
    count = _ROWS * int(np.prod(type_.shape, dtype=np.int64))
    flat: Array = np.empty(len(values), type_.numpy)
    flat[:] = values
    return np.resize(flat, count).reshape(_ROWS, *type_.shape)


def _numbers(near: list[Any], dtype: str) -> list[Any]:
    around = [float(x) + step for x in near for step in (0, 1, -1)] + [0.0, 1.0, -1.0, 2.5]
    if dtype.startswith("float"):
        return [*around, float("nan")]
    limits = np.iinfo(dtype)
    finite = [x for x in around if np.isfinite(x)]
    return [int(min(max(x, limits.min), limits.max)) for x in finite]
