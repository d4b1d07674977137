"""Which nodes ONNX can't run as they are defined, and why: those run on the host, by NumPy.

- Text is cut, stripped, lowered and hashed by Python's rules; ONNX has a locale, or nothing.
  What looks at such text stays beside it, so that a number crosses and not a string.
- Hashing an integer hashes its digits: some 150 nodes in ONNX, slower than NumPy even for one row.
- float16 beyond moving and comparing: ONNX Runtime on CPU computes it in float32 and may keep
  float32 from one node to the next; and what it makes of float64 or of a wide integer is rounded
  twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from samescale.ir import nodes as n
from samescale.ir.verify import types
from samescale.targets._onnx.form import MISSING_TEXT, UNREADABLE_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samescale.ir.types import TensorType

TextPlace: TypeAlias = Literal["graph", "host"]

_NEVER: dict[type[n.Node], str] = {
    n.HashBucket: "ONNX has no hash",
    n.Strip: "ONNX has no such operation on text",
    n.Lower: "ONNX follows a locale",
    n.Erase: "ONNX has no such operation on text",
    n.Split: "ONNX has no such operation on text",
    n.Bag: "ONNX has no such operation on text",
}
_INEXACT = (n.Exp, n.Expm1, n.Log, n.Log1p, n.Power)
_HALF_EXACT = frozenset({"float16", "float32", "bool", "int8", "uint8"})


def hosted(graph: n.Graph, text: TextPlace) -> dict[int, str]:
    """Why a node runs on the host, by `id`, for every node of `graph` that does by itself.

    Args:
        graph: A well-formed graph.
        text: Where text is looked up: in the model, or on the host. There it is computed too what
            isn't the same bits everywhere, so that features are NumPy's.
    """
    found = types(graph)
    reasons: dict[int, str] = {}
    for node in graph.nodes:
        why = _why(node, found) or _why_text(node, found, reasons, text)
        if why is None and text == "host" and isinstance(node, _INEXACT):
            why = "its last bits are the library's"
        if why is not None:
            reasons[id(node)] = why
    return reasons


def _why(node: n.Node, found: Mapping[int, TensorType]) -> str | None:
    if type(node) in _NEVER:
        return _NEVER[type(node)]
    dtypes = {found[id(x)].dtype for x in (node, *n.arguments(node))}
    match node:
        case n.Cast() if "float16" in dtypes and not dtypes <= _HALF_EXACT:
            return "float16 would be rounded twice"
        case n.Sub() | n.Mul() | n.Exp() | n.Expm1() | n.Log() | n.Log1p() | n.Power():
            return "float16 values" if "float16" in dtypes else None
        case n.OneHot(_, _, _, "float16"):
            return "float16 values"
    return None


def _why_text(
    node: n.Node, found: Mapping[int, TensorType], reasons: Mapping[int, str], text: TextPlace
) -> str | None:
    of = [x for x in n.arguments(node) if found[id(x)].dtype == "string"]
    if not of:
        return None
    if text == "host" or any(id(x) in reasons for x in of):
        return "text is looked up on the host"
    match node:
        case n.Equal(x, y) if not _is_one_text(x) and not _is_one_text(y):
            return "ONNX compares no texts"
        case n.Lookup(_, keys) if not _sayable(keys):
            return "a key is no text in ONNX"
    values = [text for x in of if isinstance(x, n.Const) for text in x.value.flat]
    return None if _sayable(values) else "a constant is no text in ONNX"


def _is_one_text(node: n.Node) -> bool:
    return isinstance(node, n.Const) and node.value.size == 1 and node.value.ndim < 2  # noqa: PLR2004 - more axes would give the result more


def _sayable(texts: Iterable[object]) -> bool:
    """Whether ONNX can hold each text, and none is what stands for no text."""
    return all(text is None or _is_plain(str(text)) for text in texts)


def _is_plain(text: str) -> bool:
    if text in {MISSING_TEXT, UNREADABLE_TEXT}:
        return False
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
