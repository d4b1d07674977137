"""The application, asked without a network."""

import asyncio

import httpx
import pytest

from samescale.serve import Settings, app
from tests.unit import predictors


class Client:
    """Asks the application one request at a time."""

    def __init__(self, application):
        self.application = application

    def __call__(self, method, path, **options):
        return asyncio.run(self._ask(method, path, options))

    async def _ask(self, method, path, options):
        transport = httpx.ASGITransport(self.application)
        async with httpx.AsyncClient(transport=transport, base_url="http://model") as client:
            return await client.request(method, path, **options)

    def get(self, path, **options):
        return self("GET", path, **options)

    def post(self, path, **options):
        return self("POST", path, **options)

    def predict(self, *rows):
        return self.post("/predict", json={"rows": list(rows)})


def client(name="price", policies=None, **settings):
    predictor = predictors.predictor(name, policies=policies)
    found = Client(app(predictor, Settings(name="house", **settings)))
    found.predictor = predictor
    return found


@pytest.fixture(name="make", scope="session")
def _make():
    return client


@pytest.fixture(scope="session")
def price():
    return client("price")


@pytest.fixture(scope="session")
def kind():
    return client("kind")
