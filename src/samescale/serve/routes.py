"""What stands under each path: fixed replies, and two ways to ask for predictions."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

import msgspec

from samescale.errors import DataError, GuardError, SchemaError
from samescale.ir import serial
from samescale.serve import oip, openapi, page
from samescale.serve.http import Refused, Reply, refusal
from samescale.serve.rows import RowReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Answers
    from samescale.predictor import Answer, Predictor
    from samescale.serve.settings import Settings

Fixed: TypeAlias = "Reply | Callable[[], Reply]"
"""A reply to GET: written once, or anew each time."""

Ask: TypeAlias = "Callable[[bytes], Reply]"
"""Answers the body of a POST."""

logger = logging.getLogger("samescale.serve")


def fixed(predictor: Predictor, name: str, settings: Settings, version: str) -> dict[str, Fixed]:
    """The replies to GET by path: what never changes is written once."""
    model = _json(oip.metadata(predictor, name))
    ready = _json({"name": name, "ready": True})
    about: dict[str, Any] = {"name": "samescale", "version": version, "extensions": []}
    url = f"http://{settings.host}:{settings.port}"
    html = page.html(predictor, name, url).encode("utf-8", "replace")
    root = f"/v2/models/{name}"
    return {
        "/": Reply(200, html, b"text/html; charset=utf-8"),
        "/health": _health(predictor, name),
        "/openapi.json": _json(openapi.document(predictor, name, settings, version)),
        "/v2": _json(about),
        "/v2/health/live": _json({"live": True}),
        "/v2/health/ready": _json({"ready": True}),
        root: model,
        f"{root}/ready": ready,
        f"{root}/versions/{oip.VERSION}": model,
        f"{root}/versions/{oip.VERSION}/ready": ready,
    }


def _health(predictor: Predictor, name: str) -> Callable[[], Reply]:
    known = {"status": "ok", "model": name, "graph": graph(predictor)}
    return lambda: _json({**known, "guard": predictor.watch.counts()})


def asked(predictor: Predictor, name: str, settings: Settings) -> dict[str, Ask]:
    """What answers POST, by path."""
    root = f"/v2/models/{name}"
    infer = _infer(predictor, name, settings)
    return {
        "/predict": _predict(predictor, settings),
        f"{root}/infer": infer,
        f"{root}/versions/{oip.VERSION}/infer": infer,
    }


def graph(predictor: Predictor) -> str:
    """The digest of the preprocessing's graph, as `samescale inspect` shows it."""
    return serial.digest(predictor.fitted.graph)


def headers(predictor: Predictor, name: str) -> list[tuple[bytes, bytes]]:
    """What every reply says of who answers."""
    return [
        (b"x-samescale-graph", graph(predictor).encode()),
        (b"x-samescale-model", quote(name).encode()),
    ]


def _predict(predictor: Predictor, settings: Settings) -> Ask:
    reader, classes = RowReader.of(predictor.schema, settings.max_rows), predictor.classes

    def ask(body: bytes) -> Reply:
        answer = predictor.answer(reader.read(body))
        content: dict[str, Any] = {"predictions": _listed(answer.predictions)}
        if answer.probabilities is not None:
            content |= {"classes": classes, "probabilities": _listed(answer.probabilities)}
        content["findings"] = [finding.to_json() for finding in answer.findings]
        return Reply(200, msgspec.json.encode(content))

    return _refusing(ask)


def _listed(answers: Answers) -> Any:
    """Answers as JSON: a list, of several targets an object of lists by their names."""
    if isinstance(answers, dict):
        return {name: array.tolist() for name, array in answers.items()}
    return answers.tolist()


def _infer(predictor: Predictor, name: str, settings: Settings) -> Ask:
    def ask(body: bytes) -> Reply:
        request = oip.read(body)
        answer: Answer = predictor.answer(oip.table(request, predictor, settings.max_rows))
        return Reply(200, oip.response(request, answer, name, predictor.classes))

    return _refusing(ask)


def _refusing(ask: Ask) -> Ask:
    """`ask`, its errors as replies: nothing that a caller sends is the server's fault."""

    def safely(body: bytes) -> Reply:
        try:
            return ask(body)
        except Refused as refused:
            return refused.reply
        except GuardError as error:
            return refusal(422, str(error), error.findings)
        except SchemaError as error:
            return refusal(400, str(error), error.findings)
        except DataError as error:
            return refusal(400, str(error))
        except Exception:
            logger.exception("A prediction failed.")
            return refusal(500, "The prediction failed inside the server; its log says why.")

    return safely


def _json(content: dict[str, Any]) -> Reply:
    return Reply(200, json.dumps(content).encode("ascii"))
