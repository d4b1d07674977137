"""The input contract: which columns, of what type and shape, missing or not."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from samescale.ir.types import TensorType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import DType

Kind: TypeAlias = Literal["number", "integer", "boolean", "string", "datetime"]


@dc.dataclass(frozen=True, slots=True)
class Column:
    """One column of the contract.

    Attributes:
        name: The column's name, as in the training table.
        dtype: What the graph takes. A `datetime` column is float64 seconds since 1970 (UTC).
        shape: The shape of one row's entry; `()` for a plain column.
        kind: What a caller may send for it.
        nullable: Whether a missing value is part of the contract.
        categories: The categories met in training, if the column is looked up.
        closed: Whether a value that is none of `categories` is refused.
    """

    name: str
    dtype: DType
    shape: tuple[int, ...] = ()
    kind: Kind = "number"
    nullable: bool = False
    categories: tuple[str, ...] | tuple[int, ...] | None = None
    closed: bool = False

    @property
    def type(self) -> TensorType:
        """The graph's type of the column."""
        return TensorType(self.dtype, self.shape)

    def to_json(self) -> dict[str, Any]:
        """The column as JSON; `closed` is said where it is."""
        fields = dc.asdict(self)
        if not self.closed:
            # Older readers don't know it, and the digest of what was written before holds.
            del fields["closed"]
        return fields


@dc.dataclass(frozen=True, slots=True)
class Schema:
    """The columns, in the order of the spec; callers may send them in any order."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        return {column.name: column for column in self.columns}[name]

    def to_json(self) -> list[dict[str, Any]]:
        """The contract as JSON."""
        return [column.to_json() for column in self.columns]

    @classmethod
    def from_json(cls, columns: list[Mapping[str, Any]]) -> Schema:
        """The contract that `to_json` gave."""
        return cls(tuple(_column(column) for column in columns))


def _column(fields: Mapping[str, Any]) -> Column:
    categories = fields["categories"]
    return Column(
        **{
            **fields,
            "shape": tuple(fields["shape"]),
            "categories": None if categories is None else tuple(categories),
        }
    )
