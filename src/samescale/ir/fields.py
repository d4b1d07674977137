"""The fields of each node as JSON: one table for writing and reading."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final, get_args

import numpy as np

from samescale.errors import GraphError
from samescale.ir import nodes as n
from samescale.ir.rules import MAX_ENTRIES
from samescale.ir.types import DTYPES, TensorType, dtype_of, numpy_dtype

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from samescale.ir.types import Array

Field: TypeAlias = Literal[
    "node", "nodes", "text", "whole", "wholes", "real", "dtype", "type", "array", "keys", "mode",
    "cut",
]  # fmt: skip
MAX_INLINE = 64
MAX_RANK = 32
MAX_KEYS = 50_000_000
_X: dict[str, Field] = {"x": "node"}
_XY: dict[str, Field] = {"x": "node", "y": "node"}

FIELDS: dict[type[n.Node], dict[str, Field]] = {
    n.Input: {"name": "text", "type": "type"},
    n.Const: {"value": "array"},
    n.Cast: {**_X, "dtype": "dtype"},
    n.Sub: _XY,
    n.Mul: _XY,
    n.Exp: _X,
    n.Expm1: _X,
    n.Log: _X,
    n.Log1p: _X,
    n.Power: {**_X, "exponent": "real"},
    n.Clip: {**_X, "low": "array", "high": "array"},
    n.Floor: _X,
    n.IsNan: _X,
    n.Equal: _XY,
    n.Less: _XY,
    n.Where: {"condition": "node", **_XY},
    n.Bucketize: {**_X, "edges": "array"},
    n.Lookup: {**_X, "keys": "keys", "values": "wholes", "default": "whole", "missing": "whole"},
    n.OneHot: {**_X, "depth": "whole", "mode": "mode", "dtype": "dtype"},
    n.HashBucket: {**_X, "bins": "whole", "salt": "whole"},
    n.Take: {**_X, "indices": "wholes"},
    n.Reshape: {**_X, "shape": "wholes"},
    n.Concat: {"xs": "nodes"},
    n.Strip: _X,
    n.Lower: _X,
    n.Erase: {**_X, "characters": "text"},
    n.Split: {**_X, "length": "whole", "by": "cut", "ngrams": "wholes"},
    n.Bag: {**_X, "keys": "keys", "depth": "whole", "by": "cut", "ngrams": "wholes"},
}
_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_MODES = ("one_hot", "multi_hot", "count")
_CUTS = get_args(n.Cut)


def required(kind: type[n.Node]) -> set[str]:
    """The fields that are always written: those without a default."""
    return {field.name for field in dc.fields(kind) if field.default is dc.MISSING}


def written(node: n.Node) -> dict[str, Field]:
    """The fields of `node` that are written: one that has its default is left out.

    So a node that grows by a field with a default changes no digest and no stored graph.
    """
    own = type(node)
    idle = {field.name for field in dc.fields(own) if _is_default(field, node)}
    return {name: field for name, field in FIELDS[own].items() if name not in idle}


def _is_default(field: dc.Field[Any], node: n.Node) -> bool:
    return field.default is not dc.MISSING and getattr(node, field.name) == field.default


@final
class Writer:
    """Nodes to JSON; `arrays` collects what stands apart.

    Args:
        index: The index of each node, by its `id`.
    """

    def __init__(self, index: Mapping[int, int]) -> None:
        self.index = index
        self.arrays: dict[str, Array] = {}

    def node(self, index: int, node: n.Node) -> dict[str, Any]:
        """The JSON of `node`, the one at `index`."""
        return {"op": type(node).__name__} | {
            name: self._write(f"{index}.{name}", field, getattr(node, name))
            for name, field in written(node).items()
        }

    def _write(self, name: str, field: Field, value: Any) -> Any:
        match field:
            case "node":
                return self.index[id(value)]
            case "nodes":
                return [self.index[id(node)] for node in value]
            case "type":
                return {"dtype": value.dtype, "shape": list(value.shape)}
            case "array":
                return self._array(name, value)
            case "real":
                return _number(float(value))
            case "wholes" | "keys":
                return list(value)
            case _:
                return value

    def _array(self, name: str, value: Array) -> dict[str, Any]:
        dtype = dtype_of(value)
        if value.size > MAX_INLINE and dtype != "string":
            self.arrays[name] = value
            return {"array": name}
        data = [_number(entry) for entry in value.ravel().tolist()]
        return {"dtype": dtype, "shape": list(value.shape), "data": data}


def _number(value: Any) -> Any:
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


@final
class Reader:
    """JSON to the fields of nodes, each checked.

    Args:
        arrays: The arrays that stand apart, by name.

    Attributes:
        nodes: The nodes read so far, in order.
        taken: The names of the arrays that were read.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = arrays
        self.nodes: list[n.Node] = []
        self.taken: set[str] = set()

    def read(self, place: str, field: Field, value: Any) -> Any:
        """The field `field` of JSON `value`.

        Raises:
            GraphError: Naming `place`.
        """
        match field:
            case "node":
                return self._node(place, value)
            case "nodes":
                return tuple(self._node(place, item) for item in _list(place, value))
            case "wholes":
                return tuple(_whole(place, item) for item in _list(place, value))
            case "keys":
                return _keys(place, value)
            case "real":
                return _real(place, value)
            case "type":
                return _type(place, value)
            case "array":
                return self._array(place, value)
            case _:
                return _PLAIN[field](place, value)

    def _node(self, place: str, value: Any) -> n.Node:
        index = _whole(place, value)
        if not 0 <= index < len(self.nodes):
            _wrong(place, value, "the index of an earlier node")
        return self.nodes[index]

    def _array(self, place: str, value: Any) -> Array:
        if isinstance(value, dict) and value.keys() == {"array"}:
            return self._apart(place, value["array"])
        if not isinstance(value, dict) or value.keys() != {"dtype", "shape", "data"}:
            _wrong(place, value, "an array")
        of = _type(place, {"dtype": value["dtype"], "shape": value["shape"]})
        data = _list(place, value["data"])
        if len(data) != math.prod(of.shape) or (of.dtype != "string" and len(data) > MAX_INLINE):
            _wrong(place, value["shape"], f"the shape of {len(data)} entries")
        return _inline(place, of, data)

    def _apart(self, place: str, name: Any) -> Array:
        if not isinstance(name, str) or name not in self.arrays:
            _wrong(place, name, "the name of an array that is there")
        array = self.arrays[name]
        if array.dtype.name not in DTYPES or array.size > MAX_ENTRIES:
            _wrong(place, array.dtype.name, f"an array of numbers, at most {MAX_ENTRIES}")
        self.taken.add(name)
        kept: Array = array.astype(array.dtype.newbyteorder("="))
        kept.flags.writeable = False
        return kept


def _wrong(place: str, value: Any, wanted: str) -> NoReturn:
    raise GraphError(f"{place}: {value!r:.80} is not {wanted}.", value=value)


def _list(place: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_KEYS:
        _wrong(place, value, f"a list of at most {MAX_KEYS} entries")
    return value


def _whole(place: str, value: Any) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**64:
        _wrong(place, value, "a whole number of 64 bits")
    return value


def _text(place: str, value: Any) -> str:
    if not isinstance(value, str):
        _wrong(place, value, "text")
    return value


def _real(place: str, value: Any) -> float:
    if isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    if not isinstance(value, float) or not math.isfinite(value):
        _wrong(place, value, "a number with a point")
    return value


def _dtype(place: str, value: Any) -> str:
    if value not in DTYPES:
        _wrong(place, value, "a dtype of the graph")
    return str(value)


def _mode(place: str, value: Any) -> str:
    if value not in _MODES:
        _wrong(place, value, f"one of {', '.join(_MODES)}")
    return str(value)


def _cut(place: str, value: Any) -> str:
    if value not in _CUTS:
        _wrong(place, value, f"one of {', '.join(_CUTS)}")
    return str(value)


def _keys(place: str, value: Any) -> tuple[str, ...] | tuple[int, ...]:
    keys = _list(place, value)
    if any(type(key) not in {str, int} for key in keys):
        _wrong(place, value, "a list of texts or of whole numbers")
    return tuple(keys)


def _type(place: str, value: Any) -> TensorType:
    if not isinstance(value, dict) or value.keys() != {"dtype", "shape"}:
        _wrong(place, value, "a dtype and a shape")
    shape = tuple(_whole(place, size) for size in _list(place, value["shape"]))
    if len(shape) > MAX_RANK or min(shape, default=0) < 0 or math.prod(shape) > MAX_ENTRIES:
        _wrong(place, value["shape"], f"a shape of at most {MAX_ENTRIES} entries")
    return TensorType(_dtype(place, value["dtype"]), shape)  # type: ignore[arg-type]


def _inline(place: str, of: TensorType, data: list[Any]) -> Array:
    kind = of.numpy.kind
    entry: Callable[[str, Any], Any] = _ENTRIES[kind]
    entries = [entry(place, item) for item in data]
    made: Array = np.empty(len(entries), numpy_dtype(of.dtype))
    try:
        with np.errstate(all="ignore"):
            made[:] = entries
    except OverflowError:
        _wrong(place, data, f"an array of {of.dtype}")
    if kind == "f" and not np.array_equal(made.astype(np.float64), entries, equal_nan=True):
        _wrong(place, data, f"an array of {of.dtype}, which rounds it")
    made = made.reshape(of.shape)
    made.flags.writeable = False
    return made


def _truth(place: str, value: Any) -> bool:
    if type(value) is not bool:
        _wrong(place, value, "true or false")
    return value


def _string(place: str, value: Any) -> str | None:
    return None if value is None else _text(place, value)


_PLAIN: dict[Field, Callable[[str, Any], Any]] = {
    "text": _text,
    "whole": _whole,
    "dtype": _dtype,
    "mode": _mode,
    "cut": _cut,
}
_ENTRIES: dict[str, Callable[[str, Any], Any]] = {
    "f": _real,
    "i": _whole,
    "u": _whole,
    "b": _truth,
    "O": _string,
}
