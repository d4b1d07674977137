"""The server's description as OpenAPI 3.1, made from the input contract.

Source: https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from samescale.ir.types import INTEGERS
from samescale.serve import examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.predictor import Predictor
    from samescale.schema import Column
    from samescale.serve.settings import Settings

_REFUSALS = {
    "400": "The rows break the input contract, or the body isn't JSON. Nothing was predicted.",
    "408": "The body took too long.",
    "413": "The body is too large, or has too many rows.",
    "415": "The body is compressed.",
    "422": "The guard's policy refuses rows that are this unlike training.",
}
_SHOWN = 20  # categories named in a description


def document(predictor: Predictor, name: str, settings: Settings, version: str) -> dict[str, Any]:
    """The description of a server.

    Args:
        predictor: What answers.
        name: The model's name in the routes.
        settings: The server's limits.
        version: The version of samescale.
    """
    told = [f"`{target.name}` ({target.task})" for target in predictor.fitted.targets]
    what = f" Predicts {' and '.join(told)}." if told else ""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": name,
            "version": version,
            "description": f"Raw rows in, answers in the target's own units out.{what} "
            f"Preprocessing {predictor.digest}.",
        },
        "paths": _paths(predictor, name),
        "components": {
            "schemas": {
                "Row": row(predictor),
                "Rows": _object({"rows": _rows(settings)}),
                "Answer": _answer(predictor),
                "Finding": _finding(),
                "Error": _object({"error": {"type": "string"}, "findings": _list("Finding")}),
            }
        },
    }


def row(predictor: Predictor) -> dict[str, Any]:
    """The JSON schema of one row: every column with its type, none beside them."""
    columns = {column.name: _column(column) for column in predictor.schema.columns}
    return {**_object(columns), "example": examples.row(predictor)}


def _column(column: Column) -> dict[str, Any]:
    schema: dict[str, Any] = _leaf(column)
    if column.nullable:
        kind = schema["type"]
        schema["type"] = [*(kind if isinstance(kind, list) else [kind]), "null"]
    for length in reversed(column.shape):
        schema = {"type": "array", "items": schema, "minItems": length, "maxItems": length}
    if column.categories:
        known = ", ".join(map(str, column.categories[:_SHOWN]))
        more = ", …" if len(column.categories) > _SHOWN else ""
        told = "One of" if column.closed else "Met in training"
        schema["description"] = f"{told}: {known}{more}"
    return schema


def _leaf(column: Column) -> dict[str, Any]:
    match column.kind:
        case "string":
            return {"type": "string"}
        case "boolean":
            return {"type": "boolean"}
        case "datetime":
            words = "ISO 8601, or seconds since 1970 (UTC)"
            return {"type": ["string", "number"], "format": "date-time", "description": words}
        case _ if column.dtype in INTEGERS:
            info = np.iinfo(column.dtype)
            return {"type": "integer", "minimum": int(info.min), "maximum": int(info.max)}
        case "integer":
            return {"type": "integer"}
        case _:
            return {"type": "number"}


def _paths(predictor: Predictor, name: str) -> dict[str, Any]:
    model = f"/v2/models/{name}"
    rows = _reference("Rows")
    gets = {
        "/health": "Whether the server answers, what it serves, and what the guard counted.",
        "/v2": "The server (Open Inference Protocol).",
        "/v2/health/live": "Whether the process is up.",
        "/v2/health/ready": "Whether it can predict.",
        model: "The model's inputs and outputs.",
        f"{model}/ready": "Whether this model can predict.",
    }
    paths: dict[str, Any] = {path: {"get": _get(words)} for path, words in gets.items()}
    example = {"rows": [examples.row(predictor)]}
    paths["/predict"] = {"post": _post("Predict plain rows.", rows, _reference("Answer"), example)}
    tensors = {"type": "object"}
    paths[f"{model}/infer"] = {
        "post": _post("Predict tensors (Open Inference Protocol, JSON).", tensors, tensors, None)
    }
    return paths


def _get(words: str) -> dict[str, Any]:
    return {"summary": words, "responses": {"200": {"description": "It is so."}}}


def _post(words: str, body: dict[str, Any], answer: dict[str, Any], example: Any) -> dict[str, Any]:
    content = {"schema": body} if example is None else {"schema": body, "example": example}
    error = {"application/json": {"schema": _reference("Error")}}
    refusals = {
        status: {"description": reason, "content": error} for status, reason in _REFUSALS.items()
    }
    good = {"description": "One answer a row.", "content": {"application/json": {"schema": answer}}}
    return {
        "summary": words,
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"200": good, **refusals},
    }


def _answer(predictor: Predictor) -> dict[str, Any]:
    targets = predictor.fitted.targets
    if len(targets) > 1:
        own = {one.name: _of_target(one.answers) for one in targets}
        whole = {
            field: _object({name: told[field] for name, told in own.items() if field in told})
            for field in dict.fromkeys(field for told in own.values() for field in told)
        }
        return _object({**whole, "findings": _list("Finding")})
    found = _of_target(targets[0].answers if targets else None)
    return _object({**found, "findings": _list("Finding")})


def _of_target(classes: Sequence[Any] | None) -> dict[str, Any]:
    """The fields of one target's answer."""
    if classes is None:
        kind: dict[str, Any] = {
            "type": ["number", "null"],
            "description": "null where it isn't finite",
        }
        return {"predictions": {"type": "array", "items": kind}}
    numbers = {"type": "array", "items": {"type": ["number", "null"]}}
    return {
        "predictions": {"type": "array", "items": {"enum": list(classes)}},
        "classes": {"const": list(classes)},
        "probabilities": {"type": "array", "items": numbers},
    }


def _finding() -> dict[str, Any]:
    texts = dict.fromkeys(("code", "message", "remedy", "severity", "column", "value"), "string")
    properties: dict[str, Any] = {name: {"type": kind} for name, kind in texts.items()}
    properties |= {name: {"type": "integer"} for name in ("row", "chunks")}
    properties |= {name: {"type": "number"} for name in ("share", "evidence")}
    named: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
    pair: dict[str, Any] = {"prefixItems": [{"type": "string"}, {"type": "number"}]}
    several = {"type": "array", "items": {"type": "array", **pair, "maxItems": 2}}
    properties |= {"columns": named, "alternatives": several}
    return {
        "type": "object",
        "properties": properties,
        "required": ["code", "message", "remedy", "severity"],
    }


def _rows(settings: Settings) -> dict[str, Any]:
    return {**_list("Row"), "maxItems": settings.max_rows}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _reference(name)}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
