"""A fitted object of another library as plain data: what live objects and their files both become.

Whatever reads a file makes the same records without importing or calling anything, so one
converter serves both.
"""

from __future__ import annotations

import dataclasses as dc
from collections import abc
from types import NoneType
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping


@final
@dc.dataclass(frozen=True, slots=True)
class Named:
    """A class or a function that an object only names: `np.log1p`, `np.float64`.

    Attributes:
        module: Where it lives, as `numpy`.
        name: What it is called there.
    """

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Record:
    """An object as what it is called and what it holds.

    Attributes:
        module: The module of its class.
        name: The name of its class.
        state: Its attributes: NumPy arrays and scalars, Python's numbers and strings, `None`,
            lists, tuples, dicts, `Record`s and `Named`. A slice is a `Record` of `builtins`, with
            `start`, `stop` and `step`.
    """

    module: str
    name: str
    state: Mapping[str, Any]

    @property
    def root(self) -> str:
        """The package: `sklearn`."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.root}'s {self.name}" if self.root != "builtins" else self.name


def record(value: object) -> Record:
    """A live object of scikit-learn as a record; what it holds is looked at when it is needed.

    Args:
        value: The object, or a record already.

    Raises:
        SpecError: If its class isn't one of scikit-learn itself.
    """
    if isinstance(value, Record):
        return value
    kind = type(value)
    if isinstance(value, slice):
        return Record(
            "builtins", "slice", {"start": value.start, "stop": value.stop, "step": value.step}
        )
    # A subclass may transform in its own way, so the class itself must be scikit-learn's.
    if kind.__module__.partition(".")[0] != "sklearn":
        raise SpecError(
            f"A {kind.__module__}.{kind.__qualname__} can't be adopted.",
            remedy="Give a fitted object of scikit-learn itself, not one of a subclass.",
            value=kind.__qualname__,
        )
    return Record(kind.__module__, kind.__qualname__, vars(value))


def named(value: object) -> Named | None:
    """What a function or a class is called; `None` for `None`.

    Raises:
        SpecError: If it has no name.
    """
    if value is None or isinstance(value, Named):
        return value
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if isinstance(value, np.ufunc):
        return Named("numpy", value.__name__)
    module = getattr(value, "__module__", None)
    if not (isinstance(name, str) and isinstance(module, str)):
        raise SpecError(
            f"{value!r} is no named function.", remedy="Only functions of NumPy are known by name."
        )
    return Named(module, name)


def is_object(value: object) -> bool:
    """Whether a value is an object with a state, and not plain data."""
    return not isinstance(value, _PLAIN)


_PLAIN = (
    str, bytes, bool, int, float, complex, np.generic, np.ndarray, Named, NoneType, abc.Mapping,
    abc.Sequence,
)  # fmt: skip
