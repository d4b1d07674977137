"""How a column enters the graph, while its chains learn and for good: its line of the contract."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Literal, Self, TypeAlias, final

from samescale.errors import SpecError
from samescale.ir.nodes import Cast, Input
from samescale.ir.types import INTEGERS, TensorType
from samescale.plan import Chain
from samescale.transforms.base import read_by, source_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.nodes import Node
    from samescale.ir.types import DType
    from samescale.profile import ColumnProfile
    from samescale.schema import Column, Kind
    from samescale.transforms.base import Transform

Transforms: TypeAlias = "tuple[Transform, ...]"

# A float32 keeps 24 bits. A column needs float64 where rounding its values to float32 would move
# one by more than this share of their standard deviation.
_TOLERANCE = 1e-5
_EXACT_IN_FLOAT32 = 2**24
# Beyond it a difference of two float32 overflows, and so does one over a spread below its inverse.
LARGEST = 2.0**126


@final
@dc.dataclass(frozen=True, slots=True)
class Use:
    """A column of the table, and what is made of it.

    Attributes:
        column: The column as the source declares it.
        chains: The chains that transform it.
        beside: Whether other chains read it as names, beside their own column.
    """

    column: Column
    chains: tuple[Transforms, ...]
    beside: bool

    @classmethod
    def of(cls, column: Column, chains: Mapping[str, Transforms]) -> Self:
        """What the chains, by feature, make of a column.

        Raises:
            SpecError: If they read dates and times as names.
        """
        name = column.name
        own = {f: chain for f, chain in chains.items() if source_of(f, chain) == name}
        others = [read_by(f, chain) for f, chain in chains.items() if f not in own]
        marked = [chain[1:] if chain and chain[0].begins else chain for chain in own.values()]
        keyed = [name in transform.reads for chain in own.values() for transform in chain]
        beside = any(name in read for read in others) or any(keyed)
        if beside and column.kind == "datetime":
            raise SpecError(
                f"Column '{name}' holds dates and times, and a chain reads it as names.",
                remedy="Name a column of strings or whole numbers, such as the month or the day.",
                column=name,
            )
        return cls(column, tuple(marked), beside)

    @property
    def family(self) -> Literal["string", "code", "pixels", "number"]:
        """How it enters the graph: as text, whole numbers, small integers, or a float."""
        if self.column.kind == "string":
            return "string"
        if self.beside or any(map(_takes_integers, self.chains)):
            return "code"
        if self.column.shape and self.column.dtype in {"uint8", "int8", "uint16", "int16"}:
            return "pixels"
        return "number"

    @property
    def as_is(self) -> DType:
        """Its values without a change that would tell: text, int64, float64."""
        if self.column.dtype in INTEGERS or self.column.dtype == "bool":
            return "int64"
        return "string" if self.column.kind == "string" else "float64"

    @property
    def accepts_missing(self) -> bool:
        """Whether every chain says what becomes of a missing value; as a name, it is one."""
        return all(any(t.accepts_missing for t in chain) for chain in self.chains)

    def learning(self) -> Input:
        """The column while its chains learn: numbers in the source's own precision."""
        narrow = self.column.dtype in {"float16", "float32"}
        dtype: Mapping[str, DType] = {
            "string": "string",
            "code": self.as_is,
            "pixels": self.column.dtype,
            "number": "float32" if narrow else "float64",
        }
        return Input(self.column.name, TensorType(dtype[self.family], self.column.shape))

    def frozen(self, profile: ColumnProfile, categories: tuple[str, ...] | None) -> Column:
        """The column's line in the input contract."""
        dtype: Mapping[str, DType] = {
            "string": "string",
            "code": self.as_is,
            "pixels": self.column.dtype,
            "number": self._precision(profile),
        }
        return dc.replace(
            self.column,
            dtype=dtype[self.family],
            kind=self.kind,
            nullable=self.accepts_missing,
            categories=categories,
        )

    @property
    def kind(self) -> Kind:
        """What a caller may send for it."""
        # Training has shown that floats which are looked up are whole: 1.5 would be taken for 1.
        looked_up = self.family == "code" and self.column.kind == "number"
        return "integer" if looked_up else self.column.kind

    def _precision(self, profile: ColumnProfile) -> DType:
        column = self.column
        if column.dtype in {"float16", "bool"} or profile.maximum is None:
            return "float32"
        largest = max(abs(profile.minimum or 0.0), abs(profile.maximum))
        if largest > LARGEST or 0.0 < profile.spread < 1 / LARGEST:
            return "float64"
        if column.dtype == "float32" or self._is_exact(largest):
            return "float32"
        moved = 2.0**-24 * largest  # at most half a unit in the last place of a float32
        told = moved > _TOLERANCE * (profile.deviation or math.inf)
        return "float64" if told or any(map(_compares, self.chains)) else "float32"

    def _is_exact(self, largest: float) -> bool:
        """Whether whole numbers are float32 as they are, until something is computed of them."""
        whole = self.column.dtype in INTEGERS and largest <= _EXACT_IN_FLOAT32
        return whole and not any(_compares(chain[1:]) for chain in self.chains)


@final
class Starts:
    """Where chains start: at the columns' inputs, one node a column, whatever is made of it."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        self._inputs = {x.name: x for x in inputs}
        self._numbers = {x.name: _number(x) for x in inputs}

    def number(self, column: str) -> Node:
        """A column as its values: text, or numbers that aren't names."""
        return self._numbers[column]

    def chain(self, feature: str, transforms: Transforms) -> Chain:
        """The chain of a feature, nothing learned yet."""
        own = source_of(feature, transforms)
        beside = {name: self._inputs[name] for name in read_by(feature, transforms)}
        if own is None:
            return Chain(feature, transforms, beside[next(iter(beside))], beside)
        rest = transforms[1:] if transforms and transforms[0].begins else transforms
        start = self._inputs[own] if _takes_integers(rest) else self._numbers[own]
        return Chain(feature, transforms, start, beside)


def _number(x: Input) -> Node:
    match x.type.dtype:
        case "int64":
            return Cast(x, "float64")
        case "uint8" | "int8" | "uint16" | "int16":
            return Cast(x, "float32")
        case _:
            return x


def _takes_integers(chain: Transforms) -> bool:
    return bool(chain) and chain[0].takes_integers


def _compares(chain: Transforms) -> bool:
    # Boundaries are learned from float64 and often are values of the column: 0.7 as a float32 is
    # below 0.7, and would fall into the bin below.
    return any(transform.compares for transform in chain)
