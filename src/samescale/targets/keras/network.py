"""A user's network, put on top of the features."""

from __future__ import annotations

import difflib
import inspect
from typing import TYPE_CHECKING, Any, TypeAlias

import keras

from samescale.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Network: TypeAlias = "keras.Model | keras.Layer | Callable[..., Any]"


def wanted(network: Network, columns: Sequence[str]) -> tuple[str, ...] | None:
    """The columns that `network` takes one by one, or `None` if it takes them as one matrix.

    A Keras model with several inputs takes features by the inputs' names, a function with several
    parameters by theirs. Anything else takes the matrix (or the one column, as it is).

    Raises:
        ModelError: If a name is no column.
    """
    names = _input_names(network)
    if len(names) < 2:  # noqa: PLR2004 - one input is the matrix, however it is called
        return None
    for name in names:
        if name not in columns:
            near = difflib.get_close_matches(name, columns, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(columns)}."
            raise ModelError(
                f"The network's input '{name}' is no column.", remedy=hint, column=name
            )
    return tuple(names)


def apply(network: Network, features: Any) -> Any:
    """The network's outputs for the matrix, or for a dict of features by column.

    Raises:
        ModelError: If the network doesn't take them.
    """
    takes_names = isinstance(features, dict) and not isinstance(network, keras.Layer)
    try:
        return network(**features) if takes_names else network(features)
    except ValueError as error:
        raise ModelError(
            f"The network doesn't take the features, {_shapes(features)}: {error}",
            remedy="Build it for that width, or leave its input's shape open.",
        ) from error


def _input_names(network: Network) -> list[str]:
    if isinstance(network, keras.Layer):
        return [tensor.name for tensor in getattr(network, "inputs", None) or ()]
    parameters = inspect.signature(network).parameters.values()
    required = [p for p in parameters if p.default is p.empty]
    named = [p for p in required if p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}]
    return [p.name for p in named]


def _shapes(features: Any) -> str:
    if not isinstance(features, dict):
        return f"a tensor of shape {features.shape}"
    return ", ".join(f"'{name}' of shape {x.shape}" for name, x in features.items())
