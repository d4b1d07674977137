"""HashedCrossing: Keras' layer, to the bin, without TensorFlow and compiled on every backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import keras

from samescale.errors import DataError, SpecError
from samescale.keras import _hash_layer, _tensorflow, _traced
from samescale.keras._lookup import check_symbol
from samescale.keras._registry import PACKAGE
from samescale.keras._texts import values
from samescale.keras._told import told

if TYPE_CHECKING:
    from collections.abc import Sequence

KerasHashedCrossing: Any = keras.layers.HashedCrossing
_LEAST = 2  # features of a cross, and the rank of a batch of columns


@keras.saving.register_keras_serializable(package=PACKAGE)
@final
class HashedCrossing(KerasHashedCrossing):  # type: ignore[misc]  # Keras has no types
    """`keras.layers.HashedCrossing` on every backend, with or without TensorFlow.

    The bins are those of Keras: fingerprints of the features (FarmHash of strings, integers
    themselves), combined by TensorFlow's `FingerprintCat64`. Integers inside a model are compiled
    with it.

    Args:
        num_bins: The number of bins.
        output_mode: "int" or "one_hot".
        sparse: Whether a one-hot output is a sparse tensor; on the TensorFlow backend alone.
        name: The layer's name.
        dtype: The output's; int64 for "int".
        kwargs: Ignored, as in Keras.

    Raises:
        SpecError: If arguments don't go together.

    Examples:
        >>> layer = HashedCrossing(num_bins=5)
        >>> bins = layer((["A", "B", "A", "B", "A"], [101, 101, 101, 102, 102]))
        >>> keras.ops.convert_to_numpy(bins).tolist()
        [1, 4, 1, 1, 3]
    """

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        del kwargs
        on_tensorflow = keras.backend.backend() == "tensorflow"
        if sparse and not on_tensorflow:
            raise SpecError(
                "`sparse=True` can only be used with the TensorFlow backend.",
                remedy="Leave it out.",
            )
        if output_mode not in {"int", "one_hot"}:
            raise SpecError(
                f"HashedCrossing(output_mode={output_mode!r}) isn't known.",
                remedy="Take 'int' or 'one_hot'.",
                value=output_mode,
            )
        if output_mode == "int" and dtype is None:
            dtype = "int64"
        # Keras' own __init__ asks for TensorFlow.
        keras.layers.Layer.__init__(self, name=name, dtype=dtype)
        self.num_bins = num_bins
        self.output_mode = output_mode
        self.sparse = sparse
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.supports_jit = not sparse and not on_tensorflow
        self._kept = _tensorflow.Kept()

    @told
    def call(self, inputs: Any) -> Any:
        """The bins of two or more features together.

        Args:
            inputs: A list or tuple of features of one shape, (), (rows,) or (rows, 1): integers or
                strings.

        Returns:
            Integers of the same shape, or one-hot along the last axis, of the layer's dtype.

        Raises:
            DataError: If the inputs can't be crossed (a ValueError, as in Keras).
        """
        _check_count(inputs)
        if not self.sparse and all(map(_tensorflow.compiles, inputs)):
            return self._within(inputs)
        if _tensorflow.is_asked(inputs):
            return self._kept.inner(lambda: KerasHashedCrossing(**self._arguments())).call(inputs)
        if all(map(_hash_layer.is_integers, inputs)):
            return self._within(inputs)
        columns = [values(one) for one in inputs]
        _check_columns([(one.shape, one.dtype.kind) for one in columns])
        bins = _hash_layer.crossed_bins([_hash_layer.plain(one) for one in columns], self.num_bins)
        return _hash_layer.finished(bins, self.output_mode, self.num_bins, self.dtype)

    def _within(self, inputs: Sequence[Any]) -> Any:
        kinds = [keras.backend.standardize_dtype(one.dtype) for one in inputs]
        shapes = [tuple(one.shape) for one in inputs]
        _check_columns([(shape, kind[0]) for shape, kind in zip(shapes, kinds, strict=True)])
        bins = _traced.crossed(inputs, self.num_bins)
        return _hash_layer.finished(bins, self.output_mode, self.num_bins, self.dtype)

    def _arguments(self) -> dict[str, Any]:
        names = ("num_bins", "output_mode", "sparse", "dtype")
        return {name: getattr(self, name) for name in names}

    def compute_output_spec(self, inputs: Any) -> Any:
        """The output of symbolic inputs."""
        _check_count(inputs)
        for one in inputs:
            check_symbol(self, one.dtype)
        text = any("int" not in one.dtype for one in inputs)
        _tensorflow.let_compile(self, "string" if text else "int64")
        shape = self.compute_output_shape([tuple(one.shape) for one in inputs])
        return keras.KerasTensor(shape, dtype=self.dtype)


def _check_count(inputs: Any) -> None:
    if not isinstance(inputs, list | tuple):
        raise DataError(
            f"`HashedCrossing` should be called on a list or tuple of inputs, not {inputs!r}.",
            remedy="Give (first, second).",
        )
    if len(inputs) < _LEAST:
        raise DataError(
            "`HashedCrossing` should be called on at least two inputs.",
            remedy="For one feature, take Hashing.",
        )


def _check_columns(columns: list[tuple[tuple[Any, ...], str]]) -> None:
    """Raise unless shapes and kinds can be crossed."""
    first = columns[0][0]
    if len(first) > _LEAST or (len(first) == _LEAST and first[-1] != 1):
        raise DataError(
            "All `HashedCrossing` inputs should have shape (), (rows,) or (rows, 1); the first has "
            f"{first}.",
            remedy="Cross one column with one column.",
            value=first,
        )
    if any(shape != first for shape, _ in columns):
        raise DataError(
            f"All `HashedCrossing` inputs should have equal shape: {[one for one, _ in columns]}.",
            remedy="Give equally many rows of each.",
        )
    if any(kind in "fbc" for _, kind in columns):
        raise DataError(
            "All `HashedCrossing` inputs should have an integer or string dtype.",
            remedy="Convert floats to integers, or take Discretization before.",
        )
