"""Keras without the warnings that nobody who calls samescale can do anything about."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without NumPy's warning of how Keras makes arrays, and Keras' of what `audit` refuses."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        warnings.filterwarnings("ignore", "The object being serialized includes a `lambda`")
        yield
