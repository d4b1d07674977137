"""A graph as one JSON text, and put in the place of a transform's nodes."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import GraphError, SpecError
from samescale.ir import nodes as n
from samescale.ir import serial
from samescale.ir.fields import MAX_INLINE
from samescale.ir.rewrite import rewrite
from samescale.ir.types import FLOATS, INTEGERS, numpy_dtype
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Graph, Node
    from samescale.ir.types import Array

_OUTPUT = "y"


def put(graph: Graph, columns: Mapping[str, Node]) -> Node:
    """The graph's output, with nodes for its inputs."""

    def replaced(node: Node) -> Node:
        return _as(columns[node.name], node) if isinstance(node, n.Input) else node

    return rewrite(graph, replaced).outputs[0][1]


def _as(given: Node, wanted: n.Input) -> Node:
    found, numbers = type_of(given), FLOATS | INTEGERS
    if found.shape != wanted.type.shape or (
        found.dtype != wanted.type.dtype and not {found.dtype, wanted.type.dtype} <= numbers
    ):
        raise SpecError(
            f"Computed takes {wanted.type}, and {found} stands before it.",
            remedy="It belongs to the column that it was made for.",
        )
    if found.dtype == wanted.type.dtype:
        return given
    if wanted.type.dtype not in FLOATS:
        raise SpecError(
            f"Computed takes {wanted.type}, and {found} stands before it.",
            remedy="Send the column as whole numbers.",
        )
    return n.Cast(given, wanted.type.dtype)


def written(node: Node) -> str:
    """The graph of one output as text, its large arrays inside."""
    document, arrays = serial.to_json(n.Graph(((_OUTPUT, node),)))
    apart = {name: _plain(array) for name, array in arrays.items()}
    return canonical({**document, **({"arrays": apart} if apart else {})})


def _plain(array: Array) -> dict[str, Any]:
    # Thousands of numbers are text here, so that a spec stays one JSON file.
    flat = array.ravel()
    data = [flat[i : i + MAX_INLINE].tolist() for i in range(0, flat.size, MAX_INLINE)]
    texts_of = [[_number(value) for value in line] for line in data]
    return {"dtype": array.dtype.name, "shape": list(array.shape), "data": texts_of}


def _number(value: Any) -> Any:
    return value if not isinstance(value, float) or np.isfinite(value) else str(value)


@functools.lru_cache(256)
def read(text: str) -> Graph:
    """The graph of a text.

    Raises:
        SpecError: If it is none.
    """
    try:
        document = json.loads(text)
        apart = document.pop("arrays", {})
        return serial.from_json(document, {name: _array(of) for name, of in apart.items()})
    except GraphError as error:
        raise SpecError(f"Computed: {error.message}", remedy=error.remedy) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SpecError(
            f"Computed has no graph in {str(text)[:80]!r}: {error}.",
            remedy="Write it with Computed.of, and leave it as it is.",
        ) from error


def _array(of: Mapping[str, Any]) -> Array:
    flat = [float(v) if isinstance(v, str) else v for line in of["data"] for v in line]
    return np.array(flat, numpy_dtype(of["dtype"])).reshape(of["shape"])


def canonical(document: object) -> str:
    """JSON in one form."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
