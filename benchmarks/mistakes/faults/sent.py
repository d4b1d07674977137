"""What a mistake is given, and what it makes of it."""

from __future__ import annotations

import dataclasses as dc
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, final

if TYPE_CHECKING:
    import numpy as np

    from benchmarks.mistakes.known import Known
    from benchmarks.mistakes.labels import Array


class Arrived(NamedTuple):
    """What arrives: its values, the columns that a mistake concerns, and which mistake exactly."""

    values: Array
    columns: Sequence[int] = ()
    detail: str = ""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """What a caller is about to send.

    Attributes:
        raw: The raw rows, float64; NaN where there is nothing.
        known: What is known of training.
        expects: What the model wants.
        rng: Where chance comes from.
    """

    raw: Array
    known: Known
    expects: str
    rng: np.random.Generator

    def right(self, raw: Array | None = None) -> Array:
        """What should arrive, of these rows or of others in their place."""
        return self.known.right(self.raw if raw is None else raw, self.expects)

    def pick(self, values: Sequence[float]) -> float:
        """One of some values."""
        return values[int(self.rng.integers(0, len(values)))]


Fault: TypeAlias = Callable[[Sent], Arrived | None]
"""A mistake, or a drift: `None` where it can't be made of these rows."""
