"""Whether anything listens at a cluster's address: frameworks wait for half a minute and more."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from samescale.errors import SpecError

_SECONDS = 5.0


def reach(address: str, what: str, remedy: str, *, port: int | None = None) -> None:
    """Refuse an address where nothing listens.

    Args:
        address: Such as `spark://host:7077`; with several hosts, one of them is enough.
        what: What should be there, for the error.
        remedy: How it is started.
        port: The port, where the address names none.

    Raises:
        SpecError: If nothing listens there, or it is no address.
    """
    hosts = address.partition("://")[2].partition("/")[0].split(",")
    wrong = [_wrong(host, port) for host in hosts]
    if None in wrong:
        return
    raise SpecError(
        f"There is no {what} at {address}: {wrong[0]}",
        remedy=f"{remedy}, or mend the address.",
        value=address,
    )


def _wrong(host: str, port: int | None) -> str | None:
    try:
        found = urlsplit(f"//{host}")
        given = found.port or port
        if not found.hostname or given is None:
            return "it has no host or no port"
        socket.create_connection((found.hostname, given), _SECONDS).close()
    except (OSError, ValueError) as error:
        return str(error)
    return None
