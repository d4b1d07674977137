"""What was decided for a column, and why."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Literal, TypeAlias, final

if TYPE_CHECKING:
    from samescale.transforms.base import Transform

Kind: TypeAlias = Literal[
    "numeric",
    "integer code",
    "boolean",
    "category",
    "date",
    "tensor",
    "free text",
    "constant",
    "identifier",
    "unreadable",
]


@final
@dc.dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for a column.

    Attributes:
        column: The column.
        kind: What it was taken for.
        transforms: Its chain; empty if it is left out.
        why: The reason, in words for the person who checks it.
    """

    column: str
    kind: Kind
    transforms: tuple[Transform, ...]
    why: str

    @property
    def chain(self) -> str:
        """The chain as it would be written; `left out` if there is none.

        >>> from samescale.transforms.impute import Impute
        >>> Decision("age", "numeric", (Impute("median"),), "").chain
        "Impute(strategy='median')"
        """
        return " → ".join(map(_written, self.transforms)) or "left out"


def _written(transform: Transform) -> str:
    config = transform.to_config()
    given = ", ".join(f"{key}={value!r}" for key, value in config["configuration"].items())
    return f"{config['name']}({given})"
