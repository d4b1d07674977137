"""The options of a training, by name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_options(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """See that every option given is one of those known.

    Raises:
        SpecError: Naming the option, what doesn't take it, and the nearest that is taken.
    """
    listed = sorted(known)
    for name in given:
        if name not in listed:
            near = difflib.get_close_matches(name, listed, n=1)
            raise SpecError(
                f"{what} has no option '{name}'.",
                remedy=f"Did you mean '{near[0]}'?" if near else f"It has: {', '.join(listed)}.",
                value=name,
            )
