"""Normalization: shift and scale to mean 0 and variance 1."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final, get_args

import numpy as np

from samescale.errors import NotInvertibleError, SpecError
from samescale.ir.build import mul, sub
from samescale.ir.verify import type_of
from samescale.statistics.moments import Moments
from samescale.transforms._arguments import amounts, numbers, settle, whole
from samescale.transforms._axis import kept, spread
from samescale.transforms._by_key import NormalizationByKey, Unseen
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.ir.types import Array
    from samescale.transforms.base import Learned

# Fewer values have no spread.
_FEWEST = 2


@final
@dc.dataclass(frozen=True, slots=True)
class Normalization(Transform):
    """`(x - mean) / sqrt(variance)`, as `keras.layers.Normalization`.

    The mean and the population variance are exact: correctly rounded, whatever the order and the
    chunking of the data (Keras accumulates in float32). A variance of 0 divides by 1, as
    scikit-learn's `StandardScaler`, so that a constant column gives 0 (Keras divides by 1e-7, and
    a value that is off by 0.001 becomes 9999). It computes `(x - mean) * (1 / sqrt(variance))` with
    both constants taken in float64 and rounded once: the form that gives the same bits everywhere.

    Args:
        axis: The axes, the rows' included, that have a mean of their own; `None` for one mean.
            A plain column has one mean whatever this says.
        mean: The means, if they are known; then nothing is learned.
        variance: The variances, if they are known; given with `mean`.
        invert: Whether to undo instead: `x * sqrt(variance) + mean`.
        by: The column, of strings or whole numbers, whose values have a mean and a variance each: a
            price by shop. A key with equal values divides by 1.
        unseen: What becomes of a row whose key wasn't met in training, or is missing: `overall` for
            the mean and variance of all rows, `zero` for 0.
        min_count: How many values a key must have in training; one with fewer is unseen. The mean
            of one value would be that value, and its variance 0.

    Raises:
        SpecError: If only one of `mean` and `variance` is given, or a variance is negative; or if
            arguments don't go together.

    Examples:
        >>> import samescale as ss
        >>> fitted = ss.Spec({"age": ss.Normalization()}).adapt({"age": [20.0, 40.0, 60.0]})
        >>> fitted.transform({"age": [40.0, 60.0]})["age"]
        array([0.       , 1.2247448], dtype=float32)
        >>> rows = {"shop": ["a", "a", "b", "b"], "price": [1.0, 3.0, 100.0, 120.0]}
        >>> fitted = ss.Spec({"price": ss.Normalization(by="shop")}).adapt(rows)
        >>> fitted.transform({"shop": ["a", "b"], "price": [3.0, 130.0]})["price"]
        array([1., 2.], dtype=float32)
    """

    axis: int | tuple[int, ...] | None = -1
    mean: float | tuple[Any, ...] | None = None
    variance: float | tuple[Any, ...] | None = None
    invert: bool = False
    by: str | None = None
    unseen: Unseen = "overall"
    min_count: int = _FEWEST

    def __post_init__(self) -> None:
        settle(self)
        numbers(self, "mean", "variance")
        whole(self, "axis", "min_count")
        self._check_keys()
        if (self.mean is None) != (self.variance is None):
            raise SpecError(
                f"Normalization has mean={self.mean} but variance={self.variance}.",
                remedy="Give both, or neither to learn them.",
            )
        if self.variance is not None and not (np.asarray(self.variance) >= 0).all():
            raise SpecError(
                f"Normalization(variance={self.variance}) is negative or not a number.",
                remedy="A variance is the square of a standard deviation, 0 or more.",
                value=self.variance,
            )

    def _check_keys(self) -> None:
        if self.unseen not in get_args(Unseen) or (self.by is None and self.unseen != "overall"):
            raise SpecError(
                f"Normalization(by={self.by!r}, unseen={self.unseen!r}) isn't known.",
                remedy=f"unseen is one of {', '.join(get_args(Unseen))}, beside by='a column'.",
                value=self.unseen,
            )
        if self.by is not None and not (isinstance(self.by, str) and self.by):
            raise SpecError(
                f"Normalization(by={self.by!r}) is no column's name.",
                remedy="Name one column of strings or whole numbers.",
                value=self.by,
            )
        if self.min_count < _FEWEST or (self.by is None and self.min_count != _FEWEST):
            raise SpecError(
                f"Normalization(by={self.by!r}, min_count={self.min_count}) can't be.",
                remedy=f"min_count is {_FEWEST} or more, beside by='a column'.",
                value=self.min_count,
            )
        if self.by is not None and not (self.mean is self.variance is None):
            raise SpecError(
                f"Normalization(by='{self.by}') learns a mean for each key, and one is given.",
                remedy="Leave out mean and variance, or by.",
            )

    @property
    def reads(self) -> tuple[str, ...]:
        """The column of the keys, if it goes by one."""
        return () if self.by is None else (self.by,)

    def with_columns(self, columns: Mapping[str, Node]) -> Transform:
        """What it is with the column of its keys."""
        if self.by is None:
            return self
        key = columns[self.by]
        return NormalizationByKey(key, self.axis, self.unseen, self.min_count, self.invert)

    def known(self, column: str, learned: Mapping[str, Learned]) -> Mapping[Any, int] | None:
        """The keys that have moments of their own."""
        if column != self.by:
            return None
        found: Any = learned["keyed"]
        # Entries of a row may be missing apart from one another.
        counts = map(max, zip(*found["count"], strict=True))
        return dict(zip(found["keys"], counts, strict=True))

    @property
    def learns(self) -> bool:
        """Whether mean and variance are learned."""
        return self.mean is None

    def needs(self, x: Node) -> dict[str, Need]:
        """Exact moments of each kept entry."""
        amounts(self, x)
        self._refuse_keys()
        if not self.learns:
            return {}
        return {"moments": Need(Moments(), kept(self.axis, type_of(x), "Normalization"))}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Sub` and one `Mul`."""
        self._refuse_keys()
        forward, back = self._lower, self._lower_inverse
        return (back if self.invert else forward)(x, learned)

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """One `Sub` and one `Mul`.

        Raises:
            NotInvertibleError: If it goes by keys: an answer comes without its row's key.
        """
        if self.by is not None:
            raise NotInvertibleError(
                f"Normalization(by='{self.by}') can't be undone: an answer comes without its key.",
                remedy="Leave by out for a target.",
                transform="Normalization",
            )
        forward, back = self._lower, self._lower_inverse
        return (forward if self.invert else back)(y, learned)

    def _refuse_keys(self) -> None:
        # Whoever plans a chain gives it its columns first.
        if self.by is not None:
            raise SpecError(
                f"Normalization(by='{self.by}') stands where the column '{self.by}' isn't read.",
                remedy="Leave by out for a target.",
            )

    def _lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        mean, deviation = self._constants(x, learned)
        return mul(sub(x, mean), 1.0 / deviation)

    def _lower_inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        # y * d + m would be contracted into one rounding by some compilers and not by others;
        # (y + m / d) * d gives the same bits everywhere.
        mean, deviation = self._constants(y, learned)
        return mul(sub(y, -mean / deviation), deviation)

    def _constants(self, x: Node, learned: Mapping[str, Learned]) -> tuple[Array, Array]:
        shape = type_of(x).shape
        axes = kept(self.axis, type_of(x), "Normalization")
        mean: Any = self.mean if not self.learns else learned["moments"]["mean"]
        variance: Any = self.variance if not self.learns else learned["moments"]["variance"]
        deviation = np.sqrt(_constant(variance, axes, shape))
        return _constant(mean, axes, shape), np.where(deviation > 0, deviation, 1.0)


def _constant(values: Any, axes: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    given = np.asarray(values, dtype=np.float64)
    wanted = [shape[axis] for axis in axes]
    if given.size == 1:
        return given.reshape(())
    if given.size != int(np.prod(wanted, dtype=np.int64)):
        raise SpecError(
            f"Normalization holds {given.size} values for {wanted or 'one'} kept entries.",
            remedy="Give one value, or one for each entry of the kept axes.",
        )
    return spread(given, axes, shape)


CASES = (
    Case("number", Normalization()),
    Case("number", Normalization(mean=3.0, variance=4.0)),
    Case("number", Normalization(mean=3.0, variance=4.0, invert=True)),
    Case("image", Normalization(axis=-1)),
    Case("image", Normalization(axis=None)),
    Case("image", Normalization(axis=(1, 2))),
    Case("number", Normalization(by="store"), (("store", "string"),)),
    Case("number", Normalization(by="store", unseen="zero"), (("store", "code"),)),
    Case("image", Normalization(by="store"), (("store", "string"),)),
    Case("image", Normalization(by="store", axis=None), (("store", "code"),)),
)
