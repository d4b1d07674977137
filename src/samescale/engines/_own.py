"""What an engine has started itself, and ends with it; what it was given, it leaves alone."""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from collections.abc import Callable


@final
class Own:
    """A client or session that is started when it is first asked for.

    It is ended by `close`, when the engine is collected, or when Python ends.
    """

    def __init__(self) -> None:
        self._ends = ExitStack()
        self._started: list[Any] = []
        weakref.finalize(self, self._ends.close)

    def get(self, start: Callable[[ExitStack], Any]) -> Any:
        """What `start` gives; it is called once, with the stack of what is to be ended."""
        if not self._started:
            self._started.append(start(self._ends))
        return self._started[0]

    def close(self) -> None:
        """End it."""
        self._started.clear()
        self._ends.close()
