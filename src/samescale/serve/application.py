"""The server as one ASGI application, without a framework.

A framework costs 1.7 to 4 times the time of a request, and what it would do here is one look into
a dict. Source of the protocol: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from samescale.serve import routes
from samescale.serve.http import Gone, Refused, read_body, refusal
from samescale.serve.settings import Settings
from samescale.serve.worker import Worker

if TYPE_CHECKING:
    from samescale.predictor import Predictor
    from samescale.serve.http import Receive, Reply, Scope, Send


@final
class App:
    """An ASGI application that answers for one predictor.

    Args:
        predictor: What answers.
        settings: The limits, and the model's name in the routes.
        version: The version that the server states.

    Any ASGI server runs it; `samescale.serve.serve` runs it on uvicorn.
    """

    def __init__(
        self, predictor: Predictor, settings: Settings | None = None, *, version: str = "0"
    ) -> None:
        self._settings = settings or Settings()
        name = self._settings.name or "model"
        self._fixed = routes.fixed(predictor, name, self._settings, version)
        self._asked = routes.asked(predictor, name, self._settings)
        self._headers = routes.headers(predictor, name)
        self._worker = Worker(self._settings.inline_bytes)
        predictor.watch.prepare()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's event stream, as ASGI has it."""
        match scope["type"]:
            case "http":
                try:
                    reply = await self._reply(scope, receive)
                except Gone:
                    return
                await reply.send(send, self._headers)
            case "lifespan":
                await self._live(receive, send)
            case _:
                await send({"type": "websocket.close", "code": 1003})

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        path, method = scope["path"], scope["method"]
        if method == "POST" and (ask := self._asked.get(path)):
            try:
                body = await self._body(scope, receive)
            except Refused as refused:
                return refused.reply
            return await self._worker.run(ask, body)
        if method in {"GET", "HEAD"} and (reply := self._fixed.get(path)):
            return reply() if callable(reply) else reply
        return self._unknown(path, method)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        limit, seconds = self._settings.max_body_bytes, self._settings.body_seconds
        return await read_body(scope, receive, limit=limit, seconds=seconds)

    def _unknown(self, path: str, method: str) -> Reply:
        allowed = "GET, HEAD" if path in self._fixed else "POST" if path in self._asked else ""
        if allowed:
            message = f"{method} isn't understood here. Use {allowed}."
            return refusal(405, message, headers=((b"allow", allowed.encode()),))
        known = ", ".join((*self._asked, *self._fixed))
        return refusal(404, f"There is nothing at {path[:200]}. There is: {known}.")

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                self._worker.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return
