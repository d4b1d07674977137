"""How much of the time may be spent on looking: a share of it, measured and not guessed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, final

if TYPE_CHECKING:
    from collections.abc import Callable

SHARE: Final = 0.1
"""At most this share of the time that passes is spent."""

SAVED: Final = 0.005
"""At most so many seconds are saved up for a burst."""


@final
class Budget:
    """A bucket of seconds that fills by `share` a second and never holds more than `saved`.

    What is spent is known afterwards, so the last one may overdraw; the next one waits for it.

    Args:
        share: What fills it.
        saved: What it holds.
        clock: Tells the time, in seconds.

    >>> ticks = iter([0.0, 0.0, 0.0, 0.5, 1.5])
    >>> budget = Budget(share=0.1, saved=0.05, clock=lambda: next(ticks))
    >>> budget.left(), budget.spend(0.15), budget.left(), budget.left()
    (True, None, False, True)
    """

    def __init__(
        self,
        *,
        share: float = SHARE,
        saved: float = SAVED,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._share = share
        self._reach = saved / share
        self.clock = clock
        # When the bucket is no longer overdrawn: one comparison tells, for this stands in the lane.
        self._due = [clock() - self._reach]

    def left(self) -> bool:
        """Whether there is something to spend."""
        return self.clock() >= self._due[0]

    def spend(self, seconds: float) -> None:
        """Take what was spent up to now."""
        full = self.clock() - self._reach
        self._due[0] = max(self._due[0], full) + seconds / self._share
