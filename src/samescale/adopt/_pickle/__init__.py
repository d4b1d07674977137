"""Pickles, read without running them: see the README beside this file."""

from __future__ import annotations

import io
from typing import Any

from samescale.adopt._pickle.finish import finish
from samescale.adopt._pickle.limits import MAX_FILE, MAX_PICKLES
from samescale.adopt._pickle.machine import Machine
from samescale.adopt._pickle.refusal import refused, too_much
from samescale.adopt._record import Named


def read(content: bytes) -> Any:
    """What a pickle of scikit-learn's or joblib's holds, as plain data.

    Nothing that it names is imported, looked up or called. Protocols 0 to 5.

    Args:
        content: The file, unpacked.

    Returns:
        Records, arrays, texts, numbers, lists, tuples, dicts; a tuple of several where the file
        holds one pickle behind another.

    Raises:
        SourceError: If it is damaged, too much, or names anything but plain data; names it.

    Examples:
        >>> import pickle
        >>> read(pickle.dumps({"a": [1, 2.5]}))
        {'a': [1, 2.5]}
    """
    if len(content) > MAX_FILE:
        raise too_much(f"{len(content)} bytes")
    stream = io.BytesIO(content)
    machine = Machine(stream)
    found = [_one(machine)]
    while stream.tell() < len(content):
        if len(found) >= MAX_PICKLES:
            raise too_much(f"more than {MAX_PICKLES} pickles")
        machine = Machine(stream, machine)
        found.append(_one(machine))
    return found[0] if len(found) == 1 else tuple(found)


def _one(machine: Machine) -> Any:
    start = machine.stream.tell()
    value = finish(machine.run())
    if isinstance(value, Named):
        raise refused(f"{value.module}.{value.name}", "is nothing but the name", start)
    return value
