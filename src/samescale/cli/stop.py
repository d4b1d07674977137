"""Ending at once and cleanly: SIGTERM ends a command as Ctrl-C does."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any, Final, final

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED: Final = 130  # 128 + the signal's number, as shells have it
TERMINATED: Final = 143


@final
class Terminated(KeyboardInterrupt):
    """SIGTERM came: whatever is under way is left by way of its `finally`."""


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Terminated` on SIGTERM inside the block, so that half-written files go."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def code(stop: KeyboardInterrupt) -> int:
    """The exit code of a command that was stopped."""
    return TERMINATED if isinstance(stop, Terminated) else INTERRUPTED


def _end(number: int, frame: Any) -> None:
    del number, frame
    raise Terminated
