"""`build`: a graph and a network as one ONNX model."""

from __future__ import annotations

import dataclasses as dc
import difflib
from typing import TYPE_CHECKING, final

from samescale.errors import ModelError
from samescale.ir import nodes as n
from samescale.ir.types import INTEGERS
from samescale.ir.verify import type_of
from samescale.targets._onnx.sides import FEATURES, Sides, sides
from samescale.targets.onnx.assembly import assembled
from samescale.targets.onnx.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import onnx

    from samescale.ir.types import Array
    from samescale.targets._onnx import Crossing, Form, TextPlace


@final
@dc.dataclass(frozen=True, slots=True)
class OnnxParts:
    """A graph and a network, as an ONNX model and what runs before it.

    Attributes:
        sides: The host's graph, and how its values cross.
        model: The model. Its inputs are those of `inputs`, rows first.
        outputs: For each output that was asked for, what the model calls it: the same name, but
            where an input has it already.
    """

    sides: Sides
    model: onnx.ModelProto
    outputs: tuple[tuple[str, str], ...]

    @property
    def host(self) -> n.Graph:
        """What NumPy computes before the model; no outputs if there is nothing."""
        return self.sides.host

    @property
    def inputs(self) -> tuple[Crossing, ...]:
        """What the model takes: names, dtypes, shapes, raw or not."""
        return self.sides.inputs

    @property
    def content(self) -> bytes:
        """The model's bytes; the same graph and network give the same."""
        return bytes(self.model.SerializeToString(deterministic=True))

    def cross(
        self,
        columns: Mapping[str, Array],
        run: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None,
    ) -> dict[str, Array]:
        """The model's inputs for raw columns; see `Sides.cross`."""
        return self.sides.cross(columns, run)

    def describe(self) -> str:
        """The model's inputs in words, one a line, for who calls it without samescale."""
        return "\n".join(
            f"{c.name}: {c.dtype}{[None, *c.shape]} from {', '.join(c.columns)}, {c.origin}"
            for c in self.inputs
        )


def build(
    graph: n.Graph,
    network: bytes | onnx.ModelProto | None = None,
    *,
    form: Form = "columns",
    inverse: n.Graph | None = None,
    text: TextPlace = "graph",
) -> OnnxParts:
    """`graph`, with `network` behind it, as one ONNX model.

    Args:
        graph: From the raw columns to one output a feature, well formed.
        network: An ONNX model that takes the features: one input `features` takes all of them,
            joined (a single feature of more axes as it is, if that input has as many), and others
            take a feature each, by name. It gives one output, `answers`.
        form: `columns`: each raw column is an input of its name, `[rows, 1]` for a plain one.
            `packed`: all plain inputs of a dtype come as one matrix, named as the dtype.
        inverse: From the network's answers, as an input `prediction` (float64), to one output in
            the target's own units.
        text: Where text is looked up: in the model, or on the host, so that codes cross.

    Returns:
        The model, with the number of rows left open, and what must run before it. Without a
        network it gives the outputs of `graph`.

    Raises:
        ModelError: If the network is of another opset, domain or form than is made here, keeps data
            in another file, brings functions, or takes what is no feature.
        UnsupportedError: If a node of `inverse` would have to run on the host.

    Example:
        >>> from samescale.ir.build import mul, sub
        >>> from samescale.ir.types import TensorType
        >>> ages = n.Graph((("age", mul(sub(n.Input("age", TensorType("float32")), 40.0), 0.1)),))
        >>> parts = build(ages)
        >>> parts.describe()
        'age: float32[None, 1] from age, raw'
        >>> [node.op_type for node in parts.model.graph.node], parts.outputs
        (['Sub', 'Mul'], (('age', 'age_out'),))
    """
    behind = None if network is None else Network.of(network)
    taken, joined = (graph, False) if behind is None else _taken(graph, behind)
    cut = sides(taken, form=form, joined=joined, text=text)
    if behind is not None:
        behind.check({name: type_of(node) for name, node in cut.device.outputs})
    model, names = assembled(cut, behind, inverse)
    return OnnxParts(cut, model, names)


def _taken(graph: n.Graph, network: Network) -> tuple[n.Graph, bool]:
    """The features that a network takes, and whether it takes them joined.

    Raises:
        ModelError: If it takes what is none.
    """
    features = dict(graph.outputs)
    names = list(network.inputs)
    if names == [FEATURES]:
        alone = list(features.values())
        whole = len(alone) == 1 and len(type_of(alone[0]).shape) == network.rank(FEATURES) - 1 > 1
        return (n.Graph(((FEATURES, _sent(alone[0])),)), False) if whole else (graph, True)
    for name in names:
        if name not in features:
            near = difflib.get_close_matches(name, features, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(features)}."
            raise ModelError(
                f"The network's input '{name}' is no feature.", remedy=hint, column=name
            )
    return n.Graph(tuple((name, _sent(features[name], codes=True)) for name in names)), False


def _sent(node: n.Node, *, codes: bool = False) -> n.Node:
    dtype = type_of(node).dtype
    keep = dtype == "float32" or (codes and dtype in INTEGERS)
    return node if keep else n.Cast(node, "float32")
