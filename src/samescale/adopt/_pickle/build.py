"""What `BUILD` means: for an array its bytes, for a dtype its order, for an object its state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.adopt._pickle.names import is_sklearn
from samescale.adopt._pickle.plain import array_of, ordered, shape_of
from samescale.adopt._pickle.refusal import refused
from samescale.adopt._pickle.shells import Shell
from samescale.adopt._record import Named

if TYPE_CHECKING:
    from samescale.adopt._pickle.machine import Machine

_WRAPPER: Final = "joblib.numpy_pickle.NumpyArrayWrapper"
_NAMED_FIELDS: Final = slice(2, 5)


def build(machine: Machine, target: Shell, state: Any) -> None:
    """Give an object its state; a random one has none here.

    Args:
        machine: Joblib's arrays stand behind their `BUILD`, in the stream itself.
        target: The object.
        state: What the file gives it.

    Raises:
        SourceError: If the state isn't one that such an object has.
    """
    if target.name == "numpy.dtype":
        _order(machine, target, state)
    elif target.named.module == "numpy.random":
        return
    elif target.named.module == "numpy":
        _fill(machine, target, state)
    elif target.name == _WRAPPER:
        _read(machine, target, state)
    elif is_sklearn(target.named):
        _states(machine, target, state)
    else:
        raise refused(target.name, "gives a state to", machine.at)


def _order(machine: Machine, target: Shell, state: Any) -> None:
    if target.parts["value"].kind == "V":
        return
    match state:
        case (int(), str() | bytes() as order, *_) if {*map(type, state[_NAMED_FIELDS])} <= {
            type(None)
        }:
            target.parts["value"] = ordered(target.parts["value"], order)
        case _:
            machine.fail("a dtype has fields or metadata")


def _fill(machine: Machine, target: Shell, state: Any) -> None:
    match state:
        case (
            int(),
            tuple() as shape,
            Shell(parts={"value": np.dtype() as dtype}),
            bool() | int() as is_fortran,
            values,
        ) if not target.parts:
            order = "F" if is_fortran else "C"
            target.parts.update(_content(machine, dtype, shape_of(shape), values, order))
        case _:
            machine.fail("an array has an unknown state")


def _content(
    machine: Machine, dtype: np.dtype[Any], shape: tuple[int, ...], values: Any, order: str
) -> dict[str, Any]:
    if dtype.hasobject and isinstance(values, list) and len(values) == math.prod(shape):
        return {"objects": values, "shape": shape, "order": order}
    raw = values.encode("latin-1", "replace") if isinstance(values, str) else values
    if dtype.hasobject or not isinstance(raw, bytes):
        machine.fail("an array's values aren't as many as its shape says, or no values")
    machine.spend(len(raw))
    return {"value": array_of(dtype, shape, raw, order)}


def _read(machine: Machine, target: Shell, state: Any) -> None:
    """The array behind a wrapper of joblib's; its bytes, or a pickle of its own."""
    match state:
        case {
            "subclass": Named("numpy", "ndarray" | "memmap"),
            "shape": tuple() as shape,
            "order": "C" | "F" as order,
            "dtype": Shell(parts={"value": np.dtype() as dtype}),
        } if not target.parts:
            if dtype.hasobject:
                target.parts["value"] = type(machine)(
                    machine.stream, machine, depth=machine.depth + 1
                ).run()
                return
            _skip(machine, state.get("numpy_array_alignment_bytes"))
            sizes = shape_of(shape)
            raw = machine.stream.read(min(math.prod(sizes) * dtype.itemsize, machine.size))
            target.parts["value"] = array_of(dtype, sizes, raw, order)
        case _:
            machine.fail("an array of joblib's has an unknown state")


def _skip(machine: Machine, alignment: Any) -> None:
    if alignment is not None:
        length = machine.stream.read(1)
        machine.stream.read(int.from_bytes(length, "little"))


def _states(machine: Machine, target: Shell, state: Any) -> None:
    """What `__setstate__` would be given; where classes have slots, their values are beside."""
    given = state if isinstance(state, tuple) else (state,)
    for part in given:
        if part is not None and not isinstance(part, dict):
            machine.fail(f"the state of '{target.name}' is no dict")
    target.parts.setdefault("states", []).extend(part for part in given if part is not None)
