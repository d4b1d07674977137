"""What a statistic is: a value that merges."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.statistics.batch import Batch

Json: TypeAlias = dict[str, Any] | list[Any] | str | int | float | bool | None


class Statistic(ABC):
    """A mergeable summary of a column. Frozen: `update` and `merge` return new values.

    Laws, held by the contract suite for every statistic: the empty statistic is the identity of
    `merge`; `merge` is associative and commutative; `update` of a batch equals the merge of the
    updates of any cut and order of its rows; `from_json(to_json())` is the same statistic.
    All of them to the bit.

    A batch is a 2-D array, rows × features: each feature has its own answer. One feature is
    `(rows, 1)`. Strings are object arrays of `str` or `None`. NaN and `None` are missing values.
    """

    takes_arrow: ClassVar[bool] = False
    """Whether `update` takes an Arrow array of text too, the rows of one feature."""

    takes_columns: ClassVar[bool] = False
    """Whether `update` takes `Columns` too: features that lie apart."""

    @abstractmethod
    def update(self, batch: Array | Batch, weights: Array | None = None) -> Self:
        """This statistic with the rows of `batch`, rows × features, added.

        Args:
            batch: The rows; a `Batch` lets several statistics look at them once.
            weights: What each row counts for, float64 of shape (rows,), finite and above 0; only
                what `weighted` gave takes them.
        """

    @abstractmethod
    def merge(self, other: Self) -> Self:
        """The statistic of both together."""

    @abstractmethod
    def value(self) -> dict[str, Json]:
        """What was learned, as plain JSON-able data: floats, ints, strings and lists of them."""

    @abstractmethod
    def to_json(self) -> Json:
        """The state, so that a worker can send it."""

    @classmethod
    @abstractmethod
    def from_json(cls, state: Json) -> Self:
        """The statistic of a state that `to_json` gave."""

    def weighted(self) -> Statistic:
        """The statistic that stands for this one where rows have weights; itself by default.

        Raises:
            SpecError: If there is none.
        """
        return self

    def refine(self) -> Self | None:
        """What one more pass over the same rows must collect, or `None` if `value()` is final."""
        return None


class Keyed(Statistic):
    """A statistic that keeps apart what belongs to different keys."""

    @abstractmethod
    def update_by(self, batch: Array | Batch, keys: Any, weights: Array | None = None) -> Self:
        """This statistic with the rows of `batch` added, each under its key.

        Args:
            batch: The rows, rows × features.
            keys: One key a row: whole numbers, or objects of `str` or `None`, of shape (rows,); or
                an Arrow array of text.
            weights: As in `update`.
        """
