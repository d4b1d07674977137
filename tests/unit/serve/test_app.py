"""Paths, methods, limits, headers: what holds for every route."""

import asyncio
import gzip
import json

import httpx
import pytest

from samescale.ir import serial
from samescale.serve import Settings, app
from tests.unit import predictors
from tests.unit.predictors import row, rows


def test_health_says_what_is_served(price):
    assert price.get("/health").json() == {
        "status": "ok",
        "model": "house",
        "graph": serial.digest(price.predictor.fitted.graph),
        "guard": price.predictor.watch.counts(),
    }


@pytest.mark.parametrize("path", ["/", "/health", "/v2", "/nowhere", "/predict"])
def test_every_reply_says_who_answered(price, path):
    reply = price.get(path)
    assert reply.headers["x-samescale-graph"] == serial.digest(price.predictor.fitted.graph)
    assert reply.headers["x-samescale-model"] == "house"


def test_the_page_for_people_shows_columns_routes_and_a_command(price):
    reply = price.get("/")
    assert reply.headers["content-type"].startswith("text/html")
    for text in ("curl http://127.0.0.1:8000/predict", "weekday", "may be null", "/openapi.json"):
        assert text in reply.text


def test_names_are_escaped_on_the_page_and_in_headers():
    settings = Settings(name="<b>ü")
    sent = asyncio.run(_raw(app(predictors.predictor(), settings), "GET", "/", []))
    assert b"<b>\xc3\xbc" not in sent[1]["body"]
    assert (b"x-samescale-model", b"%3Cb%3E%C3%BC") in sent[0]["headers"]


def test_an_unknown_path_names_those_there_are(price):
    reply = price.get("/predct")
    assert reply.status_code == 404
    assert "/predict" in reply.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/predict", "POST"),
        ("PUT", "/predict", "POST"),
        ("DELETE", "/health", "GET, HEAD"),
        ("POST", "/health", "GET, HEAD"),
        ("GET", "/v2/models/house/infer", "POST"),
    ],
)
def test_another_method_is_refused_with_the_one_there_is(price, method, path, allowed):
    reply = price(method, path)
    assert reply.status_code == 405
    assert reply.headers["allow"] == allowed


def test_a_compressed_body_is_refused(price):
    packed = gzip.compress(json.dumps({"rows": [row()]}).encode())
    reply = price.post("/predict", content=packed, headers={"content-encoding": "gzip"})
    assert reply.status_code == 415


def test_a_body_over_the_limit_is_refused_before_it_is_read(make):
    small = make(max_body_bytes=100)
    assert small.post("/predict", content=b"x" * 101).status_code == 413
    assert small.post("/predict", content=b"x" * 100).status_code == 400


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(make):
    taken = []

    async def endless():
        while True:
            taken.append(1)
            yield b"x" * 60

    small = make(max_body_bytes=100)
    reply = small.post("/predict", content=endless())
    assert reply.status_code == 413
    assert len(taken) <= 3


def test_a_slow_body_is_given_up(make):
    async def slow():
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    reply = make(body_seconds=0.05).post("/predict", content=slow())
    assert reply.status_code == 408
    assert reply.headers["connection"] == "close"


def test_a_client_that_leaves_gets_nothing():
    sent = asyncio.run(
        _raw(app(predictors.predictor()), "POST", "/predict", [{"type": "http.disconnect"}])
    )
    assert sent == []


def test_a_body_in_parts_is_one_body(price):
    text = json.dumps({"rows": rows(3)}).encode()

    async def parts():
        for start in range(0, len(text), 7):
            yield text[start : start + 7]

    assert price.post("/predict", content=parts()).json() == price.predict(*rows(3)).json()


def test_health_answers_while_a_large_body_is_predicted():
    async def scenario():
        predictor = predictors.predictor()
        started, go = asyncio.Event(), []
        loop = asyncio.get_running_loop()

        class Slow(predictors.LinearRuntime):
            def predict(self, columns):
                loop.call_soon_threadsafe(started.set)
                while not go:
                    pass
                return super().predict(columns)

        slow = type(predictor)(predictor.fitted, Slow(predictor.fitted))
        transport = httpx.ASGITransport(app(slow, Settings(inline_bytes=0)))
        async with httpx.AsyncClient(transport=transport, base_url="http://model") as client:
            asking = asyncio.create_task(client.post("/predict", json={"rows": [row()]}))
            await started.wait()
            health = await client.get("/health")
            go.append(1)
            return health.status_code, (await asking).status_code

    assert asyncio.run(scenario()) == (200, 200)


def test_the_model_never_runs_twice_at_once():
    running, most = [], []

    class Watched(predictors.LinearRuntime):
        def predict(self, columns):
            running.append(1)
            most.append(len(running))
            found = super().predict(columns)
            running.pop()
            return found

    async def scenario():
        predictor = predictors.predictor()
        watched = type(predictor)(predictor.fitted, Watched(predictor.fitted))
        transport = httpx.ASGITransport(app(watched, Settings(inline_bytes=2_000)))
        async with httpx.AsyncClient(transport=transport, base_url="http://model") as client:
            sizes = [1, 200, 1, 1, 300, 1, 200, 1] * 4
            asks = [client.post("/predict", json={"rows": rows(n)}) for n in sizes]
            return {reply.status_code for reply in await asyncio.gather(*asks)}

    assert asyncio.run(scenario()) == {200}
    assert len(most) == 32
    assert max(most) == 1


def test_a_model_that_fails_is_a_500_without_its_words(caplog):
    class Broken(predictors.LinearRuntime):
        def predict(self, columns):
            raise RuntimeError("secret", len(columns))

    from tests.unit.serve.conftest import Client

    predictor = predictors.predictor()
    broken = type(predictor)(predictor.fitted, Broken(predictor.fitted))
    reply = Client(app(broken)).predict(row())
    assert reply.status_code == 500
    assert "secret" not in reply.text
    assert "secret" in caplog.text


def test_a_websocket_is_closed():
    sent = []

    async def scenario():
        async def send(message):
            sent.append(message)

        await app(predictors.predictor())({"type": "websocket"}, None, send)

    asyncio.run(scenario())
    assert sent[0]["type"] == "websocket.close"


def test_the_lifespan_starts_and_stops():
    async def scenario():
        events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        sent = []

        async def receive():
            return events.pop(0)

        async def send(message):
            sent.append(message["type"])

        await app(predictors.predictor())({"type": "lifespan"}, receive, send)
        return sent

    assert asyncio.run(scenario()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def _raw(application, method, path, events):
    sent = []

    async def receive():
        return events.pop(0)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": []}
    await application(scope, receive, send)
    return sent
