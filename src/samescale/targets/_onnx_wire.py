"""What an ONNX file holds, read from its bytes alone, with limits, and without ONNX.

An ONNX file is a protobuf message: fields, each a number, a kind and a value. Only what matters for
safety is walked: every graph, node, attribute and tensor. Anything that isn't in ONNX's own message
(onnx.proto, up to IR version 14) is refused, as is what would read another file, or bring code of
its own.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias, final

from samescale.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES: Final = 2**31 - 1  # what protobuf itself takes at most
MAX_NODES: Final = 100_000
MAX_FIELDS: Final = 20_000_000
MAX_DEPTH: Final = 16  # graphs in attributes of graphs

DOMAINS: Final = frozenset({"", "ai.onnx", "ai.onnx.ml"})
DTYPES: Final = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
}

Span: TypeAlias = tuple[int, int]

# Wire kinds: a number, eight bytes, a length and as many bytes, four bytes.
_NUMBER, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
# Fields of each message, by number: their kind. Repeated numbers also come packed, as bytes.
_MODEL = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}
_OPSET = {1: 2, 2: 0}
_GRAPH = {1: 2, 2: 2, 5: 2, 10: 2, 11: 2, 12: 2, 13: 2, 14: 2, 15: 2, 16: 2}
_NODE = dict.fromkeys(range(1, 11), 2)
_ATTRIBUTE = {1: 2, 2: 5, 3: 0, 4: 2, 5: 2, 6: 2, 7: 5, 8: 0, 9: 2, 10: 2, 11: 2, 13: 2}
_ATTRIBUTE |= {14: 2, 15: 2, 20: 0, 21: 2, 22: 2, 23: 2}
_TENSOR = {1: 0, 2: 0, 3: 2, 4: 5, 5: 0, 6: 2, 7: 0, 8: 2, 9: 2, 10: 1, 11: 0, 12: 2, 13: 2}
_TENSOR |= {14: 0, 16: 2}
_SPARSE = {1: 2, 2: 2, 3: 0}
_VALUE = {1: 2, 2: 2, 3: 2, 4: 2}
_TYPE = {1: 2, 4: 2, 5: 2, 6: 2, 7: 2, 8: 2, 9: 2}
_TENSOR_TYPE = {1: 0, 2: 2}
_SHAPE = {1: 2}
_DIMENSION = {1: 0, 2: 2, 3: 2}
_PACKED = {id(_ATTRIBUTE): {7, 8}, id(_TENSOR): {1, 4, 5, 7, 10, 11}, id(_SPARSE): {3}}


@final
@dc.dataclass(frozen=True, slots=True)
class Port:
    """An input or an output.

    Attributes:
        name: Its name.
        dtype: The dtype as the graph calls it; empty for what no graph of samescale's has.
        shape: Its dimensions, rows first: a number, a name, or `None` for an open one; `None` for
            an unknown rank.
    """

    name: str
    dtype: str
    shape: tuple[int | str | None, ...] | None


@final
@dc.dataclass(frozen=True, slots=True)
class Wire:
    """What an ONNX model says of itself.

    Attributes:
        ir_version: The version of the format.
        opsets: The version of each domain.
        inputs: What must be given: inputs that have no value in the file.
        outputs: What it gives.
        nodes: How many nodes, those of inner graphs included.
        operators: The operators used, each as domain and name.
    """

    ir_version: int
    opsets: Mapping[str, int]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    nodes: int
    operators: frozenset[tuple[str, str]]


def read(content: bytes, *, max_bytes: int = MAX_BYTES, max_nodes: int = MAX_NODES) -> Wire:
    """What `content` says of itself, once it is seen to be a model that stands alone.

    Args:
        content: The bytes of an ONNX model.
        max_bytes: How many bytes at most.
        max_nodes: How many nodes at most, those of inner graphs included.

    Raises:
        FormatError: If it is cut short or no ONNX model, is larger than allowed, keeps data in
            another file, brings functions or training steps, or uses another domain.
    """
    if len(content) > max_bytes:
        _refuse(f"it has {len(content):,} bytes, more than {max_bytes:,}")
    return _Walk(bytes(content), max_nodes).model()


def _refuse(reason: str) -> NoReturn:
    raise FormatError(
        f"This ONNX model isn't taken: {reason}.",
        remedy="Export it anew, as one file of standard operators.",
    )


@final
class _Walk:
    """One walk over the bytes: what was met so far."""

    def __init__(self, content: bytes, max_nodes: int) -> None:
        self._content = content
        self._max_nodes = max_nodes
        self._operators: list[tuple[str, str]] = []
        self._fields = [0]

    def model(self) -> Wire:
        single: dict[int, list[int | Span]] = {}
        opsets: dict[str, int] = {}
        for field, value in self._message((0, len(self._content)), _MODEL):
            match field:
                case 1 | 7:
                    single.setdefault(field, []).append(value)
                case 8:
                    domain, version = self._opset(_span(value))
                    opsets[domain] = version
                case 20:
                    _refuse("it holds training steps")
                case 25:
                    _refuse("it brings functions of its own")
        if len(single.get(7, [])) != 1 or len(single.get(1, [])) != 1 or not opsets:
            _refuse("it has no graph, no version, or more than one")
        inputs, outputs = self._graph(_span(single[7][0]), 0)
        return Wire(
            ir_version=_number(single[1][0]),
            opsets=opsets,
            inputs=inputs,
            outputs=outputs,
            nodes=len(self._operators),
            operators=frozenset(self._operators),
        )

    def _opset(self, span: Span) -> tuple[str, int]:
        found = self._single(span, _OPSET)
        domain = self._text(found[1]) if 1 in found else ""
        _known(domain)
        return ("" if domain == "ai.onnx" else domain), _number(found.get(2, 0))

    def _graph(self, span: Span, depth: int) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        if depth > MAX_DEPTH:
            _refuse(f"its graphs are nested more than {MAX_DEPTH} deep")
        inputs, outputs, held = [], [], set[str]()
        for field, value in self._message(span, _GRAPH):
            match field:
                case 1:
                    self._node(_span(value), depth)
                case 5:
                    held.add(self._tensor(_span(value)))
                case 11:
                    inputs.append(self._port(_span(value)))
                case 12:
                    outputs.append(self._port(_span(value)))
                case 15:
                    held.add(self._sparse(_span(value)))
        return tuple(port for port in inputs if port.name not in held), tuple(outputs)

    def _node(self, span: Span, depth: int) -> None:
        domain, operator = "", ""
        for field, value in self._message(span, _NODE):
            match field:
                case 4:
                    operator = self._text(value)
                case 5:
                    self._attribute(_span(value), depth)
                case 7:
                    domain = self._text(value)
                    _known(domain)
        self._operators.append(("" if domain == "ai.onnx" else domain, operator))
        if len(self._operators) > self._max_nodes:
            _refuse(f"it has more than {self._max_nodes:,} nodes")

    def _attribute(self, span: Span, depth: int) -> None:
        for field, value in self._message(span, _ATTRIBUTE):
            match field:
                case 5 | 10:
                    self._tensor(_span(value))
                case 6 | 11:
                    self._graph(_span(value), depth + 1)
                case 21:
                    _refuse("an attribute refers to a function's")
                case 22 | 23:
                    self._sparse(_span(value))

    def _sparse(self, span: Span) -> str:
        name = ""
        for field, value in self._message(span, _SPARSE):
            if field in {1, 2}:
                found = self._tensor(_span(value))
                name = found if field == 1 else name
        return name

    def _tensor(self, span: Span) -> str:
        name = ""
        for field, value in self._message(span, _TENSOR):
            match field, value:
                case 3, _:
                    _refuse("a tensor is in segments")
                case 8, _:
                    name = self._text(value)
                case (14, 0):
                    continue
                case 13 | 14, _:
                    _refuse(f"the data of a tensor{f' {name!r}' * bool(name)} is in another file")
        return name

    def _port(self, span: Span) -> Port:
        found = self._single(span, _VALUE)
        name = self._text(found[1]) if 1 in found else ""
        type_ = self._inner(found, 2, _TYPE)
        if 1 not in type_:
            return Port(name, "", None)
        tensor = self._inner(type_, 1, _TENSOR_TYPE)
        dtype = DTYPES.get(_number(tensor.get(1, 0)), "")
        shape = tensor.get(2)
        return Port(name, dtype, None if shape is None else self._shape(_span(shape)))

    def _inner(
        self, fields: Mapping[int, int | Span], field: int, known: Mapping[int, int]
    ) -> dict[int, int | Span]:
        return self._single(_span(fields[field]), known) if field in fields else {}

    def _shape(self, span: Span) -> tuple[int | str | None, ...]:
        return tuple(self._dimension(_span(value)) for _, value in self._message(span, _SHAPE))

    def _dimension(self, span: Span) -> int | str | None:
        found = self._single(span, _DIMENSION)
        if 1 in found:
            return _number(found[1])
        name = found.get(2)
        return None if name is None else self._text(name)

    def _single(self, span: Span, known: Mapping[int, int]) -> dict[int, int | Span]:
        """The fields of a message that has each of them once at most."""
        found: dict[int, int | Span] = {}
        for field, value in self._message(span, known):
            if field in found:
                _refuse(f"field {field} stands there twice")
            found[field] = value
        return found

    def _message(self, span: Span, known: Mapping[int, int]) -> Iterator[tuple[int, int | Span]]:
        """Each field of a message: its number, and its number or where its bytes are."""
        at, end = span
        packed = _PACKED.get(id(known), ())
        while at < end:
            self._fields[0] += 1
            if self._fields[0] > MAX_FIELDS:
                _refuse(f"it has more than {MAX_FIELDS:,} fields")
            key, at = self._varint(at, end)
            field, kind = key >> 3, key & 7
            wanted = known.get(field)
            if wanted != kind and not (kind == _BYTES and field in packed):
                _refuse(f"at byte {at}, field {field} of kind {kind} isn't ONNX's")
            value, at = self._value(kind, at, end)
            yield field, value

    def _value(self, kind: int, at: int, end: int) -> tuple[int | Span, int]:
        if kind == _NUMBER:
            return self._varint(at, end)
        size = {_EIGHT: 8, _FOUR: 4}.get(kind)
        if size is None:
            size, at = self._varint(at, end)
        if size > end - at:
            _refuse(f"it is cut short: at byte {at}, {size:,} bytes are said to follow")
        return (at, at + size), at + size

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        value = 0
        for shift in range(0, 70, 7):
            if at >= end:
                _refuse(f"it is cut short at byte {at}")
            byte = self._content[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the last byte of a number has no high bit
                return value & (2**64 - 1), at
        _refuse(f"at byte {at}, a number has more than ten bytes")

    def _text(self, value: int | Span) -> str:
        start, end = _span(value)
        try:
            return self._content[start:end].decode()
        except UnicodeDecodeError as error:
            raise FormatError(
                f"This ONNX model isn't taken: a name at byte {start} is no text.",
                remedy="Export it anew, as one file of standard operators.",
            ) from error


def _known(domain: str) -> None:
    if domain not in DOMAINS:
        _refuse(f"it uses the domain {domain!r}, which isn't ONNX's own")


def _span(value: int | Span) -> Span:
    if not isinstance(value, tuple):
        _refuse("a number stands where a message is expected")
    return value


def _number(value: int | Span) -> int:
    if not isinstance(value, int):
        _refuse("bytes stand where a number is expected")
    return value - 2**64 if value >= 2**63 else value
