"""What a server may be told, by arguments or by the environment."""

from __future__ import annotations

import dataclasses as dc
import difflib
from typing import TYPE_CHECKING, Any, Self, final

from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "SAMESCALE_SERVE_"
_BOOLEANS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@final
@dc.dataclass(frozen=True, slots=True)
class Settings:
    """The limits of a server and where it listens.

    Attributes:
        host: The address to listen on; only this machine by default.
        port: The port; 0 takes a free one.
        name: The model's name in the routes; the bundle's file name without its ending if empty.
        max_body_bytes: Larger bodies are refused with 413 before they are read.
        max_rows: Requests of more rows are refused with 413.
        max_connections: More connections at once, and requests on them, are refused with 503, so
            that the bodies that wait for the model don't fill the memory; 0 sets no limit.
        body_seconds: How long a client may take to send a body; then 408.
        drain_seconds: How long requests under way may take after SIGTERM.
        idle_seconds: How long a connection may stay open before and between requests, and how
            long a client may take to send a request's head.
        inline_bytes: Larger bodies are answered in a worker thread, so that the health routes stay
            live; smaller ones where they arrive, which saves two thread switches.
        access_log: Whether each request is logged; off, for it costs as much as a prediction.
        policy: What the guard does, as the command's `--policy` takes it, one after the other with
            commas between: `other-unit=raise,drift=warn`. For a bundle's path; a predictor has its
            own, and so have policies that are given in Python or by arguments.
        workers: How many servers share the traffic; for a bundle's path. The evidence that single
            rows add up to is weighed in each by itself.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    name: str = ""
    max_body_bytes: int = 16 * 2**20
    max_rows: int = 100_000
    max_connections: int = 512
    body_seconds: float = 10.0
    drain_seconds: float = 20.0
    idle_seconds: float = 30.0
    inline_bytes: int = 16 * 2**10
    access_log: bool = False
    policy: str = ""
    workers: int = 1

    def __post_init__(self) -> None:
        for field in dc.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and value < 0:
                raise SpecError(f"The server's {field.name} is {value}, below 0.", value=value)
        if not self.workers:
            raise SpecError("The server's workers are 0.", remedy="There is 1 at least.", value=0)

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Self:
        """The settings of an environment: `SAMESCALE_SERVE_PORT=9000` and so on.

        Raises:
            SpecError: For a name under the prefix that isn't a setting, or a value of another type.

        >>> Settings.from_env({"SAMESCALE_SERVE_PORT": "9000"}).port
        9000
        """
        given = {
            key.removeprefix(PREFIX).lower(): value
            for key, value in environment.items()
            if key.startswith(PREFIX)
        }
        return cls(**{name: _parsed(name, text) for name, text in given.items()})


def _parsed(name: str, text: str) -> Any:
    defaults = {field.name: field.default for field in dc.fields(Settings)}
    if name not in defaults:
        near = difflib.get_close_matches(name, defaults, 1)
        raise SpecError(
            f"{PREFIX}{name.upper()} isn't a setting of the server.",
            remedy=f"Did you mean {PREFIX}{near[0].upper()}?" if near else "",
        )
    try:
        match defaults[name]:
            case bool():
                return _BOOLEANS[text.lower()]
            case int():
                return int(text)
            case float():
                return float(text)
            case _:
                return text
    except (KeyError, ValueError):
        kind = type(defaults[name]).__name__
        raise SpecError(f"{PREFIX}{name.upper()} is '{text}', which is no {kind}.") from None
