"""The two sides of a graph: what the host computes, what crosses, what the ONNX model computes."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Literal, TypeAlias, final

from samescale.ir import nodes as n
from samescale.ir.cut import cut
from samescale.ir.reference import run as reference
from samescale.ir.rewrite import rewrite
from samescale.ir.simplify import concatenate, simplify
from samescale.targets._onnx.crossing import Crossing
from samescale.targets._onnx.hot import Bounds, bounds, bounds_of, side_by_side
from samescale.targets._onnx.place import TextPlace, hosted
from samescale.targets._onnx.takes import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.ir.types import Array, TensorType

Form: TypeAlias = Literal["columns", "packed"]
FEATURES = "features"


@final
@dc.dataclass(frozen=True, slots=True)
class Sides:
    """A graph, cut for ONNX.

    Attributes:
        host: What NumPy computes first; no outputs if there is nothing.
        device: What the ONNX model computes, over inputs named as those of the model.
        inputs: What crosses, in the order of the model's inputs.
        bounds: For inputs that hold codes of the host's, between which codes all of them are.
    """

    host: n.Graph
    device: n.Graph
    inputs: tuple[Crossing, ...]
    bounds: Mapping[str, Bounds]

    def cross(
        self,
        columns: Mapping[str, Array],
        run: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None = None,
    ) -> dict[str, Array]:
        """The ONNX model's inputs for raw columns.

        Args:
            columns: The admitted raw columns, of exactly the dtypes of the graph's inputs.
            run: The compiled host graph, where one is at hand; else the reference runs it.

        Returns:
            For each of `inputs`, by its name, the array to send.
        """
        if self.host.outputs:
            columns = {**columns, **(run(columns) if run else reference(self.host, columns))}
        return {crossing.name: crossing.send(columns) for crossing in self.inputs}


def sides(
    graph: n.Graph,
    *,
    form: Form = "columns",
    joined: bool = False,
    text: TextPlace = "graph",
) -> Sides:
    """`graph`, cut into what the host and what the ONNX model computes. Needs no ONNX.

    Deterministic: a graph read back from a bundle is cut into the same inputs, of the same names.

    Args:
        graph: A well-formed graph from raw columns.
        form: `columns`: an input for each column. `packed`: one for all plain columns of a dtype.
        joined: Whether the outputs become one float32 matrix, `features`.
        text: Where text is looked up: in the model, or on the host, so that codes cross.

    Example:
        >>> from samescale.ir.types import TensorType
        >>> ages = [n.Input(name, TensorType("float32")) for name in ("his", "hers")]
        >>> graph = n.Graph(tuple((age.name, n.Floor(age)) for age in ages))
        >>> [(c.name, c.shape, c.columns) for c in sides(graph, form="packed").inputs]
        [('float32', (2,), ('his', 'hers'))]
    """
    if form == "packed":  # else each input is one column's, so columns are joined after the cut
        graph = _small(graph, text, joined=joined)
    reasons = hosted(graph, text)
    host, device = cut(graph, lambda node: id(node) in reasons)
    origins = dict(host.outputs)
    told = {
        node.name: _Told.of(node, origins.get(node.name, node), reasons) for node in device.inputs
    }
    types = {node.name: node.type for node in device.inputs}
    plan = _packed(types) if form == "packed" else [(key,) for key in types]
    crossings = _crossings(plan, types, told, packed=form == "packed")
    small = device if form == "packed" else _small(device, text, joined=joined)
    return Sides(host, _over(small, crossings), crossings, _bounds(host, crossings))


def _small(graph: n.Graph, text: TextPlace, *, joined: bool) -> n.Graph:
    small = concatenate(graph) if joined else simplify(graph)
    # Where codes come from the host, `fetched` looks for one vector a column.
    return side_by_side(small) if text == "graph" else small


def _bounds(host: n.Graph, crossings: Sequence[Crossing]) -> dict[str, Bounds]:
    found: dict[int, Bounds] = {}
    for node in host.nodes:
        found[id(node)] = bounds(node, found)
    of = {name: found[id(node)] for name, node in host.outputs}
    return {
        crossing.name: bounds_of(of[key] for key in crossing.keys)
        for crossing in crossings
        if all(key in of for key in crossing.keys)
    }


@final
@dc.dataclass(frozen=True, slots=True)
class _Told:
    """What is said of one value that crosses."""

    columns: tuple[str, ...]
    why: str
    stem: str

    @classmethod
    def of(cls, node: n.Input, origin: n.Node, reasons: Mapping[int, str]) -> _Told:
        nodes = n.Graph((("", origin),)).nodes
        columns = tuple(dict.fromkeys(x.name for x in nodes if isinstance(x, n.Input)))
        if origin is node:
            return cls(columns, "", node.name)
        first = next((x for x in nodes if id(x) in reasons), None)
        why = "" if first is None else f"{type(first).__name__} ({reasons[id(first)]})"
        stem = columns[0] if len(columns) == 1 else "columns"
        return cls(columns, why or type(origin).__name__, f"{stem}_host")


def _packed(types: Mapping[str, TensorType]) -> list[tuple[str, ...]]:
    """The keys of each input: plain ones of a dtype together, where the first of them stands."""
    groups: dict[str, list[str]] = {}
    for key, type_ in types.items():
        groups.setdefault(f"{key}\0" if type_.shape else type_.dtype, []).append(key)
    return [tuple(group) for group in groups.values()]


def _crossings(
    plan: Sequence[tuple[str, ...]],
    types: Mapping[str, TensorType],
    told: Mapping[str, _Told],
    *,
    packed: bool,
) -> tuple[Crossing, ...]:
    made: dict[str, Crossing] = {}
    for keys in plan:
        type_ = types[keys[0]]
        joins = packed and not type_.shape
        name = _free(type_.dtype if joins else told[keys[0]].stem, made)
        columns = dict.fromkeys(column for key in keys for column in told[key].columns)
        made[name] = Crossing(
            name=name,
            dtype=type_.dtype,
            shape=(len(keys),) if joins else type_.shape or (1,),
            keys=keys,
            columns=tuple(columns),
            why="; ".join(dict.fromkeys(told[key].why for key in keys if told[key].why)),
            packed=joins,
        )
    return tuple(made.values())


def _free(stem: str, taken: Mapping[str, object]) -> str:
    """`stem` if no other is called so, else with a number."""
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    return name


def _over(device: n.Graph, crossings: Sequence[Crossing]) -> n.Graph:
    """The device's graph over the model's inputs, instead of over what they are filled with."""
    found = {node.name: node for node in device.inputs}
    made: dict[str, n.Node] = {}
    for crossing in crossings:
        kept = [found[key] for key in crossing.keys if key in found]
        if not kept:
            continue
        type_ = dc.replace(kept[0].type, shape=crossing.shape)
        whole = n.Input(crossing.name, type_)
        for place, key in enumerate(crossing.keys):
            row = n.Take(whole, (place,)) if crossing.packed else whole
            made[key] = n.Reshape(row, ()) if crossing.packed or not _of(found, key) else row
    swapped = rewrite(device, lambda x: made[x.name] if isinstance(x, n.Input) else x)
    return merged(swapped)


def _of(found: Mapping[str, n.Input], key: str) -> tuple[int, ...]:
    return found[key].type.shape if key in found else ()
