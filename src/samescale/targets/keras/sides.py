"""The two sides of a graph: what the host computes, what crosses, what the Keras model computes."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.cut import cut
from samescale.ir.reference import run as reference
from samescale.targets.keras.place import INT32, hosted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.ir.types import Array, DType, TensorType


@final
@dc.dataclass(frozen=True, slots=True)
class Crossing:
    """One input of the Keras model.

    Attributes:
        name: The input's name in the model: the column's where the raw value crosses, and
            `COLUMN_host` where the host computes first, so that a raw value can't be sent for it
            unseen. (Keras takes no "/" in a name: it becomes "_".)
        dtype: The dtype that the model takes; int64 codes cross as int32.
        shape: The shape of one row; a plain column crosses as `(1,)` and may be sent as `[rows]`
            or `[rows, 1]`.
        columns: The columns that it is made of.
        why: Empty if a caller sends the raw column as `dtype`; else what the host does first.
        elsewhere: What stands for an int64 that int32 can't hold: a code that nothing knows.
    """

    name: str
    dtype: DType
    shape: tuple[int, ...]
    columns: tuple[str, ...]
    why: str = ""
    elsewhere: int | None = None

    @property
    def origin(self) -> str:
        """`"raw"`, or `"host: …"` with what the host does first."""
        return f"host: {self.why}" if self.why else "raw"

    def send(self, value: Array) -> Array:
        """The value as the model takes it: rows first, of this dtype and shape."""
        if self.elsewhere is not None:
            outside = (value < INT32.min) | (value > INT32.max)
            value = np.where(outside, self.elsewhere, value) if outside.any() else value
        return value.astype(self.dtype, copy=False).reshape(len(value), *self.shape)


@final
@dc.dataclass(frozen=True, slots=True)
class Sides:
    """A graph, cut for Keras.

    Attributes:
        host: What NumPy computes first; its outputs are named like the device's inputs.
        device: What the Keras model computes.
        inputs: What crosses: for each input of `device`, its crossing.
    """

    host: n.Graph
    device: n.Graph
    inputs: tuple[tuple[str, Crossing], ...]

    def cross(
        self,
        columns: Mapping[str, Array],
        run: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None,
    ) -> dict[str, Array]:
        """The Keras model's inputs for raw columns.

        Args:
            columns: The admitted raw columns, of exactly the dtypes of the graph's inputs.
            run: The compiled host graph, where one is at hand; else the reference runs it.

        Returns:
            For each of `inputs`, by its name, the array to send.
        """
        computed: Mapping[str, Array] = {}
        if self.host.outputs:
            computed = run(columns) if run else reference(self.host, columns)
        return {
            crossing.name: crossing.send(computed[key] if key in computed else columns[key])
            for key, crossing in self.inputs
        }


def sides(graph: n.Graph) -> Sides:
    """`graph`, cut into what the host and what the Keras model computes.

    Deterministic: a graph read back from a bundle is cut into the same inputs, of the same names.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> city = n.Input("city", TensorType("string"))
        >>> code = n.Lookup(city, ("Oslo", "Rome"), (1, 2), default=0, missing=0)
        >>> found = sides(n.Graph((("city", n.OneHot(code, 3, "one_hot", "float32")),)))
        >>> [(c.name, c.dtype, c.shape, c.origin) for _, c in found.inputs]
        [('city_host', 'int32', (1,), 'host: Lookup (string values)')]
    """
    reasons = hosted(graph)
    host, device = cut(graph, lambda node: id(node) in reasons)
    computed = dict(host.outputs)
    origins = {node.name: computed.get(node.name, node) for node in device.inputs}
    types = {node.name: node.type for node in device.inputs}
    whys = {key: _why(origin, reasons) for key, origin in origins.items()}
    names = _names({key: _stem(origin, whys[key]) for key, origin in origins.items()})
    unknown = _unknown(device)
    inputs = tuple(
        (key, _crossing(names[key], origin, types[key], unknown, whys[key]))
        for key, origin in origins.items()
    )
    return Sides(host, device, inputs)


def _crossing(name: str, origin: n.Node, type_: TensorType, unknown: int, why: str) -> Crossing:
    wide = type_.dtype == "int64"
    return Crossing(
        name=name,
        dtype="int32" if wide else type_.dtype,
        shape=type_.shape or (1,),
        columns=_columns(origin),
        why=why,
        elsewhere=unknown if wide else None,
    )


def _why(origin: n.Node, reasons: Mapping[int, str]) -> str:
    """What the host does, in the words of the first node that has to be there."""
    if isinstance(origin, n.Input):
        return ""
    if isinstance(origin, n.Cast) and isinstance(origin.x, n.Input) and origin.dtype == "float32":
        return ""  # Keras does the same when it makes the input's dtype of what is sent
    for node in n.Graph((("", origin),)).nodes:
        if id(node) in reasons:
            return f"{type(node).__name__} ({reasons[id(node)]})"
    return type(origin).__name__


def _columns(origin: n.Node) -> tuple[str, ...]:
    inputs = n.Graph((("", origin),)).inputs
    return tuple(dict.fromkeys(node.name for node in inputs))


def _stem(origin: n.Node, why: str) -> str:
    """The column's name, and for what the host has computed another: a raw value isn't meant."""
    columns = _columns(origin)
    stem = (columns[0] if len(columns) == 1 else "columns").replace("/", "_")
    return f"{stem}_host" if why else stem


def _names(stems: Mapping[str, str]) -> dict[str, str]:
    """A name for each crossing: its stem if that is free, else with a number."""
    names: dict[str, str] = {}
    for key, stem in stems.items():
        name, number = stem, 1
        while name in names.values():
            number += 1
            name = f"{stem}_{number}"
        names[key] = name
    return names


def _unknown(device: n.Graph) -> int:
    """A negative code that is no key of any Lookup: OneHot and Lookup take it for unknown."""
    known = {key for node in device.nodes if isinstance(node, n.Lookup) for key in node.keys}
    return next(code for code in range(-1, INT32.min, -1) if code not in known)
