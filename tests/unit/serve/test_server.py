"""A real server in a process of its own."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from samescale.bundle import Bundle, inspect
from samescale.errors import BundleError, MissingExtraError, SamescaleError, SpecError
from samescale.predictor import load
from samescale.serve import Settings, app, port, serve
from samescale.serve.protocol import BoundedProtocol
from samescale.serve.server import config
from tests.unit import predictors
from tests.unit.predictors import row
from tests.unit.serve.conftest import Client

ROOT = Path(__file__).parents[3]
SCRIPT = """
import time
from samescale.predictor import Predictor
from samescale.serve import serve
from tests.unit import predictors

class Slow(predictors.LinearRuntime):
    def predict(self, columns):
        time.sleep(1.0 if len(columns["age"]) == 7 else 0.0)
        return super().predict(columns)

fitted = predictors.fitted("price")
serve(Predictor(fitted, Slow(fitted)), port=0, name="house", inline_bytes=100)
"""


def _until(process, pattern, seconds=40):
    end, seen = time.monotonic() + seconds, ""
    while time.monotonic() < end:
        if select.select([process.stderr], [], [], 0.2)[0]:
            line = process.stderr.readline()
            seen += line
            if found := re.search(pattern, seen):
                return found
            if not line:
                break
    raise AssertionError(seen)


@pytest.fixture
def process():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stderr=subprocess.PIPE, text=True, env=environment
    )
    yield started
    started.kill()
    started.wait()
    started.stderr.close()


@pytest.mark.slow
def test_a_server_answers_and_on_sigterm_ends_what_is_under_way(process):
    port = int(_until(process, r"http://127\.0\.0\.1:(\d+)").group(1))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/v2/health/ready").status_code == 200
        expected = predictors.predictor().predict(row()).tolist()
        assert client.post("/predict", json={"rows": [row()]}).json()["predictions"] == expected

    with socket.create_connection(("127.0.0.1", port)) as connection:
        body = json.dumps({"rows": [row()] * 7}).encode()
        head = f"POST /predict HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        connection.settimeout(20)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")
    process.wait(timeout=20)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()


def test_uvicorn_runs_with_httptools_and_uvloop_and_tells_nothing_of_itself():
    application = app(predictors.predictor())
    found = config(application, Settings(drain_seconds=7))
    found.load()
    assert found.http_protocol_class is BoundedProtocol
    assert "httptools" in BoundedProtocol.__base__.__module__
    assert found.timeout_graceful_shutdown == 7
    assert b"server" not in dict(found.encoded_headers)


def test_connections_are_bounded_and_so_is_what_waits():
    application = app(predictors.predictor())
    assert config(application, Settings()).limit_concurrency == 512
    assert config(application, Settings(max_connections=0)).limit_concurrency is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_in_use_is_told_before_anything_runs(host):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SpecError, match=rf"Port {port} of {host} is in use. Use --port"):
            serve(predictors.predictor(), host=host, port=port)


def test_an_address_of_another_machine_is_told():
    with pytest.raises(SpecError, match=r"can't listen on port 8000 of '192\.0\.2\.1'"):
        serve(predictors.predictor(), host="192.0.2.1")


def test_a_free_port_is_free():
    port.check("127.0.0.1", 0)


def test_a_bundle_that_is_none_is_refused_before_anything_listens(tmp_path):
    path = tmp_path / "house.samescale"
    path.write_bytes(b"PK no bundle")
    with pytest.raises((BundleError, SamescaleError)):
        serve(path, port=0)


@pytest.mark.sklearn
def test_a_bundle_is_served_under_its_file_s_name_with_its_graph_s_digest(tmp_path, monkeypatch):
    from sklearn.linear_model import Ridge

    fitted, table = predictors.fitted("price"), predictors.table()
    model = Ridge().fit(fitted.matrix(table), fitted.labels(table))
    path = tmp_path / "house.samescale"
    Bundle(fitted, model).save(path)
    ran = []
    monkeypatch.setattr("samescale.serve.server.run", lambda *given: ran.append(given))
    serve(path, port=0, policies={"SG201": "raise"})
    application, settings = ran[0]
    assert (settings.name, settings.port) == ("house", 0)
    client = Client(application)
    shown = inspect(path).text()
    assert f"graph 'features', {client.get('/').headers['x-samescale-graph']}" in shown
    assert client.predict(row()).json()["predictions"] == load(path).predict(row()).tolist()
    assert client.predict(row(city="Osl")).status_code == 422


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named 'msgspec' for {name}", name="msgspec")

    monkeypatch.setattr("samescale.serve.importlib.import_module", missing)
    with pytest.raises(MissingExtraError, match=r"pip install 'samescale\[serve\]'"):
        app(predictors.predictor())
