"""One preprocessing layer of Keras' as the transform that computes the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np

from samescale.errors import SpecError
from samescale.transforms.category_encoding import CategoryEncoding
from samescale.transforms.discretization import Discretization
from samescale.transforms.integer_lookup import IntegerLookup
from samescale.transforms.normalization import Normalization
from samescale.transforms.rescaling import Rescaling
from samescale.transforms.string_lookup import StringLookup

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.transforms.base import Transform

_OWNERS: Final = ("keras", "samescale")
_HASHED: Final = (
    "Keras hashes with FarmHash, or by a seed of its own, and samescale otherwise, so codes would "
    "differ. Train with ss.Hashing, or give the layer a vocabulary."
)
_LEFT: Final = {
    "Hashing": _HASHED,
    "HashedCrossing": _HASHED,
    "TextVectorization": "Its splitting of text isn't adopted: train with ss.TextVectorization.",
}


def is_preprocessing(layer: object) -> bool:
    """Whether it is a layer that is adopted, or refused for being what it is."""
    type_ = type(layer)
    owned = type_.__module__.partition(".")[0] in _OWNERS
    return owned and (type_.__name__ in _TRANSFORMS or type_.__name__ in _LEFT)


def transform_of(layer: keras.Layer) -> Transform:
    """The transform that computes what a layer computes.

    Raises:
        SpecError: If the layer isn't adapted, or can't be exact; names it and the reason.
    """
    name = type(layer).__name__
    if name in _LEFT:
        raise refused(layer, "can't be adopted", _LEFT[name])
    if layer.compute_dtype not in {"float32", "int64", "int32", "string"}:
        raise refused(
            layer,
            f"computes in {layer.compute_dtype}",
            "Features are float32: give the layer dtype='float32', and see that the model still "
            "answers as it should.",
        )
    return _TRANSFORMS[name](layer)


def refused(layer: keras.Layer, what: str, remedy: str) -> SpecError:
    """The error for a layer that isn't adopted."""
    return SpecError(
        f"The layer '{layer.name}' ({type(layer).__name__}) {what}.",
        remedy=remedy,
        value=layer.name,
    )


def _normalization(layer: Any) -> Transform:
    if layer.mean is None:
        raise refused(layer, "isn't adapted: it has no mean", "Call its adapt, or build the model.")
    mean, variance = (
        np.asarray(keras.ops.convert_to_numpy(x)) for x in (layer.mean, layer.variance)
    )
    if layer.input_mean is None and not mean.any() and (variance == 1).all():
        raise refused(
            layer,
            "isn't adapted: its means are all 0 and its variances all 1, as they are made",
            "Call its adapt on the training data, or take it out of the model.",
        )
    if not (np.isfinite(mean).all() and np.isfinite(variance).all() and (variance >= 0).all()):
        raise refused(
            layer,
            "holds a mean or a variance that is no number, or below 0",
            "A missing value in the data that it was adapted on makes them so: adapt it anew.",
        )
    # What Keras divides by, in the precision in which it takes the root; its square is exact here.
    deviation = np.maximum(np.sqrt(variance), np.float32(keras.backend.epsilon())).astype(
        np.float64
    )
    axis = tuple(layer._keep_axis) or None  # noqa: SLF001 - axis as it was counted from the shape
    return Normalization(
        axis if axis is None or len(axis) > 1 else axis[0],
        mean=_values(mean),
        variance=_values(deviation**2),
        invert=bool(layer.invert),
    )


def _rescaling(layer: Any) -> Transform:
    scale, offset = np.asarray(layer.scale), np.asarray(layer.offset)
    if scale.ndim + offset.ndim and keras.config.image_data_format() == "channels_first":
        raise refused(
            layer,
            "has a factor or an offset for each channel, where channels stand first",
            "Keras lays them along different axes there: use a Normalization.",
        )
    if (scale == 0).any():
        raise refused(layer, f"multiplies by {scale}", "Whatever comes in is lost: take it out.")
    return Rescaling(_values(scale.astype(np.float32)), _values(offset.astype(np.float32)))


def _discretization(layer: Any) -> Transform:
    if not layer.bin_boundaries:
        raise refused(layer, "isn't adapted: it has no boundaries", "Call its adapt.")
    _check_dense(layer)
    # Keras compares in float32.
    edges = np.unique(np.asarray(layer.bin_boundaries, np.float32)).astype(np.float64)
    return Discretization(tuple(edges.tolist()), output_mode=layer.output_mode)


def _category_encoding(layer: Any) -> Transform:
    _check_dense(layer)
    return CategoryEncoding(int(layer.num_tokens), output_mode=layer.output_mode)


def _string_lookup(layer: Any) -> Transform:
    vocabulary = tuple(map(str, _vocabulary(layer)))
    return StringLookup(
        num_oov_indices=int(layer.num_oov_indices),
        mask_token=None if layer.mask_token is None else str(layer.mask_token),
        oov_token=str(layer.oov_token),
        vocabulary=vocabulary,
        output_mode=layer.output_mode,
    )


def _integer_lookup(layer: Any) -> Transform:
    return IntegerLookup(
        num_oov_indices=int(layer.num_oov_indices),
        mask_token=None if layer.mask_token is None else int(layer.mask_token),
        vocabulary=tuple(map(int, _vocabulary(layer))),
        output_mode=layer.output_mode,
    )


def _vocabulary(layer: Any) -> list[Any]:
    _check_dense(layer)
    if layer.num_oov_indices > 1:
        raise refused(layer, f"has {layer.num_oov_indices} indices for unknown tokens", _HASHED)
    if layer.invert or layer.output_mode == "tf_idf" or layer.pad_to_max_tokens:
        raise refused(
            layer,
            "turns codes into tokens, weighs tokens or pads its vocabulary",
            "Give it invert=False, pad_to_max_tokens=False and another mode than 'tf_idf'.",
        )
    vocabulary = list(layer.get_vocabulary(include_special_tokens=False))
    if not vocabulary:
        raise refused(layer, "isn't adapted: its vocabulary is empty", "Call its adapt.")
    return vocabulary


def _check_dense(layer: Any) -> None:
    if layer.sparse:
        raise refused(layer, "gives sparse tensors", "Give it sparse=False.")


def _values(array: Any) -> Any:
    """One number, or a tuple of the numbers that the kept axes have, in their order."""
    flat = np.asarray(array, np.float64).reshape(-1).tolist()
    return flat[0] if len(flat) == 1 else tuple(flat)


_TRANSFORMS: Final[dict[str, Callable[[Any], Transform]]] = {
    "CategoryEncoding": _category_encoding,
    "Discretization": _discretization,
    "IntegerLookup": _integer_lookup,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    "StringLookup": _string_lookup,
}
