"""A graph as JSON and arrays, and back; and the digest that is its identity.

The JSON is `{"version": 1, "nodes": [...], "outputs": [[name, index], ...]}`. A node is
`{"op": "Sub", "x": 0, "y": 1}`: an argument is the index of an earlier node. An array of at most
64 entries, or of text, stands inline as `{"dtype", "shape", "data"}`, a NaN or an infinity as
`"NaN"`, `"Infinity"`, `"-Infinity"`; a larger one stands apart, as `{"array": name}`.

Nodes are listed by need: depth first from the outputs in their order, arguments first, equal nodes
once. A field that has its node's default is left out. So one graph has one form, however it was put
together.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import GraphError
from samescale.ir import nodes as n
from samescale.ir.fields import FIELDS, Reader, Writer, required, written
from samescale.ir.rewrite import share
from samescale.ir.verify import verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array

VERSION = 1
MAX_NODES = 100_000
_OPS = {node.__name__: node for node in FIELDS}


def to_json(graph: n.Graph) -> tuple[dict[str, Any], dict[str, Array]]:
    """The graph as JSON-able data, and its big arrays by name.

    Example:
        >>> from samescale.ir.build import sub
        >>> from samescale.ir.types import TensorType
        >>> age = n.Input("age", TensorType("float32"))
        >>> document, arrays = to_json(n.Graph((("age", sub(age, 40.0)),)))
        >>> document["nodes"][-1]
        {'op': 'Sub', 'x': 0, 'y': 1}
    """
    shared = share(graph)
    writer = Writer({id(node): index for index, node in enumerate(shared.nodes)})
    document = {
        "version": VERSION,
        "nodes": [writer.node(index, node) for index, node in enumerate(shared.nodes)],
        "outputs": [[name, writer.index[id(node)]] for name, node in shared.outputs],
    }
    return document, writer.arrays


def from_json(document: object, arrays: Mapping[str, Array]) -> n.Graph:
    """The graph of what `to_json` gave: read strictly, then verified.

    Args:
        document: The JSON data, trusted in nothing.
        arrays: The arrays that stand apart, by name.

    Raises:
        GraphError: On an unknown operation or field, a field of another type, a reference forward,
            an array that is missing or not used, a node that no output needs, too many nodes, too
            large a shape, or a graph that isn't well formed.
    """
    if not isinstance(document, dict) or document.keys() != {"version", "nodes", "outputs"}:
        raise GraphError("A graph is an object of 'version', 'nodes' and 'outputs'.")
    if type(document["version"]) is not int or document["version"] != VERSION:
        raise GraphError(
            f"The graph is of version {document['version']!r}, not {VERSION}.",
            remedy="Read it with a later version of samescale.",
        )
    reader = Reader(arrays)
    for index, entry in enumerate(_listed(document["nodes"], "nodes")):
        reader.nodes.append(_node(index, entry, reader))
    graph = n.Graph(tuple(_output(o, reader) for o in _listed(document["outputs"], "outputs")))
    _all_used(graph, reader)
    verify(graph)
    return graph


def digest(graph: n.Graph) -> str:
    """The identity of a graph: `sha256:` and 64 hexadecimal digits.

    SHA-256 over the JSON (keys sorted, no white space, non-ASCII escaped), a zero byte, and for
    each array that stands apart, by name: its name, dtype and shape as such JSON, a zero byte,
    and its bytes in C order, little-endian. Equal on every platform and in every process.
    """
    document, arrays = to_json(graph)
    state = hashlib.sha256(_canonical(document))
    for name in sorted(arrays):
        array = arrays[name]
        state.update(_canonical([name, array.dtype.name, list(array.shape)]))
        state.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
    return f"sha256:{state.hexdigest()}"


def _canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\0"


def _listed(value: object, name: str) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_NODES:
        raise GraphError(f"'{name}' is not a list of 1…{MAX_NODES} entries.")
    return value


def _node(index: int, entry: object, reader: Reader) -> n.Node:
    op = entry.get("op") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(op, str) or op not in _OPS:
        raise GraphError(
            f"Node {index}: {op!r:.80} is no operation of this version.",
            remedy="Read it with the version of samescale that wrote it, or a later one.",
        )
    kind = _OPS[op]
    given, known = entry.keys() - {"op"}, FIELDS[kind]
    if wrong := sorted(map(str, (required(kind) - given) | (given - known.keys()))):
        raise GraphError(f"Node {index}: {op} has missing or unknown fields {wrong}.")
    made: n.Node = kind(
        **{
            name: reader.read(f"Node {index}: {op}.{name}", field, entry[name])
            for name, field in known.items()
            if name in given
        }
    )
    if more := sorted(given - written(made).keys()):
        raise GraphError(f"Node {index}: {op} spells out the defaults of {more}.")
    return made


def _output(entry: object, reader: Reader) -> tuple[str, n.Node]:
    if not isinstance(entry, list) or len(entry) != 2:  # noqa: PLR2004 - a pair
        raise GraphError(f"The output {entry!r:.80} is not a pair of name and node.")
    name = reader.read("The output's name", "text", entry[0])
    return name, reader.read(f"The output '{name}'", "node", entry[1])


def _all_used(graph: n.Graph, reader: Reader) -> None:
    used = {id(node) for node in graph.nodes}
    for index, node in enumerate(reader.nodes):
        if id(node) not in used:
            raise GraphError(f"Node {index}: no output needs this {type(node).__name__}.")
    if left := sorted(set(reader.arrays) - reader.taken):
        raise GraphError(f"The array '{left[0]}' is not used by the graph.", value=left)
