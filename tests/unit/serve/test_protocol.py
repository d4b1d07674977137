"""The head of a request has to end: in time, and in bounds."""

import socket
import threading
import time

import pytest
import uvicorn

from samescale.serve import Settings, app
from samescale.serve.protocol import MOST_HEAD_BYTES
from samescale.serve.server import config
from tests.unit import predictors

HEAD = b"GET /health HTTP/1.1\r\nHost: h\r\n"


@pytest.fixture(scope="module")
def port():
    """Where a server listens that waits for a head for one second."""
    settings = Settings(port=0, idle_seconds=1)
    server = uvicorn.Server(config(app(predictors.predictor()), settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.fixture
def connection(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as found:
        yield found


def received(connection):
    """All that comes until the server closes."""
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def pushed(connection, most):
    """How much the server takes before it closes."""
    sent = 0
    try:
        while sent < most:
            connection.sendall(b"x" * 10_000)
            sent += 10_000
    except OSError:
        pass
    return sent


@pytest.mark.parametrize("sent", [b"", b"GET /hea", HEAD], ids=["nothing", "half", "no-end"])
def test_a_head_that_does_not_come_closes_the_connection(connection, sent):
    connection.sendall(sent)
    assert received(connection) == b""


def test_the_next_head_has_to_come_too(connection):
    connection.sendall(HEAD + b"\r\n")
    assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 OK")
    connection.sendall(b"GET /hea")
    assert received(connection) == b""


def test_a_head_that_does_not_end_is_refused_at_its_bound(connection):
    connection.sendall(HEAD + b"a: ")
    assert pushed(connection, 1000 * MOST_HEAD_BYTES) < 1000 * MOST_HEAD_BYTES


def test_a_long_head_and_several_at_once_are_answered(connection):
    request = HEAD + b"a: b\r\n" * 2000 + b"connection: close\r\n\r\n"
    connection.sendall((HEAD + b"\r\n") * 2 + request)
    assert received(connection).count(b"HTTP/1.1 200 OK") == 3
