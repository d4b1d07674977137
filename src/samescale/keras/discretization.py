"""Discretization: Keras' layer, with exact quantiles that are weights."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import keras
import numpy as np
from keras.layers import Discretization as KerasDiscretization
from keras.src.utils import numerical_utils

from samescale.errors import ModelError, SpecError
from samescale.keras import _given
from samescale.keras._adapt import batches
from samescale.keras._affine import call_anywhere
from samescale.keras._bins import bin_of, learn
from samescale.keras._exact import joined, split
from samescale.keras._known import Given, watch
from samescale.keras._registry import PACKAGE
from samescale.keras._seal import refuse_if_sealed, refuse_unadapted, used
from samescale.keras._spool import Spool
from samescale.keras._told import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array

Nan: TypeAlias = Literal["skip", "error"]
_NANS = ("skip", "error")


@keras.saving.register_keras_serializable(package=PACKAGE)
@final
class Discretization(KerasDiscretization):  # type: ignore[misc]  # Keras has no types
    """`keras.layers.Discretization`, whose boundaries are exact and part of the weights.

    The learned boundaries are the exact quantiles of all values at 1/num_bins, 2/num_bins, …, once
    each; Keras approximates them, and gives no more than 99 by default whatever is asked for. They
    are a weight, read when the layer runs, so that they come with `get_weights`, state trees and
    weight files, which lose Keras' own. The result always has `num_bins` places, so that a network
    built before `adapt` fits: of a column with few values some stay empty.

    As in Keras, all columns share one set of boundaries: give each its own layer. NaN is bin 0, as
    in `samescale.Discretization`; in Keras it is the last one.

    Args:
        bin_boundaries: The boundaries, ascending, if they are known.
        num_bins: How many bins to learn; given without boundaries.
        epsilon: Kept for Keras' sake; the quantiles have no error.
        output_mode: `int`, `one_hot`, `multi_hot` or `count`, as in Keras.
        sparse: Whether a sparse tensor is given, where the backend has them.
        dtype: The dtype policy.
        name: The layer's name.
        nan: Whether `adapt` leaves out missing values (`skip`) or refuses them (`error`).
        learned: The learned boundaries, as `get_config` gives them.
        sealed: Whether a model has used it, so that `adapt` asks for `readapt=True`.

    Raises:
        SpecError: If the boundaries don't ascend, or `nan` isn't one of the two.

    Examples:
        >>> layer = Discretization(num_bins=2)
        >>> layer.adapt(np.array([1.0, 2.0, 3.0]))
        >>> layer.bin_boundaries, np.asarray(layer(np.array([1.9, 2.0])))
        ([2.0], array([0, 1], dtype=int32))
    """

    def __init__(  # noqa: PLR0913, PLR0917 - Keras' arguments
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
        *,
        nan: Nan = "skip",
        learned: Sequence[float] | None = None,
        sealed: bool = False,
    ) -> None:
        super().__init__(bin_boundaries, num_bins, epsilon, output_mode, sparse, dtype, name)
        if nan not in _NANS:
            raise SpecError(f"nan={nan!r} isn't known.", remedy="It is 'skip' or 'error'.")
        for given in (bin_boundaries, learned):
            _check_ascending(given)
        self.nan = nan
        self.sealed = sealed
        self._convert_input_args = False
        self._edges = _Edges(bin_boundaries, learned)

    @property
    def bin_boundaries(self) -> list[float] | None:
        """The boundaries, given or learned; `None` before `adapt`."""
        # Keras' own __init__ asks, and sets, before there is anything to ask.
        edges = vars(self).get("_edges")
        return edges and edges.shown()

    @bin_boundaries.setter
    def bin_boundaries(self, given: Sequence[float] | None) -> None:
        """Give other boundaries, where they were given."""
        if (edges := vars(self).get("_edges")) is not None:
            _check_ascending(given)
            edges.given = list(given) if given is not None else None

    def build(self, input_shape: Any = None) -> None:
        """Make the weight of learned boundaries."""
        del input_shape
        if self.num_bins is None or self._edges.weight is not None:
            return
        count = max(self.num_bins - 1, 0)
        self._edges.weight = self.add_weight(
            name="boundaries",
            shape=(3, count),
            initializer=Given(_parts(self._edges.learned, count)),
            trainable=False,
            dtype="float32",
            autocast=False,
        )
        watch(self._edges.weight, partial(_learned, self._edges))

    def adapt(self, data: Any, steps: int | None = None, *, readapt: bool = False) -> None:
        """Learn the quantiles of all values of `data`, exactly.

        What can be read once only is kept, beyond 32 MB in a temporary file, for a second pass.

        Args:
            data: What Keras takes, and tables: see `samescale.keras`. Of `(x, y)` and
                `(x, y, sample_weight)` the `x`. It replaces what was learned before.
            steps: How many batches at most are read.
            readapt: Whether to do so though a model has used what was learned. The network must
                then be trained anew.

        Raises:
            ModelError: If the layer is sealed, or its boundaries were given.
            DataError: If there is no value, or one is infinite or not a number.
        """
        self._refuse_given()
        refuse_if_sealed(self, readapt=readapt)
        self._learn(data, steps)

    def _learn(self, data: Any, steps: int | None = None) -> None:
        edges = learn(data, bins=self.num_bins or 1, nan=self.nan, steps=steps)
        if not self.built:
            self.build()
        self._edges.weight.assign(_parts(edges.tolist(), max((self.num_bins or 1) - 1, 0)))

    def _refuse_given(self) -> None:
        if self.num_bins is None:
            raise ModelError(
                f"The layer '{self.name}' was given bin_boundaries: it learns nothing.",
                remedy="Make one with num_bins to adapt it.",
                layer=self.name,
            )

    def update_state(self, data: Any) -> None:
        """Add values to those that `finalize_state` learns from."""
        self._refuse_given()
        refuse_if_sealed(self)
        _add(self._edges, data)

    def finalize_state(self) -> None:
        """Learn from what `update_state` was given, if it was."""
        if self._edges.added is not None:
            self._learn(iter(self._edges.added))
            self.reset_state()

    def reset_state(self) -> None:
        """Forget what `update_state` was given."""
        _drop(self._edges)

    @property
    def adapted(self) -> bool:
        """Whether there are boundaries."""
        return self.bin_boundaries is not None

    @told
    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        """The bins of the inputs, encoded as `output_mode` says.

        Raises:
            ModelError: If there are no boundaries; a model may be built of it then.
        """
        if not isinstance(keras.tree.flatten(inputs)[0], keras.KerasTensor):
            used(self)
            if not self.adapted:
                refuse_unadapted(self, instead="`bin_boundaries`")
        return call_anywhere(self, inputs, **kwargs)

    def call(self, inputs: Any) -> Any:
        """The bins."""
        found = self._edges
        parts = found.weight if found.weight is not None else _parts(found.given, None)
        return numerical_utils.encode_categorical_inputs(
            bin_of(self, inputs, parts),
            output_mode=self.output_mode,
            depth=self._depth(),
            dtype=self.output_dtype,
            sparse=self.sparse,
            backend_module=self.backend,
        )

    def _depth(self) -> int:
        return self.num_bins or len(self.bin_boundaries or ()) + 1

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Keras' shape, with `num_bins` places where boundaries are learned."""
        shape = tuple(super().compute_output_shape(input_shape))
        return shape if self.output_mode == "int" else (*shape[:-1], self._depth())

    def save_own_variables(self, store: Any) -> None:
        """Write the boundaries to a file, learned or given."""
        if self.num_bins is None:
            _given.write(store, _parts(self._edges.given, None))
        super().save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        """Read the boundaries; Keras' own layer writes none.

        Raises:
            ModelError: If the weights were written beside other given boundaries.
        """
        if self.num_bins is None:
            _given.compare(self, store, _parts(self._edges.given, None))
        if self._edges.weight is not None and len(store.keys()):
            keras.layers.Layer.load_own_variables(self, store)

    def get_config(self) -> dict[str, Any]:
        """Keras' config, with the policy for NaN and whether it is sealed."""
        return {**super().get_config(), "nan": self.nan, "sealed": self.sealed}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Discretization:
        """The layer of a config: boundaries beside `num_bins` were learned."""
        del custom_objects
        if config.get("num_bins") is None:
            return cls(**config)
        return cls(**{**config, "bin_boundaries": None, "learned": config.get("bin_boundaries")})


@final
class _Edges:
    """The boundaries: given, or learned and then a weight; and what waits to be learned from."""

    def __init__(self, given: Any, learned: Any) -> None:
        self.given = None if given is None else list(given)
        self.learned = None if learned is None else list(learned)
        self.weight: Any = None
        self.added: Spool | None = None

    def shown(self) -> list[float] | None:
        """Given ones or learned ones."""
        return self.learned if self.given is None else self.given


def _learned(edges: _Edges, parts: Array) -> None:
    """Hear what the weight is set to."""
    found = joined(parts)
    found = found[~np.isnan(found)]
    edges.learned = found.tolist() if found.size else None


def _add(edges: _Edges, data: Any) -> None:
    """Keep values for later."""
    if edges.added is None:
        edges.added = Spool()
    for batch in batches(data):
        edges.added.add(batch)


def _drop(edges: _Edges) -> None:
    """Forget them."""
    if edges.added is not None:
        edges.added.close()
    edges.added = None


def _parts(edges: Any, count: int | None) -> Array:
    """Boundaries as float32 parts, of `count` places; NaN where there are fewer."""
    given = np.asarray([] if edges is None else edges, np.float64)
    if count is None:
        return split(given)
    filled = np.full(count, np.nan)
    filled[: len(given)] = given
    return split(filled)


def _check_ascending(edges: Any) -> None:
    if edges is None:
        return
    values = np.asarray(edges, np.float64)
    if values.ndim != 1 or not np.isfinite(values).all() or not (np.diff(values) > 0).all():
        raise SpecError(
            f"Discretization(bin_boundaries={list(edges)}) doesn't ascend.",
            remedy="Give finite numbers, each above the one before.",
            value=list(edges),
        )
