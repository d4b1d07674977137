"""Several parts as one table: the same columns, of types that widen to one."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.errors import SourceError
from samescale.ir.types import INTEGERS, dtype_of, numpy_dtype
from samescale.sources.base import Chunk
from samescale.sources.columns.values import EXACT, inexact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from samescale.ir.types import DType
    from samescale.schema import Column
    from samescale.sources.base import Source


def columns(parts: Sequence[Source]) -> tuple[Column, ...]:
    """The columns of all parts together, in the order of the first.

    Integers and numbers widen to float64, booleans that miss values too; a column without any
    value in one part is of the kind that the other parts give it.

    Raises:
        SourceError: If a part misses a column, has one more, or has one of another kind.
    """
    joined = {column.name: column for column in parts[0].columns}
    untyped = set(parts[0].untyped)
    for part in parts[1:]:
        own = {column.name: column for column in part.columns}
        _same_names(parts[0], tuple(joined), part, tuple(own))
        for name, column in own.items():
            joined[name] = _join(joined[name], column, name in untyped, name in part.untyped, part)
        untyped &= part.untyped
    return tuple(joined.values())


def _same_names(first: Source, names: tuple[str, ...], part: Source, own: tuple[str, ...]) -> None:
    for name in sorted(set(names) ^ set(own)):
        here, there = (part, first) if name in own else (first, part)
        raise SourceError(
            f"Column '{name}' is in {here.description} but not in {there.description}.",
            remedy="Give parts that have the same columns, or read them one by one.",
            column=name,
        )


def _join(one: Column, other: Column, open_: bool, other_open: bool, part: Source) -> Column:
    if open_ or other_open:
        kept = other if open_ else one
        widened = "float64" if kept.kind in {"integer", "boolean"} else kept.dtype
        return dc.replace(kept, dtype=widened, nullable=True)
    if one == other:
        return one
    nullable = one.nullable or other.nullable
    if one.shape == other.shape and {one.kind, other.kind} <= {"number", "integer"}:
        kind = one.kind if one.kind == other.kind else "number"
        dtype = _common(one.dtype, other.dtype)
        return dc.replace(one, kind=kind, dtype=dtype, nullable=nullable)
    if (one.kind, one.shape) != (other.kind, other.shape):
        raise SourceError(
            f"Column '{one.name}' is {_said(other)} in {part.description}, {_said(one)} before.",
            remedy=f'Give one kind in all parts; for text files, dtypes={{"{one.name}": "string"}} '
            "settles it.",
            column=one.name,
        )
    return dc.replace(one, dtype=max(one.dtype, other.dtype, key=_width), nullable=nullable)


def _common(one: DType, other: DType) -> DType:
    if one == other:
        return one
    common = np.result_type(one, other) if {one, other} <= INTEGERS else np.dtype(np.float64)
    return dtype_of(np.empty(0, common))


def _said(column: Column) -> str:
    return column.kind if not column.shape else f"{column.kind} of shape {column.shape}"


def _width(dtype: str) -> int:
    return 1 if dtype == "float64" else 0


def conform(array: Any, column: Column, *, untyped: bool = False) -> Any:
    """An array of one part as the joined `column` has it.

    Text may come as Arrow has it, and stays so.

    Raises:
        SourceError: If an integer can't be held by float64.
    """
    dtype = numpy_dtype(column.dtype)
    if untyped:
        return np.full((len(array), *column.shape), None if dtype.kind == "O" else np.nan, dtype)
    if not isinstance(array, np.ndarray):  # text, as Arrow has it
        return array
    if array.dtype == dtype or (array.dtype == np.float64 and column.nullable):
        return array
    if array.dtype.kind in "iu" and dtype == np.float64 and array.size:
        low, high = int(array.min()), int(array.max())
        if max(-low, high) > EXACT:
            raise inexact(column.name, None, max(low, high, key=abs))
    return array.astype(dtype)


def chunks(
    parts: Sequence[Source],
    joined: Sequence[Column],
    names: Sequence[str],
    rows: int,
    *,
    arrow: bool = False,
) -> Iterator[Chunk]:
    """The chunks of all parts, one after another, with the row index running on."""
    kept = {column.name: column for column in joined}
    start = 0
    for part in parts:
        for chunk in part.chunks(names, rows=rows, arrow=arrow):
            arrays = {
                name: conform(chunk.columns[name], kept[name], untyped=name in part.untyped)
                for name in names
            }
            yield Chunk(arrays, start, chunk.rows)
            start += chunk.rows
