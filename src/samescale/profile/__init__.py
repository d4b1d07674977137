"""The training distribution: what the guard compares traffic with."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from samescale.errors import FormatError
from samescale.frozen import Frozen
from samescale.profile.columns import PROBABILITIES as PROBABILITIES
from samescale.profile.columns import ColumnProfile as ColumnProfile
from samescale.profile.columns import categories as categories
from samescale.profile.columns import describe as describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.evidence.images import Pictures
    from samescale.evidence.reference import Reference
    from samescale.ir.types import Array

_COLUMNS: Final = "columns"
_TABLE: Final = "table"
_PICTURES: Final = "pictures"


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The training distribution, as statistics: no row of the training is in it.

    Attributes:
        columns: How each column was distributed, by name.
        table: How the plain columns of numbers were distributed together, for the diagnosis of
            mistakes; `None` where there is none, and in what was adopted or was made before there
            was such.
        pictures: The same of each column of pictures, by name.
    """

    columns: Mapping[str, ColumnProfile]
    table: Reference | None = None
    pictures: Mapping[str, Pictures] = dc.field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", Frozen(self.columns))
        object.__setattr__(self, "pictures", Frozen(self.pictures))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Profile):
            return NotImplemented
        return self.columns == other.columns and self._told() == other._told()

    def __hash__(self) -> int:
        return hash(tuple(self.columns.items()))

    def _of_table(self, table: Reference) -> dict[str, Array]:
        places = {name: place for place, name in enumerate(self.columns)}
        own = {f"{_TABLE}/{name}": array for name, array in table.to_arrays().items()}
        return {_COLUMNS: np.array([places[name] for name in table.names], np.uint16), **own}

    def _told(self) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
        return _told(self.to_arrays())

    def to_json(self) -> dict[str, Any]:
        """The profiles of the columns as JSON; `to_arrays` has the rest."""
        return {name: dc.asdict(column) for name, column in self.columns.items()}

    def to_arrays(self) -> dict[str, Array]:
        """What is known of columns together and of pictures, as arrays by name.

        Returns:
            `table/…`, and `columns`, the places of the table's columns among all, uint16; and
            `pictures/2/…` of the third column. Nothing where there is neither.
        """
        found = {} if self.table is None else self._of_table(self.table)
        for place, column in enumerate(self.columns):
            held = self.pictures[column].to_arrays() if column in self.pictures else {}
            found |= {f"{_PICTURES}/{place}/{name}": array for name, array in held.items()}
        return found

    @classmethod
    def from_json(
        cls,
        columns: Mapping[str, Mapping[str, Any]],
        arrays: Mapping[str, Array] | None = None,
    ) -> Profile:
        """The profile that `to_json` and `to_arrays` gave.

        Args:
            columns: What `to_json` gave.
            arrays: What `to_arrays` gave, if anything.

        Raises:
            FormatError: If the arrays aren't such.
        """
        known = {name: ColumnProfile(**_tuples(fields)) for name, fields in columns.items()}
        if not arrays:
            return cls(known)
        from samescale.profile.stored import unpacked

        found = cls(known, *unpacked(tuple(known), arrays))
        # Whatever a reader would pass over, or take for something else, is refused.
        if found._told() != _told(arrays):
            raise FormatError("The profile's arrays aren't those of what they tell.")
        return found


def _told(arrays: Mapping[str, Array]) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    return {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in arrays.items()}


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list | tuple) else value
        for key, value in fields.items()
    }
