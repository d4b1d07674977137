"""What a step knows of its place in the plan, and what it is."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, TypeAlias, final

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.nodes import Node
    from samescale.ir.types import TensorType

# From the arrays of all slots and the buffer to write to (None: a new one) to the step's array.
Run: TypeAlias = "Callable[[list[Any], Any], Any]"


@final
@dc.dataclass(frozen=True, slots=True)
class Place:
    """A node in its place.

    Attributes:
        node: The node.
        reads: The slots of its arguments.
        types: Their types.
        type: The node's own type.
        constants: For each argument, whether it is a constant.
        free: For each argument, whether the step may write over it.
    """

    node: Node
    reads: tuple[int, ...]
    types: tuple[TensorType, ...]
    type: TensorType
    constants: tuple[bool, ...]
    free: tuple[bool, ...]

    @property
    def plain(self) -> bool:
        """Whether NumPy's own broadcasting is the graph's: every row is of the node's rank."""
        rank = len(self.type.shape)
        pairs = zip(self.types, self.constants, strict=True)
        return all(
            len(of.shape) == rank or (constant and len(of.shape) < rank) for of, constant in pairs
        )


@final
@dc.dataclass(frozen=True, slots=True)
class Step:
    """What a step does.

    Attributes:
        run: The function.
        over: Which argument it writes over, if it does.
        writes: Whether it writes to the buffer that it is given.
    """

    run: Run
    over: int | None = None
    writes: bool = False
