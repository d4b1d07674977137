"""How the benchmarks are run: the sizes, the rounds, and who takes part."""

from __future__ import annotations

import dataclasses as dc
import re
import sys
from typing import final


@final
@dc.dataclass(frozen=True, slots=True)
class How:
    """What one run of the benchmarks is told.

    Attributes:
        quick: Whether the sizes are small: the figures mean little then, but everything runs.
        rounds: How often each takes its turn.
        most: The most rows of the figures.
        only: A pattern; offers whose name it isn't found in take no part.
    """

    quick: bool = False
    rounds: int = 7
    most: int = 10**8
    only: str = ""

    def sized(self, rows: int) -> int:
        """The rows of a case: a thousandth of them in a quick run, and a thousand at least."""
        return max(1_000, rows // 1_000) if self.quick else rows

    def wants(self, name: str) -> bool:
        """Whether an offer of this name takes part."""
        return re.search(self.only, name) is not None

    def say(self, text: str) -> None:
        """Tell the terminal."""
        print(text, file=sys.stderr, flush=True)
