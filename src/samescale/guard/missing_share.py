"""SG203: another share of missing values than in training."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, ClassVar, Self, final

import numpy as np

from samescale.findings import Finding
from samescale.guard.base import Rule, counted
from samescale.guard.chance import interval, surprise
from samescale.ir.types import FLOATS
from samescale.native.identity import distinct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.guard.base import Training
    from samescale.ir.types import Array

FALSE_ALARMS = 1e-6
"""At most this share of batches that are like training is reported, a column."""

WORTH_TELLING = 0.01
"""A difference of less than one percentage point is reported only if it is twofold."""

# Four tails share the false alarms: training's share and the batch's, above and below.
_NATS = -math.log(FALSE_ALARMS / 4)


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class _Column:
    name: str
    share: float
    low: float
    high: float
    is_float: bool


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class MissingShare(Rule):
    """Whether the share of missing values can't be that of training.

    Both shares are uncertain: training's is known to lie in an interval (Chernoff's bound), and
    the batch must be impossible under either end of it. So three missing values prove nothing
    against a column that had some, and one row never speaks. Fewer missing values are reported
    as well: they mean that somebody upstream fills them in.
    """

    code: ClassVar[str] = "SG203"
    name: ClassVar[str] = "missing_share"
    columns: tuple[_Column, ...]
    enough: float

    @classmethod
    def of(cls, training: Training) -> Self:
        """The rule, made ready for a training."""
        columns = []
        for column in training.schema.columns:
            profile = training.profile.columns.get(column.name)
            speaks = column.dtype in FLOATS or column.dtype == "string"
            if profile and profile.rows and speaks and not column.shape:
                low, high = interval(profile.missing, profile.rows, _NATS)
                share = profile.missing / profile.rows
                columns.append(_Column(column.name, share, low, high, column.dtype in FLOATS))
        return cls(tuple(columns), min(map(_enough, columns), default=math.inf))

    def bounds(self) -> Mapping[str, tuple[float, float]] | None:
        """Everything, where one row proves nothing."""
        return {} if self.enough > 1 else None

    def check(self, columns: Mapping[str, Array], rows: int) -> Iterator[Finding]:
        """The columns with another share of missing values."""
        if rows < self.enough:
            return
        for column in self.columns:
            missing = _missing(columns[column.name], column)
            edge = min(max(missing.mean(), column.low), column.high)
            if surprise(int(missing.sum()), rows, edge) > _NATS:
                yield from _finding(column, missing)


def _enough(column: _Column) -> float:
    """The rows from which on the most extreme batch would be reported."""
    most = max(-math.log(column.high), -math.log1p(-column.low)) if column.low < 1 else math.inf
    return _NATS / most if most else math.inf


def _missing(values: Array, column: _Column) -> Array:
    if column.is_float:
        return np.isnan(values)
    few = distinct(values)
    if few is None:
        return np.asarray(values == None)  # noqa: E711 - elementwise
    return np.asarray((few[0] == None).take(few[1]))  # noqa: E711 - elementwise


def _finding(column: _Column, missing: Array) -> Iterator[Finding]:
    share = float(missing.mean())
    small, large = sorted((share, column.share))
    if large - small < WORTH_TELLING and large < 2 * small:
        return
    more = share > column.share
    yield Finding(
        MissingShare.code,
        f"Column '{column.name}' is missing in {share:.2%} of {counted(len(missing))}; "
        f"in training it was in {column.share:.2%}.",
        "Look upstream for a lost feed or join."
        if more
        else "Look upstream for someone who fills missing values in: that is samescale's work.",
        severity="warning",
        column=column.name,
        row=int(np.argmax(missing)) if more else None,
        share=share,
    )
