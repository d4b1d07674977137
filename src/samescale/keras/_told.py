"""Errors out of `call` that keep their remedy."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from samescale.errors import SamescaleError

if TYPE_CHECKING:
    from collections.abc import Callable


def told(call: Callable[..., Any]) -> Callable[..., Any]:
    """`call`, whose errors say all in their message.

    Keras makes an error of the same class of what `call` raises, to add the inputs to it, and takes
    over the message alone.
    """

    @functools.wraps(call)
    def whole(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except SamescaleError as error:
            raise type(error)(str(error)) from error

    return whole
