"""What a profile knows of columns together, and of pictures: a member of its own, of arrays.

A file that was made before there was one, or whose columns are neither plain numbers nor pictures,
has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.bundle import tensors
from samescale.errors import FormatError
from samescale.profile.samples import AXES, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.bundle.archive import Bytes
    from samescale.ir.types import Array
    from samescale.profile import Profile
    from samescale.schema import Schema

NAME: Final = "profile.safetensors"

# `adapt` writes 1 KB a column or less, beside the correlations of 1,024.
_MOST: Final = 2**25


def of_profile(profile: Profile) -> dict[str, bytes]:
    """The member of a profile, by name; none if it knows nothing but single columns."""
    arrays = profile.to_arrays()
    return {NAME: tensors.dump(arrays)} if arrays else {}


def arrays(members: Mapping[str, Bytes]) -> dict[str, Array]:
    """The arrays of the member, if it is there.

    Raises:
        FormatError: If it isn't such, is larger than 32 MiB or holds an infinity.
    """
    if NAME not in members:
        return {}
    if len(members[NAME]) > _MOST:
        raise _fault(f"has {len(members[NAME])} bytes, more than {_MOST}")
    found = tensors.load(members[NAME], NAME)
    wrong = [name for name, array in found.items() if array.dtype.kind == "f" and _is_wild(array)]
    if wrong or not found:
        raise _fault(f"holds an infinity in {wrong[0]!r}" if wrong else "holds nothing")
    return found


def check(profile: Profile, schema: Schema) -> None:
    """See that what is known of columns together, and of pictures, is of columns of such a kind.

    Raises:
        FormatError: If it isn't.
    """
    numbers = [column for column in schema.columns if column.kind in NUMBERS]
    plain = {column.name for column in numbers if not column.shape}
    if profile.table is not None and not plain.issuperset(profile.table.names):
        raise _fault("has a table with a column that is no plain one of numbers")
    if not {c.name for c in numbers if len(c.shape) == AXES}.issuperset(profile.pictures):
        raise _fault("knows pictures of a column that has none")


def _is_wild(array: Array) -> bool:
    return bool(np.isinf(array).any())


def _fault(reason: str) -> FormatError:
    return FormatError(f"Member '{NAME}' {reason}.", member=NAME)
