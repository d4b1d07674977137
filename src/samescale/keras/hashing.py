"""Hashing: Keras' layer, to the bin, without TensorFlow and compiled on every backend."""

from __future__ import annotations

from typing import Any, final

import keras

from samescale.errors import SpecError
from samescale.keras import _hash_layer, _tensorflow
from samescale.keras._lookup import check_symbol
from samescale.keras._lookup_settings import salted
from samescale.keras._registry import PACKAGE
from samescale.keras._told import told

KerasHashing: Any = keras.layers.Hashing
_MODES = ("int", "one_hot", "multi_hot", "count")


@keras.saving.register_keras_serializable(package=PACKAGE)
@final
class Hashing(KerasHashing):  # type: ignore[misc]  # Keras has no types
    """`keras.layers.Hashing` on every backend, with or without TensorFlow.

    The bins are those of Keras: FarmHash's fingerprint of a string's UTF-8 bytes or of an integer's
    decimal text, or SipHash-2-4 under a `salt`. Integers inside a model are hashed by the backend's
    own operations and compiled with it; text is hashed in NumPy arrays, and in TensorFlow's graphs.

    Args:
        num_bins: The number of bins, that of the mask included.
        mask_value: What has bin 0; `None` for nothing.
        salt: One or two integers, the key of SipHash.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: Whether encoded outputs are sparse tensors; on the TensorFlow backend alone.
        kwargs: `name`, `dtype`, `trainable`.

    Raises:
        SpecError: If arguments don't go together.

    Examples:
        >>> layer = Hashing(num_bins=3)
        >>> keras.ops.convert_to_numpy(layer([["A"], ["B"], ["E"]])).tolist()
        [[1], [0], [2]]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else keras.backend.floatx()
        # Keras' own __init__ asks for TensorFlow.
        keras.layers.Layer.__init__(self, **kwargs)
        _check(num_bins, output_mode, self.dtype_policy.name, sparse=sparse)
        self.num_bins = num_bins
        self.mask_value = mask_value
        self.salt = None if salt is None else list(salted("Hashing", salt) or ())
        self.strong_hash = salt is not None
        self.output_mode = output_mode
        self.sparse = sparse
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.supports_jit = not sparse and keras.backend.backend() != "tensorflow"
        self._kept = _tensorflow.Kept()

    @told
    def call(self, inputs: Any) -> Any:
        """The bins of integers or strings.

        Args:
            inputs: An array, lists, or a tensor, of any shape; floats are cut to integers, as in
                Keras. With TensorFlow sparse tensors too.

        Returns:
            Integers of the same shape, or encoded along the last axis, of the layer's dtype.

        Raises:
            DataError: If an entry is neither a number nor text.
        """
        if not self.sparse and _tensorflow.compiles(inputs):
            return self._of_tensor(inputs)
        if _tensorflow.is_asked(inputs):
            inner = self._kept.inner(lambda: KerasHashing(**self._arguments()))
            return _tensorflow.by_last_axis(inner, inputs, self.output_mode, self.num_bins)
        if _hash_layer.is_integers(inputs):
            return self._of_tensor(inputs)
        array = _hash_layer.plain(inputs)
        bins = _hash_layer.bins_of(array, self.num_bins, self.mask_value, self._key)
        return _hash_layer.finished(bins, self.output_mode, self.num_bins, self.dtype)

    def _of_tensor(self, inputs: Any) -> Any:
        given = _hash_layer.whole(inputs)
        bins = _hash_layer.bins_within(given, self.num_bins, self.mask_value, self._key)
        return _hash_layer.finished(bins, self.output_mode, self.num_bins, self.dtype)

    @property
    def _key(self) -> tuple[int, int] | None:
        return None if self.salt is None else (self.salt[0], self.salt[1])

    def _arguments(self) -> dict[str, Any]:
        names = ("num_bins", "mask_value", "salt", "output_mode", "sparse")
        return {name: getattr(self, name) for name in names} | {"dtype": self.dtype}

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output, which for "one_hot" Keras gets wrong."""
        return _hash_layer.output_shape(tuple(input_shape), self.output_mode, self.num_bins)

    def compute_output_spec(self, inputs: Any) -> Any:
        """The output of a symbolic input."""
        check_symbol(self, inputs.dtype)
        _tensorflow.let_compile(self, inputs.dtype)
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype=self.dtype)


def _check(bins: int | None, mode: str, dtype: str, *, sparse: bool) -> None:
    if bins is None or bins <= 0:
        raise SpecError(
            f"The `num_bins` for `Hashing` cannot be `None` or non-positive; it is {bins}.",
            remedy="Give the number of bins.",
            value=bins,
        )
    if mode == "int" and dtype not in {"int32", "int64"}:
        raise SpecError(
            f'When `output_mode="int"`, `dtype` should be an integer type, not {dtype}.',
            remedy="Take 'int32' or 'int64'.",
            value=dtype,
        )
    if mode not in _MODES:
        raise SpecError(
            f"Invalid value for argument `output_mode`. Expected one of {_MODES}; it is {mode!r}.",
            remedy="Take one of these.",
            value=mode,
        )
    if sparse and mode == "int":
        raise SpecError(
            "`sparse` may only be true if `output_mode` is 'one_hot', 'multi_hot' or 'count'.",
            remedy="Leave it out.",
        )
    if sparse and keras.backend.backend() != "tensorflow":
        raise SpecError(
            "`sparse=True` can only be used with the TensorFlow backend.", remedy="Leave it out."
        )
