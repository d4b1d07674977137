"""CategoryEncoding: Keras' layer, which tells when a code has no place."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, final

import keras
import numpy as np
from keras.layers import CategoryEncoding as KerasCategoryEncoding

from samescale.errors import DataError, SpecError
from samescale.keras._known import concrete
from samescale.keras._registry import PACKAGE
from samescale.keras._told import told

Invalid: TypeAlias = Literal["error", "zero"]
_INVALID = ("error", "zero")
_TABLE = 2


@keras.saving.register_keras_serializable(package=PACKAGE)
@final
class CategoryEncoding(KerasCategoryEncoding):  # type: ignore[misc]  # Keras has no types
    """`keras.layers.CategoryEncoding`, which refuses a code that it has no place for.

    Keras' documentation promises an error for one below 0 or from `num_tokens` on; on JAX and
    TensorFlow it becomes a row of zeros. Here it is a DataError; where a model is compiled, and
    nothing can be raised, the row becomes NaN, which no training and no answer hides. The config
    keeps `sparse`, which Keras 3.15 loses.

    Args:
        num_tokens: How many codes there are: 0 … num_tokens - 1.
        output_mode: `one_hot`, `multi_hot` or `count`, as in Keras.
        sparse: Whether a sparse tensor is given, where the backend has them.
        invalid: `error` as said; `zero` for zeros, as Keras does: for padding with -1, say.
        kwargs: `name`, `dtype`, `trainable`.

    Raises:
        SpecError: If `invalid` isn't one of the two.

    Examples:
        >>> layer = CategoryEncoding(num_tokens=3, output_mode="one_hot")
        >>> np.asarray(layer([0, 2]))
        array([[1., 0., 0.],
               [0., 0., 1.]], dtype=float32)
    """

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        *,
        invalid: Invalid = "error",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_tokens=num_tokens, output_mode=output_mode, sparse=sparse, **kwargs)
        if invalid not in _INVALID:
            raise SpecError(f"invalid={invalid!r} isn't known.", remedy="It is 'error' or 'zero'.")
        self.invalid = invalid

    @told
    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        """The encoded codes.

        Raises:
            DataError: If a code has no place, and that can be seen.
        """
        if self.invalid == "error" and not isinstance(inputs, keras.KerasTensor):
            self._check(inputs)
        return super().__call__(inputs, **kwargs)

    def _check(self, inputs: Any) -> None:
        codes = concrete(inputs) if hasattr(inputs, "shape") else np.asarray(inputs)
        if codes is None or codes.dtype.kind not in "biuf":
            return
        bad = ~((codes >= 0) & (codes < self.num_tokens))
        if bad.any():
            value = codes[bad].ravel()[0].item()
            raise DataError(
                f"The layer '{self.name}' has no place for the code {value}: it encodes 0 to "
                f"{self.num_tokens - 1}.",
                remedy="Give more num_tokens, map unknown codes to one of them, or say "
                "invalid='zero'.",
                value=value,
            )

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """The encoded codes, NaN in a row where one has no place."""
        if not _is_dense(inputs):
            return super().call(inputs, count_weights=count_weights)
        codes = self.backend.core.convert_to_tensor(inputs)
        good = self.backend.numpy.logical_and(codes >= 0, codes < self.num_tokens)
        outputs = super().call(self._bounded(codes, good), count_weights=count_weights)
        if self.invalid == "zero" or self.sparse or not _is_float(outputs):
            return outputs
        return self._marked(outputs, good)

    def _bounded(self, codes: Any, good: Any) -> Any:
        """Codes without a place as one that the backend gives zeros for."""
        core, numpy = self.backend.core, self.backend.numpy
        inside = core.cast(numpy.where(good, codes, numpy.zeros_like(codes)), "int32")
        # torch refuses those above, TensorFlow those below.
        outside = -1 if self.backend.name == "torch" else self.num_tokens
        return numpy.where(good, inside, numpy.full_like(inside, outside))

    def _marked(self, outputs: Any, good: Any) -> Any:
        """NaN in the rows with a code that has no place."""
        numpy, rank = self.backend.numpy, len(good.shape)
        if self.output_mode == "one_hot":
            single = rank > 1 and good.shape[-1] == 1
            good = good if single else numpy.expand_dims(good, -1)
        elif rank > _TABLE:  # Keras doesn't support it
            return outputs
        elif rank:
            good = numpy.all(good, axis=-1, keepdims=True)
        return numpy.where(good, outputs, numpy.full_like(outputs, float("nan")))

    def get_config(self) -> dict[str, Any]:
        """Keras' config, with `sparse` and `invalid`."""
        return {**super().get_config(), "sparse": self.sparse, "invalid": self.invalid}


def _is_float(outputs: Any) -> bool:
    return "float" in str(outputs.dtype)


def _is_dense(inputs: Any) -> bool:
    return "Sparse" not in type(inputs).__name__ and "BCOO" not in type(inputs).__name__
