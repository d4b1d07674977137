"""What each opcode does to the machine. Those that aren't here are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.adopt._pickle.build import build
from samescale.adopt._pickle.calls import call, make
from samescale.adopt._pickle.limits import MAX_DIGITS
from samescale.adopt._pickle.names import named
from samescale.adopt._pickle.plain import checked
from samescale.adopt._pickle.shells import Shell
from samescale.adopt._record import Named

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.adopt._pickle.machine import Machine

    Action = Callable[[Machine, Any], None]

_LAST_PROTOCOL: Final = 5
_KEYS: Final = (str, bytes, bool, int, float, type(None))


def _text(machine: Machine, argument: Any) -> None:
    machine.push(checked(argument))


def _whole(machine: Machine, argument: Any) -> None:
    if isinstance(argument, int) and argument.bit_length() > 8 * MAX_DIGITS:
        machine.fail("a whole number is too long")
    machine.push(argument)


def _bytes(machine: Machine, argument: Any) -> None:
    machine.push(bytes(argument))


def _protocol(machine: Machine, argument: Any) -> None:
    if argument > _LAST_PROTOCOL:
        machine.fail(f"it is of protocol {argument}, and {_LAST_PROTOCOL} is the last")


def _get(machine: Machine, argument: Any) -> None:
    if argument not in machine.memo:
        machine.fail(f"nothing was kept under {argument}")
    machine.push(machine.memo[argument])


def _put(machine: Machine, argument: Any) -> None:
    machine.memo[argument] = machine.top()


def _memoize(machine: Machine, _: Any) -> None:
    machine.memo[len(machine.memo)] = machine.top()


def _tuple(machine: Machine, count: int) -> None:
    machine.push(tuple(reversed([machine.pop() for _ in range(count)])))


def _append(machine: Machine, values: list[Any]) -> None:
    target = machine.top()
    if not isinstance(target, list):
        machine.fail("something is appended to what is no list")
    target.extend(values)


def _append_one(machine: Machine, _: Any) -> None:
    value = machine.pop()
    _append(machine, [value])


def _set_items(machine: Machine, values: list[Any]) -> None:
    if len(values) % 2:
        machine.fail("a key has no value")
    keys = [key.item() if isinstance(key, np.generic) else key for key in values[::2]]
    for key in keys:
        check_key(machine, key)
    pairs = zip(keys, values[1::2], strict=True)
    target = machine.top()
    if isinstance(target, Shell) and "value" not in target.parts:
        target.parts.setdefault("items", {}).update(pairs)
    elif isinstance(target, dict):
        target.update(pairs)
    else:
        machine.fail("an item is set in what is no dict")


def _set_item(machine: Machine, _: Any) -> None:
    value, key = machine.pop(), machine.pop()
    _set_items(machine, [key, value])


def _add(machine: Machine, values: list[Any]) -> None:
    for value in values:
        check_key(machine, value)
    target = machine.top()
    if not isinstance(target, set):
        machine.fail("something is added to what is no set")
    target.update(values)


def _frozen_set(machine: Machine, _: Any) -> None:
    values = machine.cut()
    for value in values:
        check_key(machine, value)
    machine.push(frozenset(values))


def _dict(machine: Machine, _: Any) -> None:
    values = machine.cut()
    machine.push({})
    _set_items(machine, values)


def check_key(machine: Machine, key: Any) -> None:
    """See that a key is a plain value, whose hash is quick and whose equals are few."""
    small = not isinstance(key, int) or key.bit_length() < 64  # noqa: PLR2004 - bits
    if not isinstance(key, _KEYS) or not small:
        machine.fail("a key is no plain text or number")


def _global(machine: Machine, argument: Any) -> None:
    module, _, name = argument.partition(" ")
    machine.push(named(module, name, machine.at))


def _stack_global(machine: Machine, _: Any) -> None:
    name, module = machine.pop(), machine.pop()
    if not (isinstance(name, str) and isinstance(module, str)):
        machine.fail("a name is no text")
    machine.push(named(module, name, machine.at))


def _reduce(machine: Machine, _: Any) -> None:
    arguments, function = machine.pop(), machine.pop()
    machine.push(call(machine, function, arguments))


def _new(machine: Machine, _: Any) -> None:
    arguments, type_ = machine.pop(), machine.pop()
    machine.push(make(machine, type_, arguments))


def _new_ex(machine: Machine, _: Any) -> None:
    keywords, arguments, type_ = machine.pop(), machine.pop(), machine.pop()
    if keywords != {}:
        machine.fail("an object is made with named arguments")
    machine.push(make(machine, type_, arguments))


def _object(machine: Machine, _: Any) -> None:
    values = machine.cut()
    if not values:
        machine.fail("an object has no class")
    machine.push(make(machine, values[0], tuple(values[1:])))


def _instance(machine: Machine, argument: Any) -> None:
    arguments = tuple(machine.cut())
    _global(machine, argument)
    machine.push(make(machine, machine.pop(), arguments))


def _build(machine: Machine, _: Any) -> None:
    state, target = machine.pop(), machine.top()
    if isinstance(target, Named) or not isinstance(target, Shell):
        machine.fail("a state is given to what has none")
    build(machine, target, state)


_WHOLE = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4")
_TEXT = ("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE")
_BYTES = ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")

ACTIONS: Final[dict[str, Action]] = {
    **dict.fromkeys(_WHOLE, _whole),
    **dict.fromkeys((*_TEXT, "BINUNICODE8"), _text),
    **dict.fromkeys(_BYTES, _bytes),
    **dict.fromkeys(("FLOAT", "BINFLOAT"), lambda machine, x: machine.push(x)),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _get),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _put),
    "PROTO": _protocol,
    "FRAME": lambda machine, _: None,  # noqa: ARG005 - a hint for readers of streams
    "MARK": lambda machine, _: machine.mark(),
    "POP": lambda machine, _: machine.drop(),
    "POP_MARK": lambda machine, _: [machine.cut()].clear(),
    "DUP": lambda machine, _: machine.push(machine.top()),
    "MEMOIZE": _memoize,
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "TUPLE1": lambda machine, _: _tuple(machine, 1),
    "TUPLE2": lambda machine, _: _tuple(machine, 2),
    "TUPLE3": lambda machine, _: _tuple(machine, 3),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.cut())),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "LIST": lambda machine, _: machine.push(machine.cut()),
    "APPEND": _append_one,
    "APPENDS": lambda machine, _: _append(machine, machine.cut()),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "DICT": _dict,
    "SETITEM": _set_item,
    "SETITEMS": lambda machine, _: _set_items(machine, machine.cut()),
    "EMPTY_SET": lambda machine, _: machine.push(set()),
    "ADDITEMS": lambda machine, _: _add(machine, machine.cut()),
    "FROZENSET": _frozen_set,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "NEWOBJ": _new,
    "NEWOBJ_EX": _new_ex,
    "OBJ": _object,
    "INST": _instance,
    "BUILD": _build,
}
