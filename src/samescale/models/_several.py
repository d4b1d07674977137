"""The outputs of a model and the targets of a spec: which is which."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from samescale.errors import ModelError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.fitted import Fitted, FittedTarget
    from samescale.ir.types import Array

    Shape: TypeAlias = tuple[int | None, ...]


@final
@dc.dataclass(frozen=True, slots=True)
class Head:
    """One output of a network.

    Attributes:
        name: The target's name; empty where there is none.
        place: Where it stands among the model's outputs.
        shape: What it gives for a row.
        sigmoid: Whether its one number is the second class's probability.
    """

    name: str
    place: int
    shape: Shape
    sigmoid: bool

    def shaped(self, answers: Array) -> Array:
        """Answers as `Runtime.predict` gives them: a sigmoid in two columns, a number alone."""
        if self.sigmoid:
            one = answers.reshape(len(answers), 1)
            return np.concatenate([1 - one, one], axis=1)
        return answers[:, 0] if answers.shape[1:] == (1,) else answers


def head(target: FittedTarget, place: int, shape: Shape, ends: tuple[str, str]) -> Head:
    """The output at `place` as the one that answers for a target.

    Args:
        target: The target.
        place: Where the output stands.
        shape: What it gives for a row.
        ends: What a network of a number should end in, and one of `{count}` classes.

    Raises:
        ModelError: If the shape isn't the target's.
    """
    count = 0 if target.classes is None else len(target.classes)
    sigmoid = count == 2 and shape in {(), (1,)}  # noqa: PLR2004 - one and the other
    if not count and shape not in {(), (1,)}:
        raise ModelError(
            f"The model gives {shape} for a row, and '{target.name}' is a number.",
            remedy=f"End it with {ends[0]}",
        )
    if count and not sigmoid and shape != (count,):
        raise ModelError(
            f"The model gives {shape} for a row, and the target '{target.name}' has "
            f"{count} classes.",
            remedy=f"End it with {ends[1].format(count=count)}",
        )
    return Head(target.name, place, shape, sigmoid)


def check_count(outputs: int, fitted: Fitted) -> None:
    """See that there is one output for each target; one where there is no target.

    Raises:
        ModelError: If there are more or fewer.
    """
    names = [target.name for target in fitted.targets]
    if outputs == max(1, len(names)):
        return
    told = f"and there are {len(names)} targets" if len(names) > 1 else "not one"
    wanted = "one for each of " + ", ".join(map(repr, names)) if len(names) > 1 else "the target"
    remedy = f"Give it {wanted}." if len(names) > 1 else "Give it one, the target."
    if outputs > 1:
        remedy += " Of several targets, the spec has a list: target=[ss.Target(…), ss.Target(…)]."
    plural = "s" * (outputs != 1)
    raise ModelError(
        f"The model has {outputs} output{plural}, {told}.", remedy=remedy, value=outputs
    )


def places(
    outputs: int, names: Sequence[str], fitted: Fitted, *, strict: bool = False
) -> dict[str, int]:
    """For each target, in their order, the place of the output that answers for it.

    Args:
        outputs: How many outputs the model has.
        names: What they are called, if anything.
        fitted: The targets.
        strict: Whether the names are the model's own words for them, and must be the targets'.

    Raises:
        ModelError: If there are more or fewer outputs than targets, or they are called otherwise.
    """
    check_count(outputs, fitted)
    wanted = [target.name for target in fitted.targets]
    if len(wanted) > 1 and sorted(names) == sorted(wanted):
        return {name: list(names).index(name) for name in wanted}
    if len(wanted) > 1 and (strict or set(names) & set(wanted)):
        raise ModelError(
            f"The model's outputs are called {', '.join(map(repr, names))}, and the targets "
            f"{', '.join(map(repr, wanted))}.",
            remedy="Call each output as its target, or none of them: then their order counts.",
            value=list(names),
        )
    return {name: place for place, name in enumerate(wanted)}


def refuse_network(fitted: Fitted) -> None:
    """Refuse to write a model of several targets as ONNX, which gives one output, `answers`.

    Raises:
        UnsupportedError: If there are several targets.
    """
    if len(fitted.targets) > 1:
        raise UnsupportedError(
            f"A model of {len(fitted.targets)} targets has no form as an ONNX graph here, which "
            "gives the answers to one.",
            remedy="It is served by its own framework.",
        )
