"""A user's network, put on top of the features."""

from __future__ import annotations

import difflib
import inspect
import re
from typing import TYPE_CHECKING, Any, TypeAlias

import keras

from samescale.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 300

Network: TypeAlias = "keras.Model | keras.Layer | Callable[..., Any]"


def wanted(network: Network, columns: Sequence[str]) -> tuple[str, ...] | None:
    """The columns that `network` takes one by one, or `None` if it takes them as one matrix.

    A Keras model with several inputs takes features by the inputs' names, a function with several
    parameters by theirs. Anything else takes the matrix (or the one column, as it is).

    Args:
        network: What takes the features.
        columns: The features there are.

    Returns:
        In the order of `columns`, whatever the network's is: a stored model tells the columns that
        it takes, and not in which order its network does.

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
    return tuple(name for name in columns if name in names)


def apply(network: Network, features: Any) -> Any:
    """The network's outputs for the matrix, or for a dict of features by column.

    Raises:
        ModelError: If the network doesn't take them.
    """
    takes_names = isinstance(features, dict) and not isinstance(network, keras.Layer)
    _check_shapes(network, features)
    try:
        return network(**features) if takes_names else network(_structured(network, features))
    except ValueError as error:
        raise ModelError(
            f"The network doesn't take the features, {_shapes(features)}: {_brief(error)}",
            remedy="Build it for that width, or leave its input's shape open.",
        ) from error


def _structured(network: Network, features: Any) -> Any:
    """Features in the structure of the network's inputs.

    Keras takes a dict for a list of inputs, matched by name, but infers shapes from the dict in the
    order of its sorted keys.
    """
    if not isinstance(features, dict) or not isinstance(network, keras.Model):
        return features
    inputs = network.input
    return [features[x.name] for x in inputs] if isinstance(inputs, list | tuple) else features


def refuse_marked(network: Network, mark: str) -> None:
    """Refuse a network that has preprocessing inside: a layer whose name begins with `mark`.

    Raises:
        ModelError: Naming the network.
    """
    if not isinstance(network, keras.Layer):
        return
    if any(layer.name.startswith(mark) for layer in _layers(network)):
        raise ModelError(
            f"The network '{network.name}' takes raw columns already: to_keras made it, and its "
            "input would be scaled twice.",
            remedy="Use it as it is, or give to_keras the network alone.",
        )


def _layers(layer: keras.Layer) -> list[keras.Layer]:
    inner = getattr(layer, "layers", ())
    return [layer, *(found for one in inner for found in _layers(one))]


def _check_shapes(network: Network, features: Any) -> None:
    """See that each input of a model is of its features' shape: Keras says it at length."""
    for x in getattr(network, "inputs", None) or ():
        given = features.get(x.name) if isinstance(features, dict) else features
        if given is None or _fits(x.shape[1:], given.shape[1:]):
            continue
        name = f" for '{x.name}'" if isinstance(features, dict) else ""
        raise ModelError(
            f"The network doesn't take the features: it takes {_size(x.shape)} a row{name}, and "
            f"the preprocessing gives {_size(given.shape)}.",
            remedy="Build it for that width, or leave its input's shape open.",
            expected=tuple(x.shape[1:]),
            value=tuple(given.shape[1:]),
        )


def _fits(wanted: Sequence[int | None], given: Sequence[int | None]) -> bool:
    wanted, given = _plain(wanted), _plain(given)
    pairs = zip(wanted, given, strict=False)
    return len(wanted) == len(given) and all(a in (None, b) for a, b in pairs)


def _plain(shape: Sequence[int | None]) -> Sequence[int | None]:
    # Keras takes [rows, 1] for [rows], and [rows] for [rows, 1].
    return shape[:-1] if len(shape) == 1 and shape[0] == 1 else shape


def _size(shape: Sequence[int | None]) -> str:
    row = tuple(shape[1:])
    return f"{row[0]} features" if len(row) == 1 else f"shape {row}"


def _brief(error: Exception) -> str:
    """The first line of the cause, without the colours of a terminal."""
    lines = _COLOUR.sub("", str(error)).splitlines()
    said = [line.strip() for line in lines if line.strip()]
    told = [line for line in said if not line.startswith("Exception encountered")]
    return (told or said or [type(error).__name__])[0][:_LONGEST].rstrip(".") + "."


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
