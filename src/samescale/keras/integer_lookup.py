"""IntegerLookup: Keras' layer, compiled on every backend, without TensorFlow, sealed once used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import keras

from samescale.keras import _lookup_layer
from samescale.keras._index_lookup import IndexLookup
from samescale.keras._lookup_settings import Settings
from samescale.keras._registry import PACKAGE
from samescale.keras._told import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.keras._counting import Documents

KerasIntegerLookup: Any = keras.layers.IntegerLookup


@keras.saving.register_keras_serializable(package=PACKAGE)
@final
class IntegerLookup(IndexLookup, KerasIntegerLookup):  # type: ignore[misc]  # Keras has no types
    """`keras.layers.IntegerLookup` on every backend, with or without TensorFlow.

    As `samescale.keras.StringLookup`, of integers; inside a model it is compiled with it, where
    Keras' own keeps the whole model from being compiled. Floats that aren't whole are refused
    where Keras cuts them. JAX holds 32 bits: a vocabulary with wider integers is refused inside a
    model, and looked up exactly in NumPy arrays.

    Args:
        max_tokens: As in Keras, as all of the following.
        num_oov_indices: How many buckets there are for what isn't in the vocabulary.
        mask_token: The token of index 0.
        oov_token: What an inverted lookup gives for other indices.
        vocabulary: The tokens, or the path of a file with one a line.
        vocabulary_dtype: "int64".
        idf_weights: Weights of given tokens, for "tf_idf".
        invert: Whether indices are turned into tokens.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        sparse: Whether encoded outputs are sparse tensors; on the TensorFlow backend alone.
        pad_to_max_tokens: Whether they are `max_tokens` wide.
        oov_method: Whether the bucket of an unknown integer is its remainder ("floormod") or of its
            hash ("farmhash").
        salt: One or two integers, the key of SipHash; for "farmhash".
        name: The layer's name.
        learned: What `adapt` learned, as `get_config` gives it.
        sealed: Whether a model has used it, so that `adapt` asks for `readapt=True`.
        kwargs: `trainable`, `dtype`, which a vocabulary hasn't; `vocabulary_size`.

    Raises:
        SpecError: If arguments don't go together, or the vocabulary can't be one.

    Examples:
        >>> layer = IntegerLookup()
        >>> layer.adapt([12, 7, 12, 40])
        >>> layer.get_vocabulary()
        [-1, 12, 40, 7]
        >>> keras.ops.convert_to_numpy(layer([40, 41])).tolist()
        [2, 0]
    """

    def __init__(  # noqa: PLR0913, PLR0917 - Keras' arguments
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int | None = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        *,
        learned: Mapping[str, Any] | None = None,
        sealed: bool = False,
        **kwargs: Any,
    ) -> None:
        settings = Settings.checked(
            "IntegerLookup",
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=None if mask_token is None else int(mask_token),
            oov_token=None if oov_token is None else int(oov_token),
            vocabulary_dtype=vocabulary_dtype,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            oov_method=oov_method,
            salt=salt,
        )
        # Keras' own __init__ asks for TensorFlow and makes its tables.
        keras.layers.Layer.__init__(self, name=name)
        self.sealed = sealed
        _lookup_layer.prepare(self, settings, kwargs, (vocabulary, idf_weights), learned)

    def _documents(self, batch: Any) -> Documents:
        return self._tokens(batch)

    @told
    def call(self, inputs: Any) -> Any:
        """The indices of tokens, or the tokens of indices.

        Args:
            inputs: Integers of any shape: an array, lists, a tensor of the backend; with TensorFlow
                ragged and sparse ones too.

        Returns:
            int64 of the same shape (int32 on JAX), or encoded along a new last axis.

        Raises:
            ModelError: If there is no vocabulary yet.
        """
        return _lookup_layer.call(self, inputs, self._inner)

    def _inner(self) -> Any:
        return KerasIntegerLookup(**_lookup_layer.arguments(self))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output."""
        return _lookup_layer.output_shape(self, input_shape)

    def compute_output_spec(self, inputs: Any) -> Any:
        """The output of a symbolic input."""
        return _lookup_layer.output_spec(self, inputs)

    def get_config(self) -> dict[str, Any]:
        """Keras' config, what was learned and whether it is sealed."""
        return _lookup_layer.config(self) | self._learned()
