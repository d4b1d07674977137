"""The learned target: to what the model learns, and back."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

from samescale.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Graph
    from samescale.schema import Column
    from samescale.spec import Task
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class FittedTarget:
    """The learned target.

    Attributes:
        column: The target's column: how it must arrive in training data.
        graph: From the column to what the model learns, an output named as the column: float32
            for a number, int64 class codes for a class.
        inverse: From an input `prediction` (float64) back to the column's units; `None` for a
            class.
        classes: The classes as the graph looks them up, in the order of their codes: those of a
            boolean column are 0 and 1; `None` for a number.
        learned: What its transforms learned.
    """

    column: Column
    graph: Graph
    inverse: Graph | None
    classes: tuple[str, ...] | tuple[int, ...] | None
    learned: tuple[Mapping[str, Learned], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "learned", frozen(self.learned))

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def task(self) -> Task:
        """`regression` or `classification`."""
        return "regression" if self.classes is None else "classification"

    @property
    def answers(self) -> tuple[str, ...] | tuple[int, ...] | None:
        """The classes as answers name them: those of a boolean column are `False` and `True`."""
        is_boolean = self.column.kind == "boolean" and {*(self.classes or (2,))} <= {0, 1}
        return tuple(map(bool, self.classes or ())) if is_boolean else self.classes
