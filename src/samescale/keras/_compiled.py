"""Functions that were compiled with a vocabulary in them, forgotten when it changes.

A vocabulary is no weight: its size changes, and a compiled function holds it as a constant. Without
this, `predict` would answer by the one before while the saved file has the new one.
"""

from __future__ import annotations

import weakref
from importlib import import_module
from typing import Any, Final

import keras
from keras.src.backend.common.global_state import get_global_attribute

_FUNCTIONS: Final = ("predict_function", "test_function", "train_function")
# Those that have called a lookup; their functions are traced anew when they are missing.
_MODELS: Final[weakref.WeakSet[Any]] = weakref.WeakSet()


def remember() -> None:
    """Note the model that is being called."""
    context = get_global_attribute("current_call_ctx")
    model = None if context is None else context.entry_layer
    if isinstance(model, keras.Model):
        _MODELS.add(model)


def forget() -> None:
    """Have `fit`, `predict` and `evaluate` of every model be compiled anew at their next call.

    On JAX, whose models don't tell who calls their layers, all that is compiled in this process.
    """
    for model in tuple(_MODELS):
        for name in _FUNCTIONS:
            setattr(model, name, None)
    if keras.backend.backend() == "jax":
        import_module("jax").clear_caches()
