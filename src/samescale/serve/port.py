"""Whether a port can be listened on, asked before anything starts."""

from __future__ import annotations

import errno
import socket

from samescale.errors import SpecError


def check(host: str, port: int) -> None:
    """See that a port is free.

    Args:
        host: The address to listen on.
        port: The port; 0 is always free.

    Raises:
        SpecError: If it isn't, may not be listened on, or the address isn't one of this machine.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:  # as asyncio listens: on this family alone
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
    except OSError as error:
        raise _refused(host, port, error) from error


_PASSIVE = socket.AI_PASSIVE


def _refused(host: str, port: int, error: OSError) -> SpecError:
    if error.errno == errno.EADDRINUSE:
        message, remedy = f"Port {port} of {host} is in use", "Use --port (port=… in Python)"
        return SpecError(
            f"{message}.", remedy=f"{remedy} to take another; 0 takes a free one.", value=port
        )
    reason = f"{error.strerror or error}".rstrip(". ")
    return SpecError(
        f"The server can't listen on port {port} of '{host}': {reason}.",
        remedy="Use --host and --port (host=… and port=… in Python) to take others.",
        value=port,
    )
