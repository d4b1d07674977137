"""What a profile knows of columns together and of pictures, back from the arrays of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.errors import FormatError, SamescaleError
from samescale.evidence.images import Pictures
from samescale.evidence.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array


def unpacked(
    columns: Sequence[str], arrays: Mapping[str, Array]
) -> tuple[Reference | None, dict[str, Pictures]]:
    """The table and the pictures of `Profile.to_arrays`.

    Args:
        columns: The names of all columns, in order.
        arrays: The arrays, which may be anybody's.

    Raises:
        FormatError: If they are of neither, or not what `to_arrays` gives.
    """
    table, own = _sorted(columns, arrays)
    names = _names(columns, arrays, table)
    try:
        reference = Reference.from_arrays(names, table) if table else None
        pictures = {columns[place]: Pictures.from_arrays(held) for place, held in own.items()}
    except (SamescaleError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise FormatError(f"The profile's arrays aren't valid: {error!r}.") from error
    if reference is not None and reference.low.shape != (len(names),):
        raise FormatError(f"The profile's table isn't of {len(names)} columns.")
    return reference, pictures


def _sorted(
    columns: Sequence[str], arrays: Mapping[str, Array]
) -> tuple[dict[str, Array], dict[int, dict[str, Array]]]:
    """The arrays of the table, and those of each column of pictures by its place."""
    table: dict[str, Array] = {}
    own: dict[int, dict[str, Array]] = {}
    places = {str(place): place for place in range(len(columns))}
    for name, array in arrays.items():
        match name.split("/", 2):
            case ["columns"]:
                continue
            case ["table", *rest] if rest:
                table["/".join(rest)] = array
            case ["pictures", place, rest] if place in places:
                own.setdefault(places[place], {})[rest] = array
            case _:
                raise FormatError(f"The profile has an array {name!r}, which is of nothing.")
    return table, own


def _names(
    columns: Sequence[str], arrays: Mapping[str, Array], table: Mapping[str, Array]
) -> tuple[str, ...]:
    """The columns of the table."""
    if ("columns" in arrays) != bool(table):
        raise FormatError("The profile has a table without columns, or columns of no table.")
    if not table:
        return ()
    places = arrays["columns"]
    found = [columns[place] for place in places.ravel().tolist() if 0 <= place < len(columns)]
    if places.dtype.kind != "u" or places.shape != (len(set(found)),) or not found:
        raise FormatError("The profile's table is of other columns than the profile.")
    return tuple(found)
