"""An object while the file is still filling it."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from samescale.adopt._record import Named


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Shell:
    """What a call in the file stands for; a shell is equal to itself alone.

    Attributes:
        named: Its class.
        at: The place in the file, for messages.
        parts: What it was given so far: `value` once it is known, else `arguments`, `states`,
            `items`.
    """

    named: Named
    at: int
    parts: dict[str, Any] = dc.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The full name of its class."""
        return f"{self.named.module}.{self.named.name}"
