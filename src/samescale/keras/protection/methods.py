"""The methods of a protected model: Keras' own, after a look at the inputs."""

from __future__ import annotations

import functools
import inspect
import itertools
from typing import TYPE_CHECKING, Any, final

import keras

from samescale.keras._known import concrete
from samescale.keras._tables import is_table
from samescale.keras._told import told
from samescale.keras.protection.contract import contract_of
from samescale.keras.protection.layers import refuse_unadapted, seal_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from samescale.keras.protection.keeper import Keeper

# How many batches of a dataset a contract is recorded from.
_BATCHES = 64
_WATCHED = ("fit", "predict", "evaluate", "predict_on_batch")


def install(model: Any, keeper: Keeper) -> None:
    """Put the look at the inputs before the methods that take them."""
    for name in _WATCHED:
        setattr(model, name, _Method(getattr(model, name), name, model, keeper))
    model.call = _Call(model.call, keeper)


@final
class _Method:
    """`fit`, `predict`, `evaluate` or `predict_on_batch`."""

    def __init__(self, before: Callable[..., Any], name: str, model: Any, keeper: Keeper) -> None:
        functools.update_wrapper(self, before)
        self.before = before
        self.name = name
        self.model = model
        self.keeper = keeper

    def __call__(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        if self.keeper.busy:
            return self.before(x, *args, **kwargs)
        refuse_unadapted(self.model)
        x = self._fit_first(x) if self.name == "fit" else self._looked_at(x)
        self.keeper.enter(self.name)
        try:
            return self.before(x, *args, **kwargs)
        finally:
            self.keeper.leave()

    def _fit_first(self, x: Any) -> Any:
        seal_all(self.model)
        first, x = _peek(x, _BATCHES)
        if not self.keeper.contract:
            self.keeper.record(contract_of(first))
        return self.keeper.admit(x) if _is_whole(x) else x

    def _looked_at(self, x: Any) -> Any:
        if _is_whole(x):
            return self.keeper.admit(x)
        first, x = _peek(x, 1)
        for batch in first:
            self.keeper.admit(batch)
        return x


@final
class _Call:
    """`call`: eager values are looked at, symbols aren't."""

    def __init__(self, before: Callable[..., Any], keeper: Keeper) -> None:
        functools.update_wrapper(self, before)
        self.__signature__ = inspect.signature(before)
        self.before = before
        self.keeper = keeper

    @told
    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        if not self.keeper.busy and self.keeper.contract:
            known = keras.tree.map_structure(concrete, inputs)
            if all(value is not None for value in keras.tree.flatten(known)):
                self.keeper.admit(known)
        return self.before(inputs, *args, **kwargs)


def _is_whole(x: Any) -> bool:
    """Whether `x` holds all rows, and isn't something that gives batches."""
    if is_table(x) or isinstance(x, list | tuple | dict):
        return True
    return hasattr(x, "shape") and hasattr(x, "__len__")


def _peek(x: Any, count: int) -> tuple[Iterator[Any], Any]:
    """The inputs of the first batches, and what is still to be read in `x`'s place."""
    if _is_whole(x):
        return iter([x]), x
    if hasattr(x, "element_spec") and hasattr(x, "take"):
        return map(_inputs, x.take(count)), x
    if isinstance(x, keras.utils.PyDataset):
        most = x.num_batches
        return (_inputs(x[i]) for i in range(count if most is None else min(count, most))), x
    if hasattr(x, "__next__"):
        first = list(itertools.islice(x, count))
        return map(_inputs, first), _chained(first, x)
    if hasattr(x, "__iter__"):
        return map(_inputs, itertools.islice(x, count)), x
    return iter(()), x


def _chained(first: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    # Keras knows a generator by its type.
    yield from first
    yield from rest


def _inputs(batch: Any) -> Any:
    # torch collates (x, y) to a list.
    return batch[0] if isinstance(batch, tuple | list) and len(batch) else batch
