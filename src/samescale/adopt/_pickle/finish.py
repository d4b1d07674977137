"""Shells into values: `Record`, arrays, lists, tuples, dicts and sets.

Sharing makes a file of a few bytes as large as it likes once it is written out, so every value is
weighed: it counts as often as it stands somewhere.
"""

from __future__ import annotations

from typing import Any, final

import numpy as np

from samescale.adopt._pickle.limits import MAX_DEPTH, MAX_PARTS
from samescale.adopt._pickle.refusal import malformed, too_much
from samescale.adopt._pickle.shells import Shell
from samescale.adopt._record import Named, Record

_PLAIN = (str, bytes, bool, int, float, complex, type(None), np.generic, np.dtype, slice, Named)
_DICTS = frozenset({"OrderedDict", "defaultdict"})
_SETS = frozenset({"set", "frozenset"})


def finish(value: Any) -> Any:
    """What a pickle left, as plain values.

    Raises:
        SourceError: If it holds itself, is too deep, or is too much once it is written out.
    """
    return _Finish().of(value)


@final
class _Finish:
    """One pass over what a pickle left; a value that is met again isn't made again."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()
        self._work = [0]
        self._weights: list[int] = [0]

    def of(self, value: Any) -> Any:
        """The value itself, finished."""
        self._work[0] += 1
        if self._work[0] > MAX_PARTS:
            raise too_much(f"more than {MAX_PARTS} values")
        if isinstance(value, _PLAIN):
            self._weigh(1)
            return value
        key = id(value)
        if key in self._made:
            made, weight = self._made[key]
            self._weigh(weight)
            return made
        if key in self._open:
            raise malformed("a value holds itself")
        if len(self._open) >= MAX_DEPTH:
            raise too_much(f"more than {MAX_DEPTH} values inside one another")
        return self._anew(key, value)

    def _anew(self, key: int, value: Any) -> Any:
        self._open.add(key)
        self._weights.append(1)
        made = self._object(value) if isinstance(value, Shell) else self._container(value)
        weight = self._weights.pop()
        self._open.discard(key)
        self._made[key] = made, weight
        self._weigh(weight)
        return made

    def _weigh(self, weight: int) -> None:
        self._weights[-1] += weight
        if self._weights[-1] > MAX_PARTS:
            raise too_much(f"more than {MAX_PARTS} values")

    def _container(self, value: Any) -> Any:
        match value:
            case list():
                return [self.of(item) for item in value]
            case tuple():
                return tuple(self.of(item) for item in value)
            case dict():
                return {key: self.of(item) for key, item in value.items()}
            case set() | frozenset():
                self._weigh(len(value))
                return type(value)(value)
            case np.ndarray():
                return value
            case _:
                raise malformed("a value is of no known kind")

    def _object(self, shell: Shell) -> Any:
        parts = shell.parts
        if "value" in parts:
            return self.of(parts["value"])
        if "objects" in parts:
            return self._objects(parts)
        if shell.named.name in _DICTS:
            return self.of(parts.get("items", {}))
        if shell.named.name in _SETS:
            return self._set(shell)
        if shell.named.module.partition(".")[0] != "sklearn":
            raise malformed(f"'{shell.name}' was never filled", shell.at)
        return self._record(shell)

    def _record(self, shell: Shell) -> Record:
        state: dict[str, Any] = {}
        for given in (*shell.parts.get("states", ()), shell.parts.get("items", {})):
            self._weigh(len(given))
            if not all(isinstance(key, str) for key in given):
                raise malformed(f"the state of '{shell.name}' isn't by name", shell.at)
            state.update((key, self.of(item)) for key, item in given.items())
        if "arguments" in shell.parts:
            state["__args__"] = self.of(shell.parts["arguments"])
        return Record(shell.named.module, shell.named.name, state)

    def _set(self, shell: Shell) -> Any:
        items = [item for given in shell.parts["arguments"] for item in given]
        self._weigh(len(items))
        if not all(isinstance(item, str | int | float | bytes | None) for item in items):
            raise malformed("a set holds more than plain texts and numbers", shell.at)
        return frozenset(items) if shell.named.name == "frozenset" else set(items)

    def _objects(self, parts: dict[str, Any]) -> np.ndarray[Any, Any]:
        flat = np.empty(len(parts["objects"]), dtype=object)
        for place, item in enumerate(parts["objects"]):
            flat[place] = self.of(item)
        return flat.reshape(parts["shape"], order=parts["order"])
