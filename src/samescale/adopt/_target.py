"""A target that is given by its name, or by its name and its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samescale.errors import SpecError
from samescale.fitted import FittedTarget
from samescale.ir import nodes as n
from samescale.ir.types import TensorType
from samescale.schema import Column
from samescale.spec import Target
from samescale.transforms.integer_lookup import IntegerLookup
from samescale.transforms.string_lookup import StringLookup

if TYPE_CHECKING:
    from typing import TypeAlias

    Pair: TypeAlias = tuple[Target, FittedTarget]


def pair(target: object) -> Pair | None:
    """The target, declared and learned.

    Args:
        target: A name, for a number that the model gives in its own units; a pair of a name and
            the classes, in the order of the model's probabilities; what this function gives; or
            `None`.

    Raises:
        SpecError: If it is something else.
    """
    match target:
        case None:
            return None
        case str():
            return _number(target)
        case (Target() as declared, FittedTarget() as fitted):
            return declared, fitted
        case (str() as name, list() | tuple() as known) if _plain(known):
            return _class(name, tuple(known))
        case _:
            raise SpecError(
                f"The target {target!r:.60} is neither a name nor a name and classes.",
                remedy='Write target="price", target=("species", ["cat", "dog"]), or '
                'target=("price", scaler).',
                value=target,
            )


def _plain(known: list[Any] | tuple[Any, ...]) -> bool:
    types = {*map(type, known)}
    return len(known) > 1 and len(set(known)) == len(known) and types in ({str}, {int})


def _number(name: str) -> Pair:
    kind = TensorType("float64")
    graph = n.Graph(((name, n.Cast(n.Input(name, kind), "float32")),))
    inverse = n.Graph(((name, n.Input("prediction", kind)),))
    return Target(name), FittedTarget(Column(name, "float64"), graph, inverse, None, ())


def _class(name: str, known: tuple[Any, ...]) -> Pair:
    is_text = isinstance(known[0], str)
    column = (
        Column(name, "string", kind="string", categories=known)
        if is_text
        else Column(name, "int64", kind="integer", categories=known)
    )
    lookup = StringLookup(vocabulary=known) if is_text else IntegerLookup(vocabulary=known)
    codes = n.Lookup(n.Input(name, column.type), known, tuple(range(len(known))), -1, -1)
    return Target(name, lookup), FittedTarget(column, n.Graph(((name, codes),)), None, known, ({},))
