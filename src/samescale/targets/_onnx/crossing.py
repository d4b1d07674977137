"""How raw columns, and what the host computes of them, become the inputs of an ONNX model."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

import numpy as np

from samescale.targets._onnx.form import MISSING_TEXT, UNREADABLE_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array, DType


@final
@dc.dataclass(frozen=True, slots=True)
class Crossing:
    """One input of the ONNX model.

    Attributes:
        name: The input's name in the model: the column's where the raw value crosses,
            `COLUMN_host` where the host computes first; of a packed matrix, its dtype.
        dtype: The dtype that the model takes.
        shape: The shape of one row: `(1,)` for a plain column, `(k,)` for k of them packed.
        keys: The columns, or outputs of the host's graph, that it is filled with, in order.
        columns: The raw columns that it is made of.
        why: Empty if all of it is raw; else what the host does first.
        packed: Whether plain values stand side by side in it.
    """

    name: str
    dtype: DType
    shape: tuple[int, ...]
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    why: str = ""
    packed: bool = False

    @property
    def origin(self) -> str:
        """`"raw"`, or `"host: …"` with what the host does first."""
        return f"host: {self.why}" if self.why else "raw"

    def send(self, values: Mapping[str, Array]) -> Array:
        """The input's array: rows first, of this dtype and shape, contiguous.

        Args:
            values: Raw columns and the host's outputs, by key, of the graph's own dtypes.
        """
        if not self.packed:
            (key,) = self.keys
            value = values[key]
            joined = value[:, None] if value.ndim == 1 else value
        else:
            joined = _side_by_side([values[key] for key in self.keys])
        if self.dtype == "string":
            return texts(joined)
        # The graph's own dtypes come, so there is nothing to convert.
        return joined if joined.flags.c_contiguous else np.ascontiguousarray(joined)


def _side_by_side(columns: Sequence[Array]) -> Array:
    rows = len(columns[0])
    if rows == 1:  # one copy in all
        return np.concatenate(columns).reshape(1, len(columns))
    made: Array = np.empty((rows, len(columns)), columns[0].dtype)
    for place, column in enumerate(columns):
        made[:, place] = column
    return made


def texts(values: Array) -> Array:
    """`values` as ONNX takes them: a missing text is `MISSING_TEXT`, rows first.

    A text with a lone surrogate, which ONNX can't hold and no Lookup there knows, becomes one that
    is no key either.
    """
    flat = values.ravel().tolist()
    try:
        "".join(flat).encode()
    except TypeError:
        return texts(_filled([MISSING_TEXT if x is None else x for x in flat], values.shape))
    except UnicodeEncodeError:
        return _filled([_readable(x) for x in flat], values.shape)
    return values if values.flags.c_contiguous else np.ascontiguousarray(values)


def _readable(text: str) -> str:
    return UNREADABLE_TEXT if any("\ud800" <= x <= "\udfff" for x in text) else text


def _filled(flat: list[str], shape: tuple[int, ...]) -> Array:
    made: Array = np.empty(len(flat), object)
    made[:] = flat
    return made.reshape(shape)
