"""How faithfully a target runs a node: what a target may declare, and what every target is."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Protocol, TypeAlias, final

from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.ir.nodes import Graph, Node
    from samescale.ir.types import Array

Run: TypeAlias = "Callable[[Mapping[str, Array]], dict[str, Array]]"


@final
@dc.dataclass(frozen=True, slots=True)
class Exact:
    """Every bit is the reference's (a NaN is a NaN, whatever its payload)."""


@final
@dc.dataclass(frozen=True, slots=True)
class Ulp:
    """Within `n` units in the last place of the reference.

    Attributes:
        n: How many representable numbers apart a result may be.
    """

    n: int


@final
@dc.dataclass(frozen=True, slots=True)
class Host:
    """The node runs on the host, by NumPy, before the framework takes over."""


@final
@dc.dataclass(frozen=True, slots=True)
class Unsupported:
    """The target can't run the node.

    Attributes:
        reason: Why, in a few words.
        remedy: What to do instead, as one sentence.
    """

    reason: str
    remedy: str


Parity: TypeAlias = Exact | Ulp | Host | Unsupported


class Target(Protocol):
    """What a module of `samescale.targets` is.

    A target whose framework takes subnormal floats for zero, which no graph can change, says so
    with `FLUSHES_SUBNORMALS = True`; the contract suite then compares only what is above them.

    Attributes:
        PARITY: The exceptions, by node type; a node that isn't there is `Exact`.
    """

    PARITY: Mapping[type[Node], Parity]

    def compile(self, graph: Graph) -> Run:
        """The function of `graph`: a mapping of columns in, a dict of outputs out.

        Raises:
            UnsupportedError: If the graph holds a node that the target can't run.
        """


def parity(exceptions: Mapping[type[Node], Parity], node: type[Node]) -> Parity:
    """What a target declares for a node type: the exception, or `Exact`."""
    return exceptions.get(node, Exact())


def refuse_unsupported(graph: Graph, exceptions: Mapping[type[Node], Parity], target: str) -> None:
    """Refuse a graph that holds a node that a target declares as Unsupported.

    Raises:
        UnsupportedError: Naming the first such node, the target, the reason and the way out.
    """
    for node in graph.nodes:
        declared = parity(exceptions, type(node))
        if isinstance(declared, Unsupported):
            name = type(node).__name__
            raise UnsupportedError(
                f"The target '{target}' can't run {name}: {declared.reason}.",
                remedy=declared.remedy,
                node=name,
                target=target,
            )
