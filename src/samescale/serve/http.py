"""Requests in, replies out: the little of HTTP that the server needs."""

from __future__ import annotations

import asyncio
import dataclasses as dc
import json
from typing import TYPE_CHECKING, Any, TypeAlias, final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence

    from samescale.findings import Finding

Scope: TypeAlias = "MutableMapping[str, Any]"
Receive: TypeAlias = "Callable[[], Awaitable[MutableMapping[str, Any]]]"
Send: TypeAlias = "Callable[[MutableMapping[str, Any]], Awaitable[None]]"
Header: TypeAlias = "tuple[bytes, bytes]"

JSON = b"application/json"
_CLOSE = ((b"connection", b"close"),)


@final
@dc.dataclass(frozen=True, slots=True)
class Reply:
    """A status, a body and what goes with them."""

    status: int
    body: bytes
    type: bytes = JSON
    headers: tuple[Header, ...] = ()

    async def send(self, send: Send, common: Sequence[Header]) -> None:
        """Give the reply to the server, with the headers that every reply has."""
        length = (b"content-length", str(len(self.body)).encode())
        headers = [(b"content-type", self.type), length, *common, *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


@final
class Refused(Exception):  # noqa: N818 - a refusal is an answer here, not an error
    """A request that gets no prediction: its status, the reason and the findings."""

    def __init__(
        self,
        status: int,
        message: str,
        findings: Iterable[Finding] = (),
        headers: tuple[Header, ...] = (),
    ) -> None:
        super().__init__(message)
        self.reply = refusal(status, message, findings, headers)


@final
class Gone(Exception):  # noqa: N818 - the client went, and nobody is to be told
    """The client closed the connection before its request was whole."""


def refusal(
    status: int,
    message: str,
    findings: Iterable[Finding] = (),
    headers: tuple[Header, ...] = (),
) -> Reply:
    """The reply of an error: `{"error": …, "findings": […]}`.

    >>> refusal(404, "Not here.").body
    b'{"error": "Not here.", "findings": []}'
    """
    content = {"error": message, "findings": [finding.to_json() for finding in findings]}
    # ASCII, so that no text of a caller (half a surrogate pair, say) fails to be encoded.
    return Reply(status, json.dumps(content).encode("ascii"), headers=headers)


async def read_body(scope: Scope, receive: Receive, *, limit: int, seconds: float) -> bytes:
    """The body of a request.

    Args:
        scope: The request.
        receive: Where its body comes from.
        limit: The most bytes that are taken.
        seconds: The longest that is waited for all of it.

    Raises:
        Refused: 413 over the limit, 408 over the time, 415 for a compressed body.
        Gone: If the client left.
    """
    _check_headers(scope, limit)
    try:
        async with asyncio.timeout(seconds):
            return await _collected(receive, limit)
    except TimeoutError:
        raise Refused(408, f"The body took over {seconds:g} s.", headers=_CLOSE) from None


def _check_headers(scope: Scope, limit: int) -> None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value[:20]) > limit:
            raise _too_large(limit)
        if name == b"inference-header-content-length":
            message = "The binary extension isn't spoken here: send binary_data=False."
            raise Refused(400, message, headers=_CLOSE)
        if name == b"content-encoding" and value.lower() != b"identity":
            message = f"The body is compressed ({value.decode('latin-1')}). Send it as it is."
            raise Refused(415, message, headers=_CLOSE)


async def _collected(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(limit: int) -> Refused:
    message = f"The body is larger than {limit} bytes. Send fewer rows at once."
    return Refused(413, message, headers=_CLOSE)
