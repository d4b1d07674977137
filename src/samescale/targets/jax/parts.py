"""`build`: a graph, and a network on top of it, as a pure JAX function."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import jax
import numpy as np

from samescale.errors import DataError
from samescale.targets import _device
from samescale.targets._narrow import sides
from samescale.targets.jax.lower import lower

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.ir import nodes as n
    from samescale.ir.types import Array
    from samescale.targets._device import Compute, Crossing, Sides
    from samescale.targets.base import Run

Output: TypeAlias = Literal["matrix", "columns"]
Function: TypeAlias = "Callable[[Mapping[str, Any]], Any]"


@final
@dc.dataclass(frozen=True, slots=True)
class JaxParts:
    """A graph and a network, as a JAX function and what runs before it.

    Attributes:
        sides: The host's graph, and how its values cross.
        function: Takes a dict of arrays by the names of `inputs`; pure, so that `jit`, `vmap` and
            `grad` take it.
    """

    sides: Sides
    function: Function

    @property
    def host(self) -> n.Graph:
        """What NumPy computes before the function; no outputs if there is nothing."""
        return self.sides.host

    @property
    def inputs(self) -> tuple[Crossing, ...]:
        """What the function takes: names, dtypes, shapes, raw or not."""
        return tuple(crossing for _, crossing in self.sides.inputs)

    def cross(
        self,
        columns: Mapping[str, Array],
        run: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None,
    ) -> dict[str, Array]:
        """The function's inputs for raw columns; see `Sides.cross`."""
        return self.sides.cross(columns, run)

    def describe(self) -> str:
        """The function's inputs in words, one a line, for who calls it without samescale."""
        return _device.described(self.inputs)


def build(
    graph: n.Graph,
    network: Callable[[Any], Any] | None = None,
    *,
    output: Output = "matrix",
) -> JaxParts:
    """`graph`, with `network` on top of it, as a JAX function.

    Args:
        graph: From the raw columns to one output a column, well formed.
        network: A function of the features, its parameters bound.
        output: What the network takes, or the function gives without one: "matrix", all features
            joined as float32 `[rows, width]` (a single column as it is), or "columns", a dict of
            each column's (codes as int32, plain ones `[rows, 1]`).

    Returns:
        The function and what must run before it. It computes in 32 bits, whether or not
        `jax_enable_x64` is set; float64 columns are scaled on the host, before they are narrowed.

    Example:
        >>> from samescale.ir import nodes as n
        >>> from samescale.ir.build import mul, sub
        >>> from samescale.ir.types import TensorType
        >>> ages = n.Graph((("age", mul(sub(n.Input("age", TensorType("float32")), 40.0), 0.1)),))
        >>> parts = build(ages)
        >>> jax.jit(parts.function)({"age": np.array([60.0], np.float32)}).tolist()
        [[2.0]]
    """
    cut = cut_for(graph, output)

    def function(inputs: Mapping[str, Any]) -> Any:
        made = lower(cut.device, {key: _taken(c, inputs) for key, c in cut.inputs})
        features = made if output == "columns" else next(iter(made.values()))
        return features if network is None else network(features)

    return JaxParts(cut, function)


def cut_for(graph: n.Graph, output: Output) -> Sides:
    """The sides of `graph` for a function that gives features by column, or joined."""
    return _device.cut_for(graph, sides, by_column=output == "columns")


def _taken(crossing: Crossing, inputs: Mapping[str, Any]) -> Any:
    name = crossing.name
    if name not in inputs:
        raise DataError(
            f"The input '{name}' is missing.",
            remedy="fitted.jax_inputs(table) gives all of them.",
            column=name,
        )
    x = inputs[name]
    shapes = {crossing.shape, () if crossing.shape == (1,) else crossing.shape}
    if str(x.dtype) != crossing.dtype or not x.ndim or tuple(x.shape[1:]) not in shapes:
        raise DataError(
            f"The input '{name}' is {x.dtype} of shape {list(x.shape)}, not {crossing.dtype} "
            f"[rows, {', '.join(map(str, crossing.shape))}].",
            remedy="fitted.jax_inputs(table) gives what it takes.",
            column=name,
        )
    return x


def joined(graph: n.Graph) -> Run:
    """A function of raw columns that gives what the graph's reference gives."""
    return _device.joined(graph, sides, _compute)


def _compute(cut: Sides, device: n.Graph) -> Compute:
    keys = {crossing.name: key for key, crossing in cut.inputs}
    call = jax.jit(lambda sent: lower(device, {keys[name]: x for name, x in sent.items()}))

    def compute(sent: Mapping[str, Array]) -> dict[str, Array]:
        return {name: np.asarray(x) for name, x in call(dict(sent)).items()}

    return compute
