"""How StringLookup and IntegerLookup are made, called and written."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any

import keras

from samescale.errors import SpecError
from samescale.keras import _tensorflow, _within
from samescale.keras._adapt import array_of
from samescale.keras._compiled import remember
from samescale.keras._lookup import Lookup, check_symbol
from samescale.keras._seal import refuse_unadapted, used
from samescale.keras._vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.keras._lookup_settings import Settings

# What Keras' layers accept beside their arguments, and what it is without.
_HIDDEN = {"trainable", "dtype", "vocabulary_size", "has_input_vocabulary", "vocabulary_dtype"}


def prepare(
    layer: Any,
    settings: Settings,
    kwargs: dict[str, Any],
    given: tuple[Any, Any],
    learned: Mapping[str, Any] | None,
) -> None:
    """Give a layer Keras' attributes and its state.

    Args:
        layer: The layer, of which Keras' base is ready.
        settings: Its arguments.
        kwargs: What is left of them.
        given: `vocabulary` and `idf_weights` as a caller gave them.
        learned: What the config says was learned.

    Raises:
        SpecError: If an argument isn't known, or the vocabulary can't be one.
    """
    if unknown := set(kwargs) - _HIDDEN:
        raise SpecError(
            f"Unrecognized keyword argument(s): {sorted(unknown)}.",
            remedy=f"See the arguments of {type(layer).__name__}.",
        )
    for field in dc.fields(settings):
        if field.name != "encoding":
            setattr(layer, field.name, getattr(settings, field.name))
    layer._convert_input_args = False  # noqa: SLF001 - Keras' names, as in its own layers
    layer._allow_non_tensor_positional_args = True  # noqa: SLF001 - as above
    layer.supports_jit = not settings.is_text and not settings.sparse and not _on_tensorflow()
    layer._table = None  # noqa: SLF001 - where TensorFlow looks for tables when it exports
    layer._lookup = state(settings, given, learned, kwargs)  # noqa: SLF001 - the layer's own


def state(
    settings: Settings,
    given: tuple[Any, Any],
    learned: Mapping[str, Any] | None,
    kwargs: Mapping[str, Any],
) -> Lookup:
    """What a layer holds when it is made.

    Raises:
        SpecError: If the vocabulary can't be one.
    """
    vocabulary, weights = given
    lookup = Lookup(settings, bool(kwargs.get("has_input_vocabulary", vocabulary is not None)))
    if vocabulary is not None:
        lookup.learn(Vocabulary.given(settings, vocabulary, weights))
        lookup.kept["given"] = {
            "vocabulary": None if isinstance(vocabulary, str) else listed(vocabulary),
            "idf_weights": listed(weights),
        }
    elif learned is not None:
        lookup.learn(Vocabulary.from_json(learned))
    return lookup


def listed(values: Any) -> Any:
    """Values as a list, as a config holds them."""
    if values is None or isinstance(values, list | tuple):
        return values
    found = array_of(values).tolist()
    return [one.decode() if isinstance(one, bytes) else one for one in found]


def call(layer: Any, inputs: Any, make: Callable[[], Any]) -> Any:
    """What a lookup answers: in TensorFlow by Keras' layer, else by ours.

    Raises:
        ModelError: If there is no vocabulary yet.
    """
    used(layer)
    remember()
    lookup: Lookup = layer._lookup  # noqa: SLF001 - the layer's own
    if lookup.vocabulary is None:
        refuse_unadapted(layer, instead="a vocabulary")
    if _compiles(lookup.settings, inputs):
        return _within.looked_up(lookup.settings, lookup.vocabulary, inputs)  # type: ignore[arg-type]
    if _tensorflow.is_asked(inputs):
        inner = lookup.inner(make)
        _tensorflow.expose(layer, inner)
        return _tensorflow.by_last_axis(inner, inputs, layer.output_mode, lookup.depth or 0)
    if keras.ops.is_tensor(inputs):
        return lookup.answer_tensor(inputs)
    return lookup.answer(inputs)


def _compiles(settings: Settings, inputs: Any) -> bool:
    """Whether TensorFlow's graph may hold Keras' operations, which XLA compiles."""
    if settings.is_text or settings.sparse:
        return False
    checks = settings.num_oov_indices == 0 and not settings.invert
    return not checks and _tensorflow.compiles(inputs)


def _on_tensorflow() -> bool:
    return bool(keras.backend.backend() == "tensorflow")


def arguments(layer: Any) -> dict[str, Any]:
    """The arguments of Keras' layer with this layer's vocabulary."""
    lookup: Lookup = layer._lookup  # noqa: SLF001 - the layer's own
    found = dc.asdict(lookup.settings)
    del found["encoding"], found["vocabulary_dtype"]
    known = lookup.vocabulary
    if known is None:
        return found
    if known.weights is None:
        return found | {"vocabulary": list(known.tokens)}
    # With the special tokens before them, Keras takes the weights of these too.
    words = known.words(lookup.settings)
    return found | {"vocabulary": words, "idf_weights": known.weights[: len(words)]}


def output_shape(layer: Any, input_shape: Any) -> Any:
    """The shape of a lookup's output."""
    if layer.output_mode == "int":
        return input_shape
    shape, depth = tuple(input_shape), layer._lookup.depth  # noqa: SLF001 - the layer's own
    widened = layer.output_mode == "one_hot" and not (len(shape) > 1 and shape[-1] == 1)
    return (*(shape if widened else shape[:-1]), depth)


def output_spec(layer: Any, inputs: Any) -> Any:
    """The output of a symbolic input."""
    check_symbol(layer, inputs.dtype)
    if _on_tensorflow() and "int" in inputs.dtype and not layer._lookup.settings.is_text:  # noqa: SLF001 - the layer's own
        layer.supports_jit = not layer.sparse and layer.num_oov_indices > 0
    dtype = "int64" if layer.output_mode == "int" else keras.backend.floatx()
    if layer.invert:
        dtype = layer.vocabulary_dtype
    return keras.KerasTensor(layer.compute_output_shape(inputs.shape), dtype=dtype)


def config(layer: Any) -> dict[str, Any]:
    """The keys that Keras' layer writes."""
    lookup: Lookup = layer._lookup  # noqa: SLF001 - the layer's own
    found: dict[str, Any] = keras.layers.Layer.get_config(layer) | dc.asdict(lookup.settings)
    del found["encoding"]
    found["salt"] = None if layer.salt is None else list(layer.salt)
    given = lookup.kept.get("given", {"vocabulary": None, "idf_weights": None})
    found |= given
    found["vocabulary_size"] = None if lookup.depth is None else lookup.size
    return found
