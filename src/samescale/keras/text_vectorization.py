"""TextVectorization: Keras' layer, without TensorFlow, sealed once used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import keras

from samescale.keras import _lookup_layer, _tensorflow, _text_layer
from samescale.keras._compiled import remember
from samescale.keras._index_lookup import IndexLookup
from samescale.keras._lookup import check_symbol
from samescale.keras._lookup_settings import Settings
from samescale.keras._registry import PACKAGE
from samescale.keras._seal import refuse_unadapted, used
from samescale.keras._told import told
from samescale.keras._words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.keras._counting import Documents

KerasTextVectorization: Any = keras.layers.TextVectorization


@keras.saving.register_keras_serializable(package=PACKAGE)
@final
class TextVectorization(IndexLookup, KerasTextVectorization):  # type: ignore[misc]  # no types
    """`keras.layers.TextVectorization` on every backend, with or without TensorFlow.

    Tokens, order of the vocabulary, indices and weights are those of Keras. As there, only the
    letters A…Z are lower-cased ("É" isn't "é"), only ASCII punctuation is stripped and only ASCII
    white space splits. Functions for `standardize` and `split` get NumPy arrays of strings on JAX
    and torch, and TensorFlow's tensors on its backend and in `tf.data`.

    Where the layer runs, and what survives, is as in `samescale.keras.StringLookup`.

    Args:
        max_tokens: As in Keras, as all of the following.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", a function of
            texts, or `None`.
        split: "whitespace", "character", a function of a vector of texts, or `None`.
        ngrams: Up to how many tokens are joined, or a tuple of how many.
        output_mode: "int", "multi_hot", "count", "tf_idf", or "one_hot".
        output_sequence_length: To how many tokens "int" pads and cuts.
        pad_to_max_tokens: Whether encoded outputs are `max_tokens` wide.
        vocabulary: The tokens, or the path of a file with one a line.
        idf_weights: Weights of given tokens, for "tf_idf".
        sparse: Whether encoded outputs are sparse tensors; on the TensorFlow backend alone.
        ragged: Whether "int" gives ragged tensors; on the TensorFlow backend alone.
        encoding: That of bytes.
        name: The layer's name.
        learned: What `adapt` learned, as `get_config` gives it.
        sealed: Whether a model has used it, so that `adapt` asks for `readapt=True`.
        kwargs: `trainable`, `dtype`, `vocabulary_size`.

    Raises:
        SpecError: If arguments don't go together, or the vocabulary can't be one.

    Examples:
        >>> layer = TextVectorization(output_sequence_length=4)
        >>> layer.adapt(["foo bar", "bar baz", "baz bada boom"])
        >>> keras.ops.convert_to_numpy(layer(["Foo, qux bar!", "qux baz"])).tolist()
        [[4, 1, 3, 0], [1, 2, 0, 0]]
    """

    def __init__(  # noqa: PLR0913, PLR0917 - Keras' arguments
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: int | tuple[int, ...] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        *,
        learned: Mapping[str, Any] | None = None,
        sealed: bool = False,
        **kwargs: Any,
    ) -> None:
        settings = Settings.checked(
            "TextVectorization",
            max_tokens=max_tokens,
            mask_token="",
            oov_token="[UNK]",  # noqa: S106 - not a password
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            salt=None,
            encoding=encoding,
        )
        _text_layer.check(standardize, split, ngrams)
        _text_layer.check_output(settings.output_mode, output_sequence_length, ragged=ragged)
        # Keras' own __init__ asks for TensorFlow and makes its tables.
        keras.layers.Layer.__init__(self, name=name, **_text_layer.of_layer(kwargs))
        self.sealed = sealed
        self.ngrams = ngrams
        self.output_sequence_length = output_sequence_length
        self.ragged = ragged
        widths = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else ngrams
        self._words = Words(standardize, split, widths, encoding)
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.supports_jit = False
        self._table = None  # where TensorFlow looks for tables when it exports
        self._lookup = _lookup_layer.state(settings, (vocabulary, idf_weights), learned, kwargs)

    def _documents(self, batch: Any) -> Documents:
        if keras.backend.backend() != "tensorflow" or not self._words.is_custom:
            return self._tokens(_text_layer.documents(self._words.tokens(batch)))
        # There, functions are written for TensorFlow's tensors.
        plain = KerasTextVectorization(**_text_layer.config(self))
        return self._tokens(_text_layer.documents(plain._preprocess(batch)))  # noqa: SLF001 - Keras' own step

    @told
    def call(self, inputs: Any) -> Any:
        """The tokens of texts as indices, or encoded.

        Args:
            inputs: Texts, (rows,) or (rows, 1): an array, lists, and on the TensorFlow backend and
                in `tf.data` a tensor.

        Returns:
            int64 (int32 on JAX), (rows, tokens), padded with 0; or (rows, vocabulary).

        Raises:
            ModelError: If there is no vocabulary yet.
        """
        used(self)
        remember()
        if self._lookup.vocabulary is None:
            refuse_unadapted(self, instead="a vocabulary")
        if not _tensorflow.is_asked(inputs):
            return _text_layer.answer(self, self._words.tokens(inputs))
        inner = self._lookup.inner(self._inner)
        _tensorflow.expose(self, inner)
        return inner.call(inputs)

    def _inner(self) -> Any:
        given = _lookup_layer.arguments(self)
        names = ("vocabulary", "idf_weights")
        return KerasTextVectorization(
            **_text_layer.config(self), **{name: given.get(name) for name in names}
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output."""
        return _text_layer.output_shape(self, tuple(input_shape))

    def compute_output_spec(self, inputs: Any) -> Any:
        """The output of a symbolic input."""
        check_symbol(self, inputs.dtype)
        dtype = "int64" if self._lookup.settings.output_mode == "int" else keras.backend.floatx()
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Keras' config, what was learned and whether it is sealed."""
        config: dict[str, Any] = keras.layers.Layer.get_config(self)
        config |= _text_layer.config(self)
        config |= self._lookup.kept.get("given", {"vocabulary": None, "idf_weights": None})
        config["vocabulary_size"] = self.vocabulary_size()
        return config | self._learned()
