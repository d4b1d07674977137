"""Errors out of a layer that keep their fields and their remedy."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from samescale.errors import SamescaleError

if TYPE_CHECKING:
    from collections.abc import Callable

# Keras' mark for errors that it has dealt with.
_DONE: Final = "_keras_call_info_injected"


def told(call: Callable[..., Any]) -> Callable[..., Any]:
    """`call`, whose errors pass through Keras as they are.

    Of what a layer raises, Keras makes a new error of the same class that lists the inputs, and
    takes over the message alone.
    """

    @functools.wraps(call)
    def whole(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except SamescaleError as error:
            setattr(error, _DONE, True)
            raise

    return whole
