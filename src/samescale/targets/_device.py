"""The two sides of a graph: what the host computes, what crosses, what a framework computes."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, TypeAlias, final

import numpy as np

from samescale.ir import nodes as n
from samescale.ir.cut import cut
from samescale.ir.reference import feed
from samescale.ir.reference import run as reference
from samescale.ir.simplify import concatenate
from samescale.ir.types import INTEGERS
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.ir.types import Array, DType, TensorType


INT32: Final = np.iinfo(np.int32)

Compute: TypeAlias = "Callable[[Mapping[str, Array]], dict[str, Array]]"


@final
@dc.dataclass(frozen=True, slots=True)
class Crossing:
    """One input of a model that takes raw columns.

    Attributes:
        name: The input's name in the model: the column's where the raw value crosses, and
            `COLUMN_host` where the host computes first, so that a raw value can't be sent for it
            unseen. (Keras takes no "/" in a name: it becomes "_", everywhere.)
        dtype: The dtype that the model takes; where it has 32 bits, int64 codes cross as int32.
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
    """A graph, cut for a framework.

    Attributes:
        host: What NumPy computes first; its outputs are named like the device's inputs.
        device: What the framework computes.
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
        """The model's inputs for raw columns.

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


def sides(graph: n.Graph, reasons: Mapping[int, str], *, narrow: bool) -> Sides:
    """`graph`, cut into what the host and what the framework computes.

    Deterministic: a graph read back from a bundle is cut into the same inputs, of the same names.

    Args:
        graph: A well-formed graph.
        reasons: Why a node runs on the host, by `id`, for every node that does by itself.
        narrow: Whether the framework's integers have 32 bits.
    """
    host, device = cut(graph, lambda node: id(node) in reasons)
    computed = dict(host.outputs)
    origins = {node.name: computed.get(node.name, node) for node in device.inputs}
    types = {node.name: node.type for node in device.inputs}
    whys = {key: _why(origin, reasons) for key, origin in origins.items()}
    names = _names({key: _stem(origin, whys[key]) for key, origin in origins.items()})
    unknown = _unknown(device) if narrow else None
    inputs = tuple(
        (key, _crossing(names[key], origin, types[key], unknown, whys[key]))
        for key, origin in origins.items()
    )
    return Sides(host, device, inputs)


def _crossing(
    name: str, origin: n.Node, type_: TensorType, unknown: int | None, why: str
) -> Crossing:
    wide = type_.dtype == "int64" and unknown is not None
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
        return ""  # a framework does the same when it makes the input's dtype of what is sent
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


def cut_for(
    graph: n.Graph,
    cut_: Callable[[n.Graph], Sides],
    *,
    by_column: bool,
    names: Sequence[str] | None = None,
) -> Sides:
    """The sides of `graph` for a model that takes features by column, or joined.

    The graph is cut before its columns are joined, so that each input is one column's.

    Args:
        graph: From the raw columns to one output a column.
        cut_: The framework's own cut.
        by_column: Whether the features stay apart; a plain one is then `[rows, 1]`.
        names: The columns that are taken; all of them if left out.
    """
    if names is not None:
        kept = dict(graph.outputs)
        graph = n.Graph(tuple((name, kept[name]) for name in names))
    alone = by_column or len(graph.outputs) == 1
    found = cut_(n.Graph(tuple((name, sent(node, alone=alone)) for name, node in graph.outputs)))
    device = found.device
    if alone:
        device = n.Graph(tuple((name, column(node)) for name, node in device.outputs))
    return dc.replace(found, device=device if alone else concatenate(device))


def sent(node: n.Node, *, alone: bool) -> n.Node:
    """A column's features in what a network takes: float32, but codes that stand alone."""
    dtype = type_of(node).dtype
    keep = dtype == "float32" or (alone and dtype in INTEGERS)
    return node if keep else n.Cast(node, "float32")


def column(node: n.Node) -> n.Node:
    """A plain column's features as `[rows, 1]`."""
    return node if type_of(node).shape else n.Reshape(node, (1,))


def described(inputs: Sequence[Crossing]) -> str:
    """A model's inputs in words, one a line, for who calls it without samescale."""
    return "\n".join(
        f"{c.name}: {c.dtype}{[None, *c.shape]} from {', '.join(c.columns)}, {c.origin}"
        for c in inputs
    )


def joined(
    graph: n.Graph, cut_: Callable[[n.Graph], Sides], device: Callable[[Sides, n.Graph], Compute]
) -> Compute:
    """Host and device as one function of raw columns, which gives what the reference gives.

    Args:
        graph: A well-formed graph.
        cut_: The framework's own cut.
        device: What computes a device graph of the cut from what crosses, by the crossings' names.

    Returns:
        A function whose outputs have the graph's dtypes. What the host computes to the end comes
        from there.
    """
    whole = cut_(graph)
    dtypes = {name: type_of(node).numpy for name, node in graph.outputs}
    direct = {name: x.name for name, x in whole.device.outputs if isinstance(x, n.Input)}
    rest = n.Graph(tuple(pair for pair in whole.device.outputs if pair[0] not in direct))
    needed = {x.name for x in rest.inputs}
    keys = tuple((key, crossing) for key, crossing in whole.inputs if key in needed)
    compute = device(dc.replace(whole, inputs=keys), rest) if rest.outputs else None

    def run(columns: Mapping[str, Array]) -> dict[str, Array]:
        host = reference(whole.host, columns) if whole.host.outputs else {}
        given = {**feed(graph, columns), **host}
        found = {name: given[key] for name, key in direct.items()}
        if compute is not None:
            found |= compute({crossing.name: crossing.send(given[key]) for key, crossing in keys})
        return {name: found[name].astype(dtype, copy=False) for name, dtype in dtypes.items()}

    return run
