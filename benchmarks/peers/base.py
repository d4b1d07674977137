"""What a peer offers: to learn something of the same data, in one of its ways."""

from __future__ import annotations

import dataclasses as dc
from importlib import metadata
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np


@final
@dc.dataclass(frozen=True, slots=True)
class Work:
    """What is to be learned from. It is data: a process of its own is sent one.

    Attributes:
        kind: What is learned of what: moments of an `array`, of `chunks`, of `batches` or of a
            `parquet` file; `quantiles` of an array; the vocabulary of `words` or of a `coded` file.
        rows: How many rows it has.
        draw: Which of `data.DRAWS`.
        columns: How many columns it has.
        batch: Rows a batch or chunk, where it is given in such.
        path: The file, where it is one.
    """

    kind: str
    rows: int
    draw: str = "scales"
    columns: int = 20
    batch: int = 0
    path: str = ""


@final
@dc.dataclass(frozen=True, slots=True)
class Prepared:
    """What can be timed.

    Attributes:
        once: Learns once; all that comes before it, like starting a cluster, isn't timed.
        learned: What was learned, from what `once` gave, so that it can be compared with what the
            others learned: lists of numbers; `None` where it only reads. Of a table they are the
            means and the variances of the columns, of quantiles those of each column, of a
            vocabulary how many words there are and how often the ten most frequent occur.
    """

    once: Callable[[], Any]
    learned: Callable[[Any], Sequence[Sequence[float] | np.ndarray] | None]


@final
@dc.dataclass(frozen=True, slots=True)
class Offer:
    """One way in which a peer learns.

    Attributes:
        name: How it stands in the tables.
        kind: Which kind of work it takes.
        prepare: Makes ready for a piece of work.
        packages: The distributions that must be installed.
        environment: Variables that are set before its process starts.
        apart: Whether it brings processes of its own, which take their turns when the others are
            done.
        tolerance: How far its mean, in standard deviations, and its variance, relatively, may be
            from the exact ones on the tables of the timings. Beyond it, it learned something else.
    """

    name: str
    kind: str
    prepare: Callable[[Work], Prepared]
    packages: tuple[str, ...] = ()
    environment: Mapping[str, str] = dc.field(default_factory=dict)
    apart: bool = False
    tolerance: float = 1e-6

    @property
    def missing(self) -> tuple[str, ...]:
        """The packages that aren't installed."""
        return tuple(name for name in self.packages if not _installed(name))


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
