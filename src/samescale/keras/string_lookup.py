"""StringLookup: Keras' layer, without TensorFlow, sealed once used."""

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

KerasStringLookup: Any = keras.layers.StringLookup


@keras.saving.register_keras_serializable(package=PACKAGE)
@final
class StringLookup(IndexLookup, KerasStringLookup):  # type: ignore[misc]  # Keras has no types
    """`keras.layers.StringLookup` on every backend, with or without TensorFlow.

    Indices, buckets of unknown strings (FarmHash, or SipHash under a `salt`), order and weights of
    the vocabulary are those of Keras. The vocabulary is in the config and in weights files, so it
    survives `clone_model`, `from_config` and `save_weights`, and an adapted layer that a model has
    used adapts again only when asked by name.

    On JAX and torch, which have no tensors of text, it is called on NumPy arrays and lists and
    gives the backend's tensors; in `tf.data` and on the TensorFlow backend it runs in the graph.

    Args:
        max_tokens: As in Keras, as all of the following.
        num_oov_indices: How many buckets there are for what isn't in the vocabulary.
        mask_token: The token of index 0.
        oov_token: What an inverted lookup gives for other indices.
        vocabulary: The tokens, or the path of a file with one a line.
        idf_weights: Weights of given tokens, for "tf_idf".
        invert: Whether indices are turned into tokens.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        pad_to_max_tokens: Whether encoded outputs are `max_tokens` wide.
        sparse: Whether they are sparse tensors; on the TensorFlow backend alone.
        encoding: That of bytes.
        name: The layer's name.
        salt: One or two integers, the key of SipHash.
        learned: What `adapt` learned, as `get_config` gives it.
        sealed: Whether a model has used it, so that `adapt` asks for `readapt=True`.
        kwargs: `trainable`, `dtype`, which a vocabulary hasn't; `oov_method`, `vocabulary_size`.

    Raises:
        SpecError: If arguments don't go together, or the vocabulary can't be one.

    Examples:
        >>> layer = StringLookup()
        >>> layer.adapt(["Bern", "Basel", "Bern", "Chur"])
        >>> layer.get_vocabulary()
        ['[UNK]', 'Bern', 'Chur', 'Basel']
        >>> keras.ops.convert_to_numpy(layer(["Chur", "Genf"])).tolist()
        [2, 0]
    """

    def __init__(  # noqa: PLR0913, PLR0917 - Keras' arguments
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str | None = "[UNK]",  # noqa: S107 - not a password
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        *,
        learned: Mapping[str, Any] | None = None,
        sealed: bool = False,
        **kwargs: Any,
    ) -> None:
        settings = Settings.checked(
            "StringLookup",
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            oov_method=kwargs.pop("oov_method", "floormod"),
            salt=salt,
            encoding=encoding,
        )
        # Keras' own __init__ asks for TensorFlow and makes its tables.
        keras.layers.Layer.__init__(self, name=name)
        self.sealed = sealed
        self.encoding = encoding
        _lookup_layer.prepare(self, settings, kwargs, (vocabulary, idf_weights), learned)

    def _documents(self, batch: Any) -> Documents:
        return self._tokens(batch)

    @told
    def call(self, inputs: Any) -> Any:
        """The indices of tokens, or the tokens of indices.

        Args:
            inputs: Strings of any shape: a NumPy array, lists, and on the TensorFlow backend and in
                `tf.data` dense, ragged and sparse tensors.

        Returns:
            int64 of the same shape (int32 on JAX), or encoded along a new last axis.

        Raises:
            ModelError: If there is no vocabulary yet.
        """
        return _lookup_layer.call(self, inputs, self._inner)

    def _inner(self) -> Any:
        return KerasStringLookup(encoding=self.encoding, **_lookup_layer.arguments(self))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output."""
        return _lookup_layer.output_shape(self, input_shape)

    def compute_output_spec(self, inputs: Any) -> Any:
        """The output of a symbolic input."""
        return _lookup_layer.output_spec(self, inputs)

    def get_config(self) -> dict[str, Any]:
        """Keras' config, what was learned and whether it is sealed."""
        config = _lookup_layer.config(self) | self._learned() | {"encoding": self.encoding}
        del config["vocabulary_dtype"]  # a StringLookup has no other
        return config
