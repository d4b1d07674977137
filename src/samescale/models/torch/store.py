"""A program as members of a bundle and back: JSON and plain tensors, no pickle, nothing dated.

The tensors' layout is that of safetensors (https://huggingface.co/docs/safetensors).
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np
import torch

from samescale.errors import ModelError
from samescale.models.torch.program import At, Call, Plan, Program, Taken

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM: Final = "model/program.json"
WEIGHTS: Final = "model/weights.safetensors"
_FORMAT: Final = 1
_MOST_CALLS: Final = 50_000
_DEEPEST: Final = 8
_MOST_OUTPUTS: Final = 1_000

_CODES: Final = {
    "BOOL": torch.bool,
    "U8": torch.uint8,
    "I8": torch.int8,
    "I16": torch.int16,
    "I32": torch.int32,
    "I64": torch.int64,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
}
_NAMES: Final = {dtype: code for code, dtype in _CODES.items()}
_KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "dtype": {str(dtype).removeprefix("torch."): dtype for dtype in _NAMES},
    "memory_format": {
        "contiguous_format": torch.contiguous_format,
        "channels_last": torch.channels_last,
        "preserve_format": torch.preserve_format,
    },
    "layout": {"strided": torch.strided},
    "float": {"inf": math.inf, "-inf": -math.inf, "nan": math.nan},
}


def dump(program: Program) -> dict[str, bytes]:
    """The members of a program: the same program, the same bytes.

    Raises:
        ModelError: If a weight or an argument can't be stored, by name.
    """
    plan = program.plan
    told = {
        "format": _FORMAT,
        "inputs": [[x.name, x.dtype, list(x.shape)] for x in plan.inputs],
        "by_name": plan.by_name,
        "weights": list(plan.weights),
        "calls": [
            [call.op, [_told(x) for x in call.args], {k: _told(x) for k, x in call.kwargs.items()}]
            for call in plan.calls
        ],
        "output": _outputs(plan),
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return {PROGRAM: text.encode(), WEIGHTS: _dumped(program.tensors)}


def load(members: Mapping[str, bytes]) -> Program:
    """The program of what `dump` gave; nothing in it is run.

    Raises:
        ModelError: If the members aren't such, or ask for an operation that isn't allowed.
    """
    if set(members) != {PROGRAM, WEIGHTS}:
        _refuse(f"its members are {', '.join(sorted(members)) or 'none'}")
    try:
        told = json.loads(bytes(members[PROGRAM]), parse_constant=_no_constant)
        plan = _plan(told)
        weights = _loaded(memoryview(members[WEIGHTS]))
    except ModelError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError) as error:
        raise ModelError(
            f"The stored torch model can't be read: {str(error)[:200] or type(error).__name__}",
            remedy="Write the bundle again with samescale.",
        ) from error
    if set(weights) != set(plan.weights):
        _refuse("its program and its weights name other tensors")
    return Program(plan, weights)


def _refuse(reason: str) -> NoReturn:
    raise ModelError(
        f"The stored torch model can't be read: {reason}.",
        remedy="Write the bundle again with samescale.",
    )


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} isn't JSON")


def _told(x: Any) -> Any:
    """An argument as JSON: what JSON lacks is an object of one key."""
    match x:
        case At(place):
            return {"at": place}
        case list():
            return [_told(item) for item in x]
        case float() if not math.isfinite(x):
            return {"float": str(x)}
        case None | bool() | int() | float() | str():
            return x
    for kind, known in _KINDS.items():
        for name, value in known.items():
            if kind != "float" and value == x:
                return {kind: name}
    raise ModelError(f"The model's argument {x!r} can't be stored.", value=repr(x))


def _read(x: Any, most: int, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise ValueError("arguments are nested too deep")
    match x:
        case None | bool() | int() | float() | str():
            return x
        case list():
            return [_read(item, most, depth + 1) for item in x]
        case {"at": int(place)} if len(x) == 1 and 0 <= place < most:
            return At(place)
        case dict() if len(x) == 1:
            ((kind, name),) = x.items()
            return _KINDS[kind][name]
    raise ValueError(f"{x!r} is no argument")


def _plan(told: Any) -> Plan:
    if told["format"] != _FORMAT:
        raise ValueError(f"its format is {told['format']!r}, not {_FORMAT}")
    if set(told) != {"format", "inputs", "by_name", "weights", "calls", "output"}:
        raise ValueError("it has other fields than a program")
    inputs = tuple(_taken(x) for x in told["inputs"])
    weights = tuple(str(name) for name in told["weights"])
    first = len(inputs) + len(weights)
    if len(told["calls"]) > _MOST_CALLS or len({*weights}) < len(weights):
        raise ValueError(f"it has {len(told['calls'])} operations, or two weights of one name")
    calls = tuple(_call(x, first + number) for number, x in enumerate(told["calls"]))
    outputs, named = _answers(told["output"], first + len(calls))
    if told["by_name"] not in {True, False} or not (told["by_name"] or len(inputs) == 1):
        raise ValueError("its inputs are neither one nor named")
    return Plan(inputs, bool(told["by_name"]), weights, calls, outputs, named)


def _outputs(plan: Plan) -> Any:
    """One output is its place; of several they are listed, or stand by their names."""
    places = [at.place for at in plan.outputs]
    if len(places) == 1:
        return places[0]
    return dict(zip(plan.named, places, strict=True)) if plan.named else places


def _answers(told: Any, most: int) -> tuple[tuple[At, ...], tuple[str, ...]]:
    several = isinstance(told, list | dict)
    if several and not 1 < len(told) <= _MOST_OUTPUTS:
        raise ValueError(f"it has {len(told)} outputs")
    named = tuple(told) if isinstance(told, dict) else ()
    places = told.values() if isinstance(told, dict) else told if several else [told]
    return tuple(_read({"at": place}, most) for place in places), named


def _taken(x: Any) -> Taken:
    name, dtype, shape = x
    if not isinstance(name, str) or dtype not in _KINDS["dtype"]:
        raise ValueError(f"{x!r} is no input")
    return Taken(name, dtype, tuple(int(size) for size in shape))


def _call(x: Any, most: int) -> Call:
    op, args, kwargs = x
    named = {str(key): _read(value, most) for key, value in kwargs.items()}
    return Call(str(op), tuple(_read(value, most) for value in args), named)


def _dumped(tensors: Mapping[str, torch.Tensor]) -> bytes:
    header: dict[str, Any] = {}
    pieces: list[bytes] = []
    offset = 0
    for name in sorted(tensors):
        value = tensors[name].cpu()
        if value.dtype not in _NAMES or value.layout is not torch.strided:
            raise ModelError(
                f"The model's weight '{name}' is {value.dtype}, {value.layout}.",
                remedy="Keep weights as dense floats or integers.",
            )
        data = value.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        ends = [offset, offset + len(data)]
        header[name] = {
            "dtype": _NAMES[value.dtype],
            "shape": list(value.shape),
            "data_offsets": ends,
        }
        pieces.append(data)
        offset = ends[1]
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join((len(text).to_bytes(8, "little"), text, *pieces))


def _loaded(data: memoryview) -> dict[str, torch.Tensor]:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 + length:
        raise ValueError(f"a header of {length} bytes is declared in {len(data)}")
    header = json.loads(bytes(data[8 : 8 + length]))
    rest = data[8 + length :]
    found: dict[str, torch.Tensor] = {}
    offset = 0
    for name, told in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        dtype = _CODES[told["dtype"]]
        shape = tuple(int(size) for size in told["shape"])
        size = math.prod(shape) * dtype.itemsize
        whole = min(shape, default=0) >= 0 and offset + size <= len(rest)
        if told["data_offsets"] != [offset, offset + size] or not whole:
            raise ValueError(f"weight '{name}' doesn't fill its place")
        flat = np.array(rest[offset : offset + size], np.uint8)
        found[name] = torch.from_numpy(flat).view(dtype).reshape(shape)
        offset += size
    if offset != len(rest):
        raise ValueError(f"{len(rest) - offset} bytes of weights belong to none")
    return found
