"""The tensors of the Open Inference Protocol as arrays, and back.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from __future__ import annotations

import math
import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from samescale.findings import Finding
from samescale.ir.types import INTEGERS
from samescale.serve.http import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array
    from samescale.schema import Column

MOST_AXES = 8  # a tensor of more is refused, so that a shape can't ask for a tower of lists
MOST_ENTRIES = 2**32  # a body has fewer by far
_WHOLE = re.compile(r"U?INT(8|16|32|64)")
_PLACE = re.compile(r"\$\[(\d+)\]")
_LEAVES: Final[Mapping[str, Any]] = {
    "BOOL": bool,
    "BYTES": str,
    "FP16": float,
    "FP32": float,
    "FP64": float,
}


def datatype(column: Column) -> str:
    """The protocol's datatype for a column: the one that loses nothing.

    Numbers are FP64 although the model may take float32: the door rounds them once, as in
    training, and a time in seconds would not survive FP32.
    """
    match column.kind:
        case "string" | "datetime":
            return "BYTES"
        case "boolean":
            return "BOOL"
        case "integer":
            return "INT64"
        case _:
            return column.dtype.upper() if column.dtype in INTEGERS else "FP64"


def array(name: str, kind: str, shape: list[int], data: msgspec.Raw) -> Array:
    """The array of a tensor whose data is JSON, flat or nested, in row-major order.

    Args:
        name: The tensor's name.
        kind: Its datatype.
        shape: Its shape.
        data: Its data; null is a missing value.

    Raises:
        Refused: 400 with the finding, if datatype, shape and data don't agree.
    """
    if not shape or len(shape) > MOST_AXES or not all(0 <= n <= MOST_ENTRIES for n in shape):
        raise _refused("SG104", name, f"has the shape {shape}.", "Give rows, and one row's shape.")
    if math.prod(shape[1:]) > MOST_ENTRIES:  # of no rows, which NumPy would count all the same
        raise _refused("SG104", name, f"has the shape {shape}.", "Give one row's shape.")
    values = _values(name, _leaf(name, kind), len(shape), data)
    _check_range(name, kind, values)
    if len(values) != math.prod(shape):
        raise _refused(
            "SG104",
            name,
            f"has {len(values)} values; its shape {shape} is due {math.prod(shape)}.",
            "Send as many values as the shape says.",
        )
    return _typed(kind, values).reshape(shape)


def _leaf(name: str, kind: str) -> Any:
    if _WHOLE.fullmatch(kind):
        return int
    if kind not in _LEAVES:
        known = f"{', '.join(_LEAVES)}, INT8 to INT64, UINT8 to UINT64"
        raise _refused("SG103", name, f"has the datatype '{kind[:20]}'.", f"Known are: {known}.")
    return _LEAVES[kind]


def _values(name: str, leaf: Any, axes: int, data: msgspec.Raw) -> list[Any]:
    flat: Any = list[leaf | None]
    try:
        return msgspec.json.decode(data, type=flat)  # type: ignore[no-any-return]
    except (ValueError, RecursionError) as error:
        nested = _nested(leaf, axes, data) if axes > 1 and "got `array`" in str(error) else None
        if nested is not None:
            return nested
        raise _wrong(name, error) from None


def _nested(leaf: Any, axes: int, data: msgspec.Raw) -> list[Any] | None:
    kind: Any = leaf | None
    for _ in range(axes):
        kind = list[kind]
    try:
        values = msgspec.json.decode(data, type=kind)
    except (ValueError, RecursionError):
        return None
    for _ in range(axes - 1):
        if len(set(map(len, values))) > 1:
            return None
        values = list(chain.from_iterable(values))
    return values  # type: ignore[no-any-return]


def _wrong(name: str, error: Exception) -> Refused:
    place = _PLACE.search(str(error))
    where = "" if place is None else f" at value {place.group(1)}"
    words = str(error).partition(" - at")[0]
    return _refused("SG103", name, f"has another type{where}: {words}.", "Send its datatype.")


def _check_range(name: str, kind: str, values: list[Any]) -> None:
    """Refuse an integer that its datatype can't hold: it would not be the number that was meant."""
    if not _WHOLE.fullmatch(kind):
        return
    limits = np.iinfo(kind.lower())
    low, high = int(limits.min), int(limits.max)
    for place, value in enumerate(values):
        if value is not None and not low <= value <= high:
            what = f"has a value beyond {low} to {high} at value {place}."
            raise _refused("SG106", name, what, "Send a datatype that holds it.")


def _typed(kind: str, values: list[Any]) -> Array:
    if kind == "BYTES":
        return np.fromiter(values, dtype=object, count=len(values))
    if None in values or kind.startswith("FP"):
        return np.array(values, dtype=object if kind == "BOOL" else np.float64)
    if kind == "BOOL":
        return np.array(values, dtype=bool)
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError:
        return np.fromiter(values, dtype=object, count=len(values))


def _refused(code: str, name: str, what: str, remedy: str) -> Refused:
    finding = Finding(code, f"Tensor '{name[:60]}' {what}", remedy, column=name[:60])
    return Refused(400, str(finding), [finding])
