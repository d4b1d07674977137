"""Where predictions run: where the request arrived, or in one thread beside it."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.serve.http import Reply


@final
class Worker:
    """One prediction at a time, as frameworks like it, and the health routes live meanwhile.

    A small request is answered at once in the event loop. A large one goes to the thread, and
    whatever comes while the thread is busy queues behind it: the model never runs twice at once.

    Args:
        inline_bytes: The largest body that counts as small.
    """

    def __init__(self, inline_bytes: int) -> None:
        self._inline_bytes = inline_bytes
        self._pool = ThreadPoolExecutor(1, "samescale-predict")
        self._running: set[Future[Reply]] = set()

    async def run(self, work: Callable[[bytes], Reply], body: bytes) -> Reply:
        """What `work` replies to a body."""
        if len(body) <= self._inline_bytes and not self._running:
            return work(body)
        future = self._pool.submit(work, body)
        self._running.add(future)
        # Called when the work is done, not when somebody stops waiting for it.
        future.add_done_callback(self._running.discard)
        return await asyncio.shield(asyncio.wrap_future(future))

    def stop(self) -> None:
        """Let the work under way end, and the thread with it."""
        self._pool.shutdown(wait=True, cancel_futures=True)
