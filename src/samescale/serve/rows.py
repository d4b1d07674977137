"""Plain rows: `{"rows": [{"age": 41, …}]}` as something that the door takes.

The door (`samescale.door`) judges every value, here as everywhere. What it can't see any more is
refused here: what isn't JSON, NaN literals, and a name given twice.
"""

from __future__ import annotations

import dataclasses as dc
import json
import math
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, final

import msgspec
import numpy as np

from samescale.findings import Finding
from samescale.ir.types import FLOATS
from samescale.serve.http import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samescale.ir.types import Array
    from samescale.schema import Column, Schema

Rows: TypeAlias = "list[dict[str, Any]]"

# Up to some thirty rows the door's short way for dicts is the faster one, from there on columns
# that msgspec has typed: 17 against 180 µs for one row of 20 columns, 2.3 against 1.1 ms for 1,024.
_FEW_BYTES = 1 << 13
_MANY = 64  # unknown names that are told one by one
_SHAPE = 'Send {"rows": [{"column": value, ...}, ...]}.'


@final
class _Body(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[dict[str, Any]]


_decode = msgspec.json.Decoder(_Body).decode


@final
@dc.dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the bodies of one schema."""

    columns: tuple[Column, ...]
    max_rows: int
    decode_typed: Callable[[bytes], Any]
    plain_names: bool

    @classmethod
    def of(cls, schema: Schema, max_rows: int) -> RowReader:
        """The reader of a schema."""
        names = {f"c{place}": column.name for place, column in enumerate(schema.columns)}
        fields = [(key, _type(schema[name])) for key, name in names.items()]
        row = msgspec.defstruct("Row", fields, rename=names, forbid_unknown_fields=True, gc=False)
        body = msgspec.defstruct("Body", [("rows", list[row])], forbid_unknown_fields=True)  # type: ignore[valid-type]
        plain = not any(":" in name for name in schema.names)
        return cls(schema.columns, max_rows, msgspec.json.Decoder(body).decode, plain)

    def read(self, body: bytes) -> Rows | dict[str, Array]:
        """The rows of a body, or its columns where they are many.

        Raises:
            Refused: 400 with the finding, or 413 for too many rows.
        """
        typed = self._typed(body) if len(body) > _FEW_BYTES else None
        rows = typed if typed is not None else _untyped(body)
        if len(rows) > self.max_rows:
            raise Refused(413, f"{len(rows)} rows are more than the {self.max_rows} allowed.")
        if self._may_repeat(body, len(rows)) and (finding := repeated(body)):
            raise Refused(400, str(finding), [finding])
        return self._columns(typed) if typed else self._bounded(rows)

    def _bounded(self, rows: Rows) -> Rows:
        # The door looks for the nearest name of each unknown one; a million would keep it busy.
        names = set().union(*rows) if any(len(row) != len(self.columns) for row in rows) else ()
        if len(names) > len(self.columns) + _MANY:
            message = f"The rows have {len(names)} names; the contract has {len(self.columns)}."
            finding = Finding("SG102", message, "Send the contract's columns only.")
            raise Refused(400, str(finding), [finding])
        return rows

    def _typed(self, body: bytes) -> list[Any] | None:
        try:
            return self.decode_typed(body).rows  # type: ignore[no-any-return]
        except (ValueError, RecursionError):
            return None  # read again without types, so that the door says what is wrong

    def _columns(self, rows: list[Any]) -> dict[str, Array]:
        values = zip(*map(msgspec.structs.astuple, rows), strict=True)
        return {c.name: _array(c, column) for c, column in zip(self.columns, values, strict=True)}

    def _may_repeat(self, body: bytes, rows: int) -> bool:
        # Of a name that is given twice msgspec keeps the last. Each name has its colon, and
        # counting colons takes 0.1 µs a kB: more of them than names is a reason to look again.
        return not self.plain_names or body.count(b":") != 1 + rows * len(self.columns)


def repeated(body: bytes) -> Finding | None:
    """The finding of a name that some object of the body has twice, if there is one."""
    names: list[str] = []

    def keep(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs if len(dict(pairs)) < len(pairs) else ():
            if name in seen:
                names.append(name)
            seen.add(name)

    try:
        json.loads(body, object_pairs_hook=keep)
    except (ValueError, RecursionError) as error:
        return Finding("SG106", f"The body can't be read: {error}.", "Send JSON.")
    if not names:
        return None
    return Finding("SG106", f"'{names[0]}' is given twice.", "Give it once.", column=names[0])


def unreadable(body: bytes, error: Exception) -> Refused:
    """The refusal of a body that the parser refused."""
    finding = next(_unnumbers(body), None) or _unshaped(error)
    return Refused(400, str(finding), [finding])


def _type(column: Column) -> Any:
    if column.kind != "number" or column.dtype not in FLOATS:
        return Any
    found: Any = float | None if column.nullable else float
    for length in reversed(column.shape):
        found = Annotated[list[found], msgspec.Meta(min_length=length, max_length=length)]
    return found


def _array(column: Column, values: tuple[Any, ...]) -> Array:
    if column.kind == "number" and column.dtype in FLOATS:
        return np.array(values, dtype=np.float64)
    if column.shape:
        return values  # type: ignore[return-value]
    return np.fromiter(values, dtype=object, count=len(values))


def _untyped(body: bytes) -> Rows:
    try:
        return _decode(body).rows
    except (ValueError, RecursionError) as error:
        raise unreadable(body, error) from None


def _unshaped(error: Exception) -> Finding:
    if isinstance(error, msgspec.ValidationError):
        return Finding("SG104", f"The body isn't what is due: {error}.", _SHAPE)
    return Finding("SG106", f"The body can't be read: {error}.", "Send JSON.")


@final
@dc.dataclass(frozen=True, slots=True)
class _Literal:
    text: str


def _unnumbers(body: bytes) -> Iterator[Finding]:
    """What Python's parser takes for a number and JSON doesn't: NaN, Infinity, 1e999."""
    try:
        content = json.loads(body, parse_constant=_Literal)
    except (ValueError, RecursionError):
        return
    rows = content.get("rows") if isinstance(content, dict) else None
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        for name, value in row.items() if isinstance(row, dict) else ():
            if isinstance(value, _Literal) or (isinstance(value, float) and math.isinf(value)):
                yield _unnumber(name, index, getattr(value, "text", "too large a number"))


def _unnumber(name: str, row: int, text: str) -> Finding:
    code = "SG106" if text == "NaN" else "SG107"
    message = f"Column '{name}' has {text} in row {row}, which no JSON number is."
    remedy = "Send null where a value isn't known."
    return Finding(code, message, remedy, column=name, row=row, value=text)
