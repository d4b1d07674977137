"""The closed list of what may be called by name, and the data that each call stands for.

Nothing is called: a call of `numpy.dtype` with `"f8"` is the dtype that the text names, one of a
class of scikit-learn's a shell that later becomes a `Record`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.adopt._pickle.names import is_sklearn
from samescale.adopt._pickle.plain import array_of, dtype_of, shape_of
from samescale.adopt._pickle.refusal import refused
from samescale.adopt._pickle.shells import Shell
from samescale.adopt._record import Named

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.adopt._pickle.machine import Machine

    Call = Callable[[Machine, Named, tuple[Any, ...]], Any]

_ARRAYS: Final = frozenset({"ndarray", "memmap"})
_MADE_EMPTY: Final = {("collections", "OrderedDict"), ("joblib.numpy_pickle", "NumpyArrayWrapper")}
_COLLECTED: Final = frozenset({"set", "frozenset"})


def call(machine: Machine, function: Any, arguments: Any) -> Any:
    """What a call stands for.

    Raises:
        SourceError: If it isn't on the list, or has other arguments than it can have.
    """
    if not isinstance(function, Named) or not isinstance(arguments, tuple):
        machine.fail("what is called is no name, or its arguments are no tuple")
    known = _CALLS.get((function.module, function.name))
    if known is not None:
        return known(machine, function, arguments)
    return make(machine, function, arguments)


def make(machine: Machine, type_: Any, arguments: Any) -> Any:
    """A new object of a class, not yet filled.

    Raises:
        SourceError: If the class isn't one of scikit-learn's or of plain data.
    """
    if not isinstance(type_, Named) or not isinstance(arguments, tuple):
        machine.fail("an object's class is no name, or its arguments are no tuple")
    key = (type_.module, type_.name)
    if is_sklearn(type_):
        return Shell(type_, machine.at, {"arguments": arguments} if arguments else {})
    if key in _MADE_EMPTY and not arguments:
        return Shell(type_, machine.at)
    if key in _CALLS:
        return _CALLS[key](machine, type_, arguments)
    raise refused(f"{type_.module}.{type_.name}", "calls", machine.at)


def _reconstructor(machine: Machine, _: Named, arguments: tuple[Any, ...]) -> Any:
    """`copyreg._reconstructor(class, base, state)`, of protocols 0 and 1."""
    match arguments:
        case (Named() as type_, Named("builtins", "object"), None):
            return make(machine, type_, ())
        case (Named() as type_, Named("builtins", "dict"), dict() as items) if is_sklearn(type_):
            return Shell(type_, machine.at, {"items": items})
        case _:
            return machine.fail("an object is rebuilt in an unknown way")


def _new_object(machine: Machine, _: Named, arguments: tuple[Any, ...]) -> Any:
    if not arguments:
        machine.fail("an object has no class")
    return make(machine, arguments[0], arguments[1:])


def _encode(machine: Machine, _: Named, arguments: tuple[Any, ...]) -> Any:
    """`_codecs.encode(text, "latin1")`: how protocols 0 to 2 write bytes."""
    match arguments:
        case (str() as text, "latin1" | "latin-1"):
            machine.spend(len(text))
            try:
                return text.encode("latin-1")
            except UnicodeEncodeError:
                machine.fail("bytes are written as characters that aren't")
        case _:
            return machine.fail("a text is encoded in an unknown way")


def _raw(machine: Machine, function: Named, arguments: tuple[Any, ...]) -> Any:
    """`bytes()` and `bytearray(…)` of what is bytes already."""
    match arguments:
        case ():
            return b""
        case (bytes() as raw,):
            return raw
        case (str(), "latin-1" | "latin1"):
            return _encode(machine, function, arguments)
        case _:
            return machine.fail("bytes are made in an unknown way")


def _collected(machine: Machine, function: Named, arguments: tuple[Any, ...]) -> Any:
    """`set([…])`, of protocols below 4."""
    match arguments:
        case () | (list(),):
            return Shell(function, machine.at, {"arguments": arguments})
        case _:
            return machine.fail("a set isn't made of a list")


def _slice(machine: Machine, _: Named, arguments: tuple[Any, ...]) -> Any:
    sound = all(part is None or type(part) in {int, str} for part in arguments)
    if len(arguments) != 3 or not sound:  # noqa: PLR2004 - start, stop and step
        machine.fail("a slice isn't of whole numbers or names")
    return slice(*arguments)


def _complex(machine: Machine, _: Named, arguments: tuple[Any, ...]) -> Any:
    match arguments:
        case (float() as real, float() as imaginary):
            return complex(real, imaginary)
        case _:
            return machine.fail("a complex number isn't of two numbers")


def _default_dict(machine: Machine, function: Named, arguments: tuple[Any, ...]) -> Any:
    match arguments:
        case () | (None | Named(),):
            return Shell(function, machine.at)
        case _:
            return machine.fail("a dict is made in an unknown way")


def _dtype(machine: Machine, function: Named, arguments: tuple[Any, ...]) -> Any:
    match arguments:
        case (str() | bytes() as text, *rest) if all(type(flag) in {bool, int} for flag in rest):
            return Shell(function, machine.at, {"value": dtype_of(text)})
        case _:
            return machine.fail("a dtype isn't one of plain numbers or texts")


def _empty_array(machine: Machine, _: Named, arguments: tuple[Any, ...]) -> Any:
    """`numpy._core.multiarray._reconstruct(ndarray, (0,), b"b")`; its `BUILD` fills it."""
    match arguments:
        case (Named("numpy", name) as type_, *_) if name in _ARRAYS:
            return Shell(type_, machine.at)
        case _:
            return machine.fail("an array is of a class of its own")


def _scalar(machine: Machine, _: Named, arguments: tuple[Any, ...]) -> Any:
    match arguments:
        case (Shell(parts={"value": np.dtype() as dtype}), bytes() | str() as raw):
            taken = raw.encode("latin-1", "replace") if isinstance(raw, str) else raw
            machine.spend(len(taken))
            return array_of(dtype, (1,), taken, "C")[0]
        case _:
            return machine.fail("a number of NumPy's isn't plain")


def _from_buffer(machine: Machine, _: Named, arguments: tuple[Any, ...]) -> Any:
    """`numpy._core.numeric._frombuffer(bytes, dtype, shape, order)`, of protocol 5."""
    match arguments:
        case (
            bytes() as raw,
            Shell(parts={"value": np.dtype() as dtype}),
            shape,
            "C" | "F" | "A" as order,
            *_,
        ):
            machine.spend(len(raw))
            made = array_of(dtype, shape_of(shape), raw, "C" if order == "A" else order)
            return Shell(Named("numpy", "ndarray"), machine.at, {"value": made})
        case _:
            return machine.fail("an array isn't of plain bytes")


def _random(machine: Machine, _: Named, __: tuple[Any, ...]) -> Any:
    """A source of randomness, without its state: nothing that is adopted is random."""
    named = Named("numpy.random", "RandomState")
    return Shell(named, machine.at, {"value": named})


_CALLS: Final[dict[tuple[str, str], Call]] = {
    ("copyreg", "_reconstructor"): _reconstructor,
    ("copyreg", "__newobj__"): _new_object,
    ("_codecs", "encode"): _encode,
    ("builtins", "bytes"): _raw,
    ("builtins", "bytearray"): _raw,
    ("builtins", "set"): _collected,
    ("builtins", "frozenset"): _collected,
    ("builtins", "slice"): _slice,
    ("builtins", "complex"): _complex,
    ("collections", "OrderedDict"): _default_dict,
    ("collections", "defaultdict"): _default_dict,
    ("numpy", "dtype"): _dtype,
    ("numpy._core.multiarray", "_reconstruct"): _empty_array,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("numpy._core.numeric", "_frombuffer"): _from_buffer,
    ("numpy.random._pickle", "__bit_generator_ctor"): _random,
    ("numpy.random._pickle", "__generator_ctor"): _random,
    ("numpy.random._pickle", "__randomstate_ctor"): _random,
    ("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence"): _random,
}
