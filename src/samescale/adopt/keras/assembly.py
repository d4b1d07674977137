"""Layers and models of Keras' as `Adopted`."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from samescale.adopt import _target
from samescale.adopt._fitted import Adopted, Feature, assemble
from samescale.adopt.keras.layers import is_preprocessing, refused, transform_of
from samescale.adopt.keras.split import Start, starts
from samescale.errors import SpecError
from samescale.profile import ColumnProfile
from samescale.schema import Column
from samescale.transforms.normalization import Normalization
from samescale.transforms.rescaling import Rescaling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.fitted import Fitted
    from samescale.transforms.base import Transform


def adopted(given: Any, columns: Sequence[str] | None, target: object) -> Adopted:
    """What `samescale.adopt.keras.adopt` says."""
    is_model = isinstance(given, keras.Model)
    found = starts(given) if is_model else [_alone(given, len(columns or ()))]
    fitted = _fitted(found, columns, target, given)
    if not is_model or all(x is y.end for x, y in zip(given.outputs, found, strict=False)):
        return Adopted(fitted, None)
    return Adopted(fitted, _rest(given, found, fitted))


def _alone(layer: keras.Layer, columns: int) -> Start:
    if not is_preprocessing(layer):
        raise refused(layer, "is no preprocessing layer", "Give one, or a model that has some.")
    # What a layer says nowhere, its constants or the caller do: how many entries a row has.
    width = max([columns, 1, *(np.size(getattr(layer, key, 0)) for key in ("scale", "offset"))])
    built = getattr(layer, "_build_input_shape", None) or (None, width)
    dtype = {"StringLookup": "string", "IntegerLookup": "int64", "CategoryEncoding": "int64"}
    shape = tuple(size for size in built[1:])
    if None in shape:
        shape = (1,)
    return Start(layer.name, shape, dtype.get(type(layer).__name__, "float32"), (layer,), None)


def _fitted(
    found: Sequence[Start], columns: Sequence[str] | None, target: object, given: Any
) -> Fitted:
    if columns is not None:
        found = _renamed(found, list(columns))
    chains = {start.name: [transform_of(layer) for layer in start.layers] for start in found}
    made = {start.name: _column(start, chains[start.name]) for start in found}
    features = {
        start.name: tuple(_chain(start, chains[start.name], place, len(found)))
        for place, start in enumerate(found)
    }
    return assemble(
        [Feature(name, chain, ({},) * len(chain)) for name, chain in features.items()],
        made.__getitem__,
        lambda name: _profile(made[name], features[name]),
        _target.pair(target),
        f"{type(given).__name__} '{given.name}' of Keras {keras.__version__}",
    )


def _renamed(found: Sequence[Start], names: list[str]) -> list[Start]:
    """The inputs by other names, or one input's entries one by one."""
    if len(names) == len(found) and len(set(names)) == len(names):
        return [dc.replace(start, name=name) for start, name in zip(found, names, strict=True)]
    first = found[0]
    if len(found) > 1 or first.shape != (len(names),) or len(set(names)) < len(names):
        shapes = ", ".join(f"'{start.name}' {start.shape}" for start in found)
        raise SpecError(
            f"There are {len(names)} columns, {names!r:.100}, for the inputs {shapes}.",
            remedy="Give a name for each input, or for each entry of the only one, each once.",
            value=names,
        )
    return [dc.replace(first, name=name, shape=()) for name in names]


def _chain(start: Start, chain: list[Transform], place: int, count: int) -> list[Transform]:
    # An input without preprocessing is given on as it is: times 1.
    made = chain or ([Rescaling(1.0)] if start.dtype != "string" else [])
    if not made:
        raise SpecError(
            f"The input '{start.name}' is text, and no layer looks it up.",
            remedy="Put a StringLookup behind it.",
            column=start.name,
        )
    return [_entry(one, place, count) if start.shape == () else one for one in made]


def _entry(transform: Transform, place: int, count: int) -> Transform:
    """A transform of several entries, for one of them."""
    match transform:
        case Normalization(mean=tuple() as mean, variance=tuple() as variance):
            return dc.replace(
                transform, axis=-1, mean=mean[place % count], variance=variance[place % count]
            )
        case Rescaling(scale=scale, offset=offset) if isinstance(scale, tuple) or isinstance(
            offset, tuple
        ):
            scales, offsets = (np.broadcast_to(x, count)[place] for x in (scale, offset))
            return Rescaling(float(scales), float(offsets))
        case _:
            return transform


def _column(start: Start, chain: list[Transform]) -> Column:
    shape = () if start.shape == (1,) else start.shape
    tokens = next((t.tokens({}) for t in chain if t.tokens({}) is not None), None)
    if start.dtype == "string":
        return Column(start.name, "string", shape, "string", categories=tokens)
    if chain and chain[0].takes_integers:
        return Column(start.name, "int64", shape, "integer", categories=tokens)
    return Column(start.name, "float32", shape)


def _profile(column: Column, chain: tuple[Transform, ...]) -> ColumnProfile:
    """What a layer's constants tell of the training values."""
    known = ColumnProfile(0, 0, categories=column.categories)
    match chain[0]:
        case Normalization(mean=float() as mean, variance=float() as variance, invert=False):
            return dc.replace(known, mean=mean, deviation=variance**0.5)
        case _:
            return known


def _rest(model: keras.Model, found: Sequence[Start], fitted: Fitted) -> keras.Model:
    """The model behind the preprocessing; with it, where the rest doesn't take one matrix."""
    ends = [start.end for start in found]
    rest = keras.Model(
        ends if len(ends) > 1 else ends[0],
        model.outputs if len(model.outputs) > 1 else model.outputs[0],
        name=f"{model.name}_rest",
    )
    if len(found) == 1 and str(found[0].end.dtype).startswith("float"):
        return rest
    if len(found) == 1 and fitted.schema.names != (found[0].name,):
        raise SpecError(
            f"The input '{found[0].name}' becomes codes, which the model takes together.",
            remedy="Leave columns out, or give one name for the input.",
        )
    fresh = {
        name: keras.Input(batch_shape=start.end.shape, dtype=start.end.dtype, name=name)
        for name, start in zip(fitted.schema.names, found, strict=True)
    }
    given = [*fresh.values()]
    answers = rest(given if len(given) > 1 else given[0])
    named = keras.Model(fresh, answers, name=f"{model.name}_named")
    return fitted.to_keras(named)
