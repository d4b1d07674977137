"""What a transform is: a statistic and a graph."""

from __future__ import annotations

import dataclasses as dc
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from samescale.errors import NotInvertibleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.nodes import Node
    from samescale.statistics.base import Json, Statistic

Learned: TypeAlias = "Mapping[str, Json]"


@dc.dataclass(frozen=True, slots=True)
class Need:
    """A statistic to be learned, and the axes of a row that keep entries apart.

    Attributes:
        statistic: The empty statistic.
        axes: Which axes of a *row* index separate answers; the others are pooled with the rows.
            `()` learns one answer for everything, `(2,)` of `(28, 28, 3)` one per channel.
            The batch that the statistic sees is `(rows × pooled entries, kept entries)`, the kept
            entries in C order.
        by: What gives each row its key, of shape `()`, for a statistic that keeps keys apart.
    """

    statistic: Statistic
    axes: tuple[int, ...] = ()
    by: Node | None = None


@dc.dataclass(frozen=True, slots=True)
class Case:
    """A configuration for the contract suite, and the kind of column that it takes.

    Each transform's module lists its own in `CASES`; the suite makes the columns: `number`,
    `missing` (numbers, some missing), `amount` (numbers of 0 and more),
    `positive` (numbers above 0), `code` (whole numbers of
    0…4), `codes` (three of them a row), `string` and `strings` (some missing), `image` (0…255).
    The feature and its column are called `x`; `beside` names the columns that are read beside it,
    and their kinds.
    """

    column: str
    transform: Transform
    beside: tuple[tuple[str, str], ...] = ()


class Transform(ABC):
    """A declared transform: a frozen dataclass whose fields, all JSON-able, configure it."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that it reads beside what stands before it; none by default."""
        return ()

    @property
    def begins(self) -> bool:
        """Whether it stands first and names its columns itself: the feature's name is none."""
        return False

    @property
    def source(self) -> str | None:
        """The one column that stands for that of the feature's name, if it begins with one."""
        return None

    def with_columns(self, columns: Mapping[str, Node]) -> Transform:
        """This transform, given the columns that it reads: itself if it reads none.

        Args:
            columns: What gives each column of `reads`.
        """
        del columns
        return self

    @property
    def learns(self) -> bool:
        """Whether something is learned, so that a pass over the data is needed."""
        return False

    @property
    def passes(self) -> int:
        """How many passes over the data it takes at least, to be told before they run."""
        return int(self.learns)

    def entries(self, name: str) -> tuple[str, ...] | None:
        """What each number that it makes is called; `None` if the graph tells.

        Args:
            name: The feature's name.
        """
        del name
        return None

    def needs(self, x: Node) -> dict[str, Need]:
        """The statistics to learn from what `x` computes, by name; none by default."""
        del x
        return {}

    def tokens(self, learned: Mapping[str, Learned]) -> tuple[Any, ...] | None:
        """The vocabulary that it looks up, without special codes; `None` if it has none."""
        del learned
        return None

    def known(self, column: str, learned: Mapping[str, Learned]) -> Mapping[Any, int] | None:
        """Which values of a column that it `reads` it tells apart, and how often each was met.

        Args:
            column: The column.
            learned: As in `lower`.
        """
        del column, learned
        return None

    @property
    def takes_text(self) -> bool:
        """Whether text is what it is made for: a column without any value is text, then."""
        return False

    @property
    def takes_integers(self) -> bool:
        """Whether whole numbers are taken as such, and not as floats."""
        return False

    @property
    def compares(self) -> bool:
        """Whether values are compared with learned ones, so that rounding them first would tell."""
        return False

    @property
    def accepts_missing(self) -> bool:
        """Whether a missing value may reach this transform; if so, none leaves it."""
        return False

    @abstractmethod
    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """The nodes that compute this transform of `x`.

        Args:
            x: The node of the column, or of the transform before.
            learned: For each name of `needs`, what its statistic's `value()` gave.
        """

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """The nodes that undo this transform.

        Raises:
            NotInvertibleError: If it can't be undone.
        """
        del y, learned
        name = type(self).__name__
        raise NotInvertibleError(
            f"{name} can't be undone.",
            remedy="Leave it out of the target, or use a transform that has an inverse.",
            transform=name,
        )

    def to_config(self) -> dict[str, Any]:
        """`{"name": …, "configuration": …}`, defaults left out."""
        fields = {
            field.name: getattr(self, field.name)
            for field in dc.fields(self)  # type: ignore[arg-type]
            if getattr(self, field.name) != field.default
        }
        return {"name": type(self).__name__, "configuration": _plain(fields)}

    @classmethod
    def from_config(cls, configuration: Mapping[str, Any]) -> Self:
        """The transform of a configuration that `to_config` gave."""
        return cls(**{key: _frozen(value) for key, value in configuration.items()})


def source_of(feature: str, chain: Sequence[Transform]) -> str | None:
    """The column that a chain transforms: that of the feature's name, unless it says otherwise."""
    return chain[0].source if chain and chain[0].begins else feature


def read_by(feature: str, chain: Sequence[Transform]) -> tuple[str, ...]:
    """The columns that a chain reads: the one that it transforms, and those beside it."""
    own = source_of(feature, chain)
    beside = [name for transform in chain for name in transform.reads]
    return tuple(dict.fromkeys([*([] if own is None else [own]), *beside]))


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case _:
            return value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
