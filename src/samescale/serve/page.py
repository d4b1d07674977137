"""The page that a person sees who opens the server in a browser."""

from __future__ import annotations

import json
import shlex
from html import escape
from typing import TYPE_CHECKING

from samescale.serve import examples

if TYPE_CHECKING:
    from samescale.predictor import Predictor

_STYLE = (
    "body{font:16px/1.5 system-ui;max-width:52em;margin:3em auto;padding:0 1em}"
    "pre{background:#f4f4f4;padding:1em;white-space:pre-wrap;overflow-wrap:anywhere}"
    "td,th{text-align:left;padding:.2em 1.2em .2em 0}"
)


def html(predictor: Predictor, name: str, url: str) -> str:
    """The page: what is served, its columns, and a command to copy.

    Args:
        predictor: What answers.
        name: The model's name in the routes.
        url: Where the server is.
    """
    told = [f"<b>{escape(one.name)}</b> ({one.task})" for one in predictor.fitted.targets]
    what = f" predicts {' and '.join(told)}" if told else ""
    columns = "".join(
        f"<tr><td>{escape(c.name)}</td><td>{c.kind}{' ' + str(list(c.shape)) if c.shape else ''}"
        f"</td><td>{'may be null' if c.nullable else ''}</td></tr>"
        for c in predictor.schema.columns
    )
    routes = "".join(f"<li><code>{escape(route)}</code></li>" for route in _routes(name))
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(name)}</title>"
        f"<style>{_STYLE}</style><h1>{escape(name)}</h1><p>This server{what} from raw rows.</p>"
        f"<pre>{escape(command(predictor, url))}</pre><h2>Columns</h2><table>{columns}</table>"
        f"<h2>Routes</h2><ul>{routes}</ul><p>Preprocessing <code>{predictor.digest}</code></p>"
    )


def command(predictor: Predictor, url: str) -> str:
    """A curl command that asks for one prediction."""
    body = json.dumps({"rows": [examples.row(predictor)]}, ensure_ascii=False)
    return f"curl {url}/predict -d {shlex.quote(body)}"


def _routes(name: str) -> tuple[str, ...]:
    model = f"/v2/models/{name}"
    return (
        "POST /predict",
        f"POST {model}/infer",
        f"GET {model}",
        "GET /health",
        "GET /openapi.json",
    )
