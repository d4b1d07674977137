"""A network as plain data: aten operations in a row, and the tensors that they need.

It is what `torch.export` gives, without what its own file would bring along: source lines, paths,
pickled examples, an archive that names this machine. Nothing in it can run but `ops.ATEN`.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, TypeAlias, final

import torch
from torch import nn

from samescale.errors import ModelError
from samescale.models.torch import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Tensor: TypeAlias = torch.Tensor


@final
@dc.dataclass(frozen=True, slots=True)
class At:
    """An argument that is a value: an input, a weight or what an operation gave.

    Attributes:
        place: Its number: inputs first, then weights, then operations.
    """

    place: int


@final
@dc.dataclass(frozen=True, slots=True)
class Call:
    """One operation.

    Attributes:
        op: Its name, as `ops.named` knows it.
        args: Its arguments: `At`, numbers, text, torch's dtypes and the like, and lists of them.
        kwargs: Those by name.
    """

    op: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


@final
@dc.dataclass(frozen=True, slots=True)
class Taken:
    """One input.

    Attributes:
        name: `features`, or the feature's name.
        dtype: `float32` or `int64`.
        shape: The shape of one row.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]


@final
@dc.dataclass(frozen=True, slots=True)
class Plan:
    """A network without its weights.

    Attributes:
        inputs: What it takes, in order.
        by_name: Whether it takes a dict of them; else there is one, taken as it is.
        weights: The names of its weights, in order.
        calls: The operations, in order.
        outputs: The values that are the answers.
        named: What they are called, where the network gives a dict of them.
    """

    inputs: tuple[Taken, ...]
    by_name: bool
    weights: tuple[str, ...]
    calls: tuple[Call, ...]
    outputs: tuple[At, ...]
    named: tuple[str, ...] = ()


# It is torch's by derivation: modules are what torch copies, moves, exports and calls.
@final
class Program(nn.Module):  # type: ignore[misc]  # torch isn't followed
    """A stored network: an `nn.Module` that takes the features.

    It answers as in `eval()`, whatever mode it is in; its weights are parameters, frozen.

    Args:
        plan: What it does.
        weights: Its weights, by the names of the plan.

    Raises:
        ModelError: If the plan holds an operation that isn't allowed; names it.
    """

    def __init__(self, plan: Plan, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.plan = plan
        self._calls = tuple(_function(call.op) for call in plan.calls)
        for number, name in enumerate(plan.weights):
            value = weights[name].detach()
            if value.is_floating_point():
                self.register_parameter(f"w{number}", nn.Parameter(value, requires_grad=False))
            else:
                self.register_buffer(f"w{number}", value)

    def forward(self, features: Any) -> Any:
        """The answers: a tensor, or a tuple or a dict of several, as the network gave them.

        Args:
            features: A tensor, or a dict by feature, as the plan says; rows first.
        """
        found = self.answers(features)
        if len(found) == 1:
            return found[0]
        named = self.plan.named
        return dict(zip(named, found, strict=True)) if named else tuple(found)

    def answers(self, features: Any) -> list[Tensor]:
        """Each output, in the order of the plan; see `forward`."""
        plan = self.plan
        values: list[Any] = [features[x.name] for x in plan.inputs] if plan.by_name else [features]
        values.extend(getattr(self, f"w{number}") for number in range(len(plan.weights)))
        for call, function in zip(plan.calls, self._calls, strict=True):
            values.append(_called(function, call, values))
        return [values[at.place] for at in plan.outputs]

    @staticmethod
    def step(call: Call, values: list[Any]) -> Any:
        """What one operation gives, for the values so far."""
        return _called(_function(call.op), call, values)

    @property
    def tensors(self) -> dict[str, Tensor]:
        """The weights, by the names of the plan."""
        names = enumerate(self.plan.weights)
        return {name: getattr(self, f"w{number}").detach() for number, name in names}


def _called(function: Callable[..., Any], call: Call, values: list[Any]) -> Any:
    args = [_value(x, values) for x in call.args]
    return function(*args, **{name: _value(x, values) for name, x in call.kwargs.items()})


def _value(x: Any, values: list[Any]) -> Any:
    if isinstance(x, At):
        return values[x.place]
    return [_value(item, values) for item in x] if isinstance(x, list) else x


def _function(name: str) -> Callable[..., Any]:
    found = ops.named(name)
    if found is None:
        raise ModelError(
            f"The model needs the operation '{name}', which a bundle doesn't hold.",
            remedy="Build it of torch's own layers and functions, without custom operators, "
            "control flow on values, or anything random.",
            value=name,
        )
    return found
