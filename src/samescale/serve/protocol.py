"""What uvicorn leaves open of a connection: how long and how large the head of a request may be.

Without a limit whoever connects and says nothing, or never ends a header, keeps the connection and
the memory for good. A body has the limits of `http.read_body`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

MOST_HEAD_BYTES = 1 << 16


@final
class BoundedProtocol(HttpToolsProtocol):  # type: ignore[misc]  # not followed into
    """uvicorn's HTTP, with a head that is whole within `timeout_keep_alive` and 64 KiB."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._timers: list[TimerHandle] = []  # one while a head is due, else none
        self._sizes: list[int] = []

    def connection_made(self, transport: Transport) -> None:
        """Wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def on_message_begin(self) -> None:
        """Wait for the next head."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """Wait no longer."""
        self._had_head()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._had_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, as long as there aren't too many of a head that doesn't end."""
        super().data_received(data)
        if self._timers:
            self._sizes.append(len(data))
            if sum(self._sizes) > MOST_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response(f"The head is larger than {MOST_HEAD_BYTES} bytes.")

    def _await_head(self) -> None:
        self._had_head()
        seconds = max(1, self.timeout_keep_alive)
        self._timers.append(self.loop.call_later(seconds, self._late))

    def _had_head(self) -> None:
        while self._timers:
            self._timers.pop().cancel()
        self._sizes.clear()

    def _late(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering:  # the head of a pipelined request; the answer before it isn't cut off
            self._await_head()
        else:
            self.transport.close()
