"""FromColumn: a feature of a column that has another name."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, final

from samescale.errors import SpecError
from samescale.transforms.base import Case, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class FromColumn(Transform):
    """The column that a feature is made of, where it hasn't the feature's name.

    It stands first in a chain and changes nothing. So one column can be several features.

    Args:
        column: The column's name.

    Raises:
        SpecError: If that is no name.

    Examples:
        >>> import samescale as ss
        >>> spec = ss.Spec({
        ...     "age": ss.Normalization(),
        ...     "generation": [ss.FromColumn("age"), ss.Discretization((18, 65))],
        ... })
        >>> fitted = spec.adapt({"age": [20.0, 40.0, 60.0]})
        >>> fitted.transform({"age": [17.0, 40.0]})["generation"]
        array([0, 1])
    """

    column: str

    def __post_init__(self) -> None:
        if not (isinstance(self.column, str) and self.column):
            raise SpecError(
                f"FromColumn(column={self.column!r}) is no name.", remedy="Give the column's name."
            )

    @property
    def begins(self) -> bool:
        """Always."""
        return True

    @property
    def source(self) -> str:
        """The column."""
        return self.column

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """The column itself."""
        del learned
        return x


CASES = (Case("number", FromColumn("x")),)
