"""The server: raw rows in, answers out, over HTTP.

>>> from samescale.serve import Settings
>>> Settings(port=9000).host
'127.0.0.1'
"""

from __future__ import annotations

import dataclasses as dc
import importlib
import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samescale.errors import MissingExtraError
from samescale.guard.policies import parsed
from samescale.predictor import Predictor, load
from samescale.serve.settings import Settings as Settings

if TYPE_CHECKING:
    from samescale.bundle.served import Choice
    from samescale.guard import Policies
    from samescale.serve.application import App

_EXTRA = ("uvicorn", "msgspec", "httptools", "uvloop")


def serve(
    model: str | os.PathLike[str] | Predictor,
    *,
    policies: Policies = None,
    runtime: Choice = "auto",
    settings: Settings | None = None,
    **changes: Any,
) -> None:
    """Serve a bundle until SIGTERM or Ctrl-C; requests under way are answered first.

    Args:
        model: A bundle's path, or a predictor.
        policies: What the guard does on a finding, for a path: see `samescale.load`; by default
            what the settings say. A predictor has its own.
        runtime: What answers, for a path: see `samescale.load`.
        settings: Where to listen and what to refuse; by default those of the environment.
        changes: Single settings by name: `host="0.0.0.0"`, `port=9000`.

    Raises:
        MissingExtraError: If the extra `serve` isn't installed.
        BundleError: If the bundle isn't what was written.
        SpecError: If a setting is none, or the port can't be listened on.
    """
    chosen = dc.replace(settings or Settings.from_env(os.environ), **changes)
    if not isinstance(model, Predictor):
        chosen = dc.replace(chosen, name=chosen.name or Path(model).stem)
        given = policies or parsed(chosen.policy.split(",") if chosen.policy else ())
        model = load(model, policies=given, runtime=runtime, workers=chosen.workers)
    application = app(model, chosen)
    _module("server").run(application, chosen)


def app(predictor: Predictor, settings: Settings | None = None) -> App:
    """The ASGI application of a predictor, for a server of your own.

    Args:
        predictor: What answers.
        settings: What to refuse, and the model's name in the routes.

    Raises:
        MissingExtraError: If the extra `serve` isn't installed.
    """
    built: App = _module("application").App(predictor, settings, version=version("samescale"))
    return built


def _module(name: str) -> Any:
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ImportError as error:
        if error.name in _EXTRA:
            raise MissingExtraError.of(error.name, "serve") from error
        raise
