"""Which backend Keras runs on: settled here, before Keras is imported and fails for want of one.

The first of these that says anything decides:

1. `KERAS_BACKEND`, which a person sets. If it can't be imported, that is an error.
2. The backend that a bundle was made on, where one is being loaded: only there are its answers
   promised to the bit.
3. `keras.json`, if what it names can be imported. Keras writes that file by itself on its first
   import, and writes "tensorflow" whatever it runs on: the file may well be nobody's choice.
4. The first that can be imported of JAX (what the extra `keras` installs, and the quickest for a
   few rows), TensorFlow and torch.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from samescale.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

EXTRAS: Final = {"jax": "keras", "tensorflow": "keras-tensorflow", "torch": "keras-torch"}
"""The backends, the first choice first, and the extra that installs each."""

_ASKED: Final = "KERAS_BACKEND"


def settle(made_with: Iterable[str] = ()) -> None:
    """Say in `KERAS_BACKEND` what Keras is to run on, unless it has been imported already.

    Args:
        made_with: The packages that a bundle was made with.

    Raises:
        MissingExtraError: If the backend asked for can't be imported, or none can.
    """
    if "keras" in sys.modules or not _there("keras"):
        return
    asked = os.environ.get(_ASKED)
    if asked and not _there(asked):
        raise _unmet(asked)
    os.environ[_ASKED] = asked or _first(made_with)


def _first(made_with: Iterable[str]) -> str:
    for name in _candidates(frozenset(made_with)):
        if _there(name):
            return name
    raise MissingExtraError(
        f"Keras needs a backend, and none of {', '.join(EXTRAS)} is installed.",
        remedy="Install one with: pip install 'samescale[keras]' (JAX), or the extra "
        "keras-tensorflow or keras-torch.",
        package="jax",
        extra="keras",
    )


def _candidates(made_with: frozenset[str]) -> Iterator[str]:
    yield from (name for name in EXTRAS if name in made_with)
    yield _configured()
    yield from EXTRAS


def _configured() -> str:
    """What `keras.json` says; nothing where it isn't there or says nothing, as for Keras."""
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    try:
        found = json.loads(Path(home, "keras.json").read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return ""
    return found if isinstance(found, str) else ""


def _there(name: str) -> bool:
    try:
        return bool(name) and importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _unmet(asked: str) -> MissingExtraError:
    others = [name for name in EXTRAS if _there(name)]
    extra = EXTRAS.get(asked, "keras")
    install = f"Install it with: pip install 'samescale[{extra}]'"
    known = f"{install}, or" if asked in EXTRAS else "Keras runs on jax, tensorflow and torch:"
    if others:
        remedy = f"{known} set {_ASKED}={others[0]}, which is installed."
    else:
        remedy = install if asked in EXTRAS else f"{known} pip install 'samescale[keras]'"
    return MissingExtraError(
        f"{_ASKED} is '{asked}', and the package '{asked}' can't be imported.",
        remedy=remedy,
        package=asked,
        extra=extra,
    )
