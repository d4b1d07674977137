"""Normalization: Keras' layer, exact, sealed once used, with all of its state in weights."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import keras
import numpy as np
from keras.layers import Normalization as KerasNormalization

from samescale.errors import ModelError, SpecError
from samescale.keras import _given
from samescale.keras._affine import apply, call_anywhere
from samescale.keras._known import Given, Known, concrete, counted, watch
from samescale.keras._learned import STATE, check, learn, parts_of, spread, weights_of
from samescale.keras._registry import PACKAGE
from samescale.keras._seal import refuse_if_sealed, refuse_unadapted, used
from samescale.keras._told import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array

Nan: TypeAlias = Literal["skip", "error"]
_NANS = ("skip", "error")
_OF_KERAS = 3


@keras.saving.register_keras_serializable(package=PACKAGE)
@final
class Normalization(KerasNormalization):  # type: ignore[misc]  # Keras has no types
    """`keras.layers.Normalization`, right where Keras is silently wrong.

    `(x - mean) * (1 / sqrt(variance))`: the bits of `samescale.Normalization`, on every backend.
    Mean and variance are exact, whatever the order and the batches of the data; a variance of 0
    divides by 1, so that a constant column gives 0. It computes in float32 whatever the dtype
    policy says, which sets the dtype of the result alone; float64 values and integers of 32 bits
    and more are subtracted in float64 where they arrive as such: NumPy arrays, `tf.data`, and
    tensors of TensorFlow and torch.

    What was learned is in the weights (`affine` holds the bits of float64 that float32 lacks) and
    in the config. So it survives `clone_model`, `from_config`, `get_weights`, state trees and
    files, and every compiled function reads what the weights hold now. Weights that Keras' own
    layer wrote to a file are read too.

    Args:
        axis: As in Keras: the axes, the rows' included, that have a mean of their own; `None` for
            one mean.
        mean: The means, if they are known; then nothing is learned.
        variance: The variances, if they are known; given with `mean`.
        invert: Whether to undo instead.
        nan: Whether `adapt` leaves out missing values (`skip`) or refuses them (`error`). Called
            on NaN, the layer answers NaN.
        statistics: What was learned, as `get_config` gives it.
        sealed: Whether a model has used it, so that `adapt` asks for `readapt=True`.
        kwargs: `name`, `dtype`, `trainable`.

    Raises:
        SpecError: If a variance is negative, or `nan` isn't one of the two.

    Examples:
        >>> layer = Normalization()
        >>> layer.adapt(np.array([[0.0, 7.0], [2.0, 9.0]]))
        >>> np.asarray(layer(np.array([[0.0, 9.0]])))
        array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        *,
        nan: Nan = "skip",
        statistics: Mapping[str, Any] | None = None,
        sealed: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(axis=axis, mean=mean, variance=variance, invert=invert, **kwargs)
        if variance is not None and not (np.asarray(variance) >= 0).all():
            raise SpecError(
                f"Normalization(variance={variance}) is negative or not a number.",
                remedy="A variance is the square of a standard deviation, 0 or more.",
                value=variance,
            )
        if nan not in _NANS:
            raise SpecError(f"nan={nan!r} isn't known.", remedy="It is 'skip' or 'error'.")
        self.nan = nan
        self.sealed = sealed
        self._convert_input_args = False
        # A dict of the config's own; Keras would track one that is an attribute by itself.
        self._known = Known(weights_of(statistics))

    def add_weight(self, *args: Any, **kwargs: Any) -> Any:
        """A weight that no dtype policy narrows, with what the config says was learned."""
        if not kwargs.get("dtype"):
            kwargs["dtype"] = "float64" if self.variable_dtype == "float64" else "float32"
        known = self._known.weights.get(kwargs.get("name", ""))
        if known is not None:
            kwargs["initializer"] = Given(known)
        return super().add_weight(*args, autocast=False, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Make the weights, of the shape of the kept axes."""
        if input_shape is None:
            return
        super().build(input_shape)
        if self.input_mean is None:
            watch(self.count, partial(counted, self._known))
            kept = tuple(self._mean_and_var_shape)
            check(self, kept, self._known.weights)
            self._known.parts = self.add_weight(
                name="affine",
                shape=(6, *kept),
                initializer=Given(parts_of(np.zeros(kept), np.ones(kept), invert=False)),
                trainable=False,
                dtype="float32",
            )
            return
        mean, variance = (
            spread(given, self._keep_axis, self._broadcast_shape)
            for given in (self.input_mean, self.input_variance)
        )
        self._known.parts = parts_of(mean, variance, invert=self.invert)
        self._known.fixed = {"mean": mean, "variance": variance}

    @property
    def affine(self) -> Any:
        """float32 parts of shift and factor, (6, …): a weight, or an array where both are given."""
        return self._known.parts

    @property
    def mean(self) -> Any:
        """The means, shaped to broadcast; `None` before the layer is built."""
        return self._shown("mean")

    @mean.setter
    def mean(self, _: Any) -> None:
        """Keras stores a constant here; the weights speak."""

    @property
    def variance(self) -> Any:
        """The variances, shaped to broadcast; `None` before the layer is built."""
        return self._shown("variance")

    @variance.setter
    def variance(self, _: Any) -> None:
        """As `mean`."""

    def _shown(self, name: str) -> Any:
        if self._known.parts is None:
            return None
        if name in self._known.fixed:
            return keras.ops.convert_to_tensor(self._known.fixed[name], dtype="float32")
        return keras.ops.reshape(getattr(self, f"adapt_{name}"), self._broadcast_shape)

    def finalize_state(self) -> None:
        """Nothing: `call` reads the weights."""

    def adapt(self, data: Any, *, readapt: bool = False) -> None:
        """Learn the mean and the population variance of all of `data`, exactly, in one pass.

        Args:
            data: What Keras takes, and tables: see `samescale.keras`. Of `(x, y)` and
                `(x, y, sample_weight)` the `x`. It replaces what was learned before.
            readapt: Whether to do so though a model has used what was learned. The network must
                then be trained anew.

        Raises:
            ModelError: If the layer is sealed, or its mean and variance were given.
            DataError: If there is no data, a value is infinite or not a number, a feature has no
                value, or there is one row alone: one value has no spread.
        """
        if self.input_mean is not None:
            raise ModelError(
                f"The layer '{self.name}' was given its mean and variance: it learns nothing.",
                remedy="Make one without mean and variance to adapt it.",
                layer=self.name,
            )
        refuse_if_sealed(self, readapt=readapt)
        for name, value in learn(self, data).items():
            self._weight(name).assign(value)

    def _now(self, name: str, known: Mapping[str, Array]) -> Array:
        value = concrete(self._weight(name)) if self.built else None
        return known[name] if value is None else value

    def _weight(self, name: str) -> Any:
        return {
            "mean": self.adapt_mean,
            "variance": self.adapt_variance,
            "count": self.count,
            "affine": self.affine,
        }[name]

    @property
    def adapted(self) -> bool:
        """Whether there is something to normalise by: learned, loaded or given."""
        return self._known.adapted or self.input_mean is not None

    @told
    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        """The normalised inputs, in the dtype that the policy says.

        Raises:
            ModelError: If nothing was learned and nothing given; a model may be built of it then.
        """
        if not isinstance(keras.tree.flatten(inputs)[0], keras.KerasTensor):
            used(self)
            if not self.adapted:
                refuse_unadapted(self, instead="`mean` and `variance`")
        return call_anywhere(self, inputs, **kwargs)

    def call(self, inputs: Any) -> Any:
        """One subtraction and one multiplication."""
        return apply(self, inputs, self.affine, self._broadcast_shape)

    def compute_output_spec(self, inputs: Any) -> Any:
        """The inputs' shape, in the compute dtype."""
        return keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)

    def save_own_variables(self, store: Any) -> None:
        """Write the weights to a file, or the mean and the variance that were given."""
        if self._known.fixed:
            _given.write(store, self.affine)
        super().save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Read the weights that this layer, or Keras' own, wrote to a file.

        Raises:
            ModelError: If they were written beside another given mean or variance.
        """
        if self._known.fixed and _given.compare(self, store, self.affine):
            return
        if len(store.keys()) == _OF_KERAS and self.input_mean is None:
            for name, value in _of_keras(store, invert=self.invert).items():
                self._weight(name).assign(value)
            return
        super().load_own_variables(store)

    def get_config(self) -> dict[str, Any]:
        """Keras' config, with the policy for NaN, what was learned and whether it is sealed."""
        learned = None
        if self.input_mean is None and self.adapted:
            known = self._known.weights
            learned = {name: self._now(name, known).tolist() for name in STATE}
        added = {"nan": self.nan, "statistics": learned, "sealed": self.sealed}
        return {**super().get_config(), **added}


def _of_keras(store: Any, *, invert: bool) -> dict[str, Array]:
    mean, variance = (np.asarray(store[key], np.float64) for key in ("0", "1"))
    # Keras never counts: what still has its initial values was not adapted.
    learned = bool(mean.any() or (variance != 1).any())
    return {
        "mean": mean,
        "variance": variance,
        "count": np.array(learned, np.int32),
        "affine": parts_of(mean, variance, invert=invert),
    }
