"""`config.pbtxt` read again, strictly, and held against the model that it describes."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Final

import onnx

from samescale.errors import UnsupportedError
from samescale.export.triton import config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from samescale.ir.types import Array

_TOKEN: Final = re.compile(r'\s*("(?:[^"\\\n]|\\.)*"|-?\d+|[A-Za-z_]\w*|[{}\[\],:])')
# What a model's config may hold, of the fields of Triton's ModelConfig: more isn't written here.
_FIELDS: Final = {
    "": {
        "name",
        "backend",
        "default_model_filename",
        "max_batch_size",
        "input",
        "output",
        "dynamic_batching",
    },
    "input": {"name", "data_type", "dims", "reshape"},
    "output": {"name", "data_type", "dims", "reshape", "label_filename"},
    "reshape": {"shape"},
    "dynamic_batching": set(),
}
_REPEATED: Final = {"input", "output"}


def parsed(text: str) -> dict[str, Any]:
    """The fields of a config.

    Raises:
        UnsupportedError: If it isn't protobuf's text format, or has a field twice, or one that
            isn't written here.

    Example:
        >>> parsed('name: "a" input { name: "x" dims: [ 1 ] }')
        {'name': 'a', 'input': [{'name': 'x', 'dims': [1]}]}
    """
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise _broken(f"'{text[place : place + 20].strip()}' is no token")
        tokens.append(found[1])
        place = found.end()
    return _message("", [*tokens, "}"])


def check(told: Mapping[str, Any], place: Path, content: bytes) -> None:
    """See that a config is of this folder and this model.

    Raises:
        UnsupportedError: Naming what contradicts.
    """
    model = onnx.load_model_from_string(content)
    if told["name"] != place.name or not (place / "1" / told["default_model_filename"]).is_file():
        raise _broken(f"it is of '{told['name']}', and the folder of '{place.name}'")
    for field, values in (("input", model.graph.input), ("output", model.graph.output)):
        names = [x["name"] for x in told[field]]
        if names != [value.name for value in values]:
            raise _broken(f"its {field}s are {names}")
        for x, value in zip(told[field], values, strict=True):
            _check_one(x, value)
            if "label_filename" in x and not (place / x["label_filename"]).is_file():
                raise _broken(f"there is no '{x['label_filename']}'")


def check_rows(told: Mapping[str, Any], field: str, arrays: Mapping[str, Array]) -> None:
    """See that arrays are of the shapes that the config says, behind the batch.

    Raises:
        UnsupportedError: Naming the input or output.
    """
    for x in told[field]:
        row = x["reshape"]["shape"] if "reshape" in x else x["dims"]
        shape = arrays[x["name"]].shape[1:]
        fits = len(row) == len(shape)
        if not fits or any(a not in {-1, b} for a, b in zip(row, shape, strict=True)):
            raise _broken(f"'{x['name']}' is {list(shape)} a row, and the config says {row}")


def _check_one(told: Mapping[str, Any], value: onnx.ValueInfoProto) -> None:
    row = tuple(told["reshape"]["shape"] if "reshape" in told else told["dims"])
    type_ = config.TYPES[value.type.tensor_type.elem_type]
    if (told["data_type"], row) != (type_, config.dims(value)):
        raise _broken(f"'{value.name}' is {told['data_type']} {list(row)} there")
    if not told["dims"]:
        raise _broken(f"'{value.name}' has no dims")


def _message(kind: str, tokens: list[str]) -> dict[str, Any]:
    """The fields of one message; its tokens, and the brace that ends it, are taken."""
    fields: dict[str, Any] = {}
    while (name := _next(tokens)) != "}":
        if name not in _FIELDS[kind]:
            raise _broken(f"'{name}' is no field of {kind or 'a model'}")
        value = _value(name, tokens)
        if name in _REPEATED:
            fields.setdefault(name, []).append(value)
        elif name in fields:
            raise _broken(f"'{name}' is there twice")
        else:
            fields[name] = value
    return fields


def _value(name: str, tokens: list[str]) -> Any:
    mark = _next(tokens)
    if mark == "{":
        return _message(name, tokens)
    if mark != ":":
        raise _broken(f"'{mark}' stands behind '{name}'")
    first = _next(tokens)
    return _listed(tokens) if first == "[" else _plain(first)


def _listed(tokens: list[str]) -> list[Any]:
    values: list[Any] = []
    while (one := _next(tokens)) != "]":
        if values and one != ",":
            raise _broken(f"'{one}' stands for a comma")
        values.append(_plain(_next(tokens) if values else one))
    return values


def _plain(token: str) -> Any:
    if token.startswith('"'):
        return ast.literal_eval(f"b{token}").decode()
    if token[:1] in "{}[],:":
        raise _broken(f"'{token}' stands for a value")
    return int(token) if token.lstrip("-").isdigit() else token


def _next(tokens: list[str]) -> str:
    if not tokens:
        raise _broken("it ends too early")
    return tokens.pop(0)


def _broken(reason: str) -> UnsupportedError:
    return UnsupportedError(
        f"The config.pbtxt isn't one that Triton would take: {reason}.",
        remedy="Nothing was written. Tell us how the columns are called.",
    )
