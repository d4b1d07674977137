"""`build`: a graph and a network as one plain Keras model."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Literal, final

import keras

from samescale.errors import ModelError
from samescale.ir import serial
from samescale.targets import _device as shared
from samescale.targets.keras.lower import inputs_for, lower, unclashed
from samescale.targets.keras.network import apply, refuse_marked, wanted
from samescale.targets.keras.sides import sides

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.ir import nodes as n
    from samescale.ir.types import Array
    from samescale.targets.keras.network import Network
    from samescale.targets.keras.sides import Crossing, Sides

FEATURES = "samescale_features"
GRAPH = "samescale_graph_"


@final
@dc.dataclass(frozen=True, slots=True)
class KerasParts:
    """A graph and a network, as a Keras model and what runs before it.

    Attributes:
        sides: The host's graph, and how its values cross.
        model: A Functional model of stock layers and `keras.ops`, whose inputs are a dict by the
            names of `inputs`. Saved, it loads in plain Keras.
    """

    sides: Sides
    model: keras.Model

    @property
    def host(self) -> n.Graph:
        """What NumPy computes before the model; no outputs if there is nothing."""
        return self.sides.host

    @property
    def inputs(self) -> tuple[Crossing, ...]:
        """What the model takes: names, dtypes, shapes, raw or not."""
        return tuple(crossing for _, crossing in self.sides.inputs)

    def cross(
        self,
        columns: Mapping[str, Array],
        run: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None,
    ) -> dict[str, Array]:
        """The model's inputs for raw columns; see `Sides.cross`."""
        return self.sides.cross(columns, run)

    def describe(self) -> str:
        """The model's inputs in words, one a line, for who calls it without samescale."""
        return shared.described(self.inputs)


def build(
    graph: n.Graph,
    network: Network | None = None,
    *,
    output: Literal["matrix", "columns"] = "matrix",
) -> KerasParts:
    """`graph`, with `network` on top of it, as a Functional Keras model.

    Args:
        graph: From the raw columns to one output a column, well formed.
        network: What takes the features. A Keras model or layer of one input takes all of them,
            joined (a single column as it is, an image for example); a Keras model with several
            inputs takes features by column, by its inputs' names. A function is called in the
            functional style: with one tensor, or with one for each of its parameters, which are
            columns' names. Its weights are used, not copied.
        output: Without a network, what the model gives: the joined float32 features, or a dict of
            each column's (codes as int32).

    Returns:
        The model and what must run before it. A layer `samescale_features` marks the features
        (`samescale_features_2`, … where a network takes them by column).

    Raises:
        ModelError: If the network doesn't take the features, or has preprocessing inside.

    Example:
        >>> from samescale.ir import nodes as n
        >>> from samescale.ir.build import mul, sub
        >>> from samescale.ir.types import TensorType
        >>> ages = n.Graph((("age", mul(sub(n.Input("age", TensorType("float32")), 40.0), 0.1)),))
        >>> parts = build(ages, keras.layers.Dense(1, kernel_initializer="ones"))
        >>> parts.describe()
        'age: float32[None, 1] from age, raw'
        >>> import numpy as np
        >>> parts.model.predict_on_batch({"age": np.array([60.0], np.float32)}).tolist()
        [[2.0]]
    """
    if network is not None:
        refuse_marked(network, FEATURES)
    names = None if network is None else wanted(network, [name for name, _ in graph.outputs])
    by_column = output == "columns" if network is None else names is not None
    cut = cut_for(graph, by_column=by_column, names=names)
    inputs, features = unclashed(lambda: _device(cut, graph, by_column=by_column))
    outputs = features if network is None else apply(network, features)
    return KerasParts(cut, _model(inputs, outputs))


def cut_for(graph: n.Graph, *, by_column: bool, names: Sequence[str] | None = None) -> Sides:
    """The sides of `graph` for a model that takes features by column, or joined.

    The graph is cut before its columns are joined, so that each input is one column's.
    """
    return shared.cut_for(graph, sides, by_column=by_column, names=names)


def _device(cut: Sides, graph: n.Graph, *, by_column: bool) -> tuple[dict[str, Any], Any]:
    """The inputs and the features on them, once they are seen to make a model."""
    inputs = inputs_for([crossing for _, crossing in cut.inputs])
    features = _features(cut, inputs, graph, by_column=by_column)
    keras.Model(dict(inputs), features)
    return inputs, features


def _features(cut: Sides, inputs: Mapping[str, Any], graph: n.Graph, *, by_column: bool) -> Any:
    tensors = {key: inputs[crossing.name] for key, crossing in cut.inputs}
    made = lower(cut.device, tensors)
    marks = _marks(serial.digest(graph), len(made))
    marked = {name: mark(x) for (name, x), mark in zip(made.items(), marks, strict=True)}
    return marked if by_column else next(iter(marked.values()))


def _marks(digest: str, count: int) -> list[Callable[[Any], Any]]:
    """Layers that do nothing, by which a saved model says which graph is in it, and where."""
    code = digest.rpartition(":")[2][:16]

    def mark(number: int) -> Callable[[Any], Any]:
        end = "" if number == 1 else f"_{number}"

        def apply_(x: Any) -> Any:
            dtype = keras.backend.standardize_dtype(x.dtype)
            inner = keras.layers.Identity(name=f"{GRAPH}{code}{end}", dtype=dtype)(x)
            return keras.layers.Identity(name=f"{FEATURES}{end}", dtype=dtype)(inner)

        return apply_

    return [mark(number + 1) for number in range(count)]


def _model(inputs: Mapping[str, Any], outputs: Any) -> keras.Model:
    try:
        return keras.Model(dict(inputs), outputs)
    except ValueError as error:
        if "unique" not in str(error):
            raise
        raise ModelError(
            f"A layer of the network is called like a column: {error}",
            remedy="Give that layer another name: keras.layers.Dense(1, name='head').",
        ) from error
