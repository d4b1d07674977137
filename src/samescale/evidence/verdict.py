"""What is said of rows in the end: which mistake, where, how sure, and the way back."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.ir.types import Array

DRIFT: Final = "drift"
"""The name of what is no mistake: the population moved."""

Back: TypeAlias = Literal["affine", "exp", "expm1", "exp10", "log", "log1p", "missing"]


@final
@dc.dataclass(frozen=True, slots=True)
class Undo:
    """How one column's right values follow from what arrived.

    `affine` is `values * scale + shift`; the others are functions of that, times `factor` plus
    `offset`; `missing` puts NaN where a value equals `scale`.

    Attributes:
        source: The column in which its values arrived: another one where columns are exchanged.
        kind: The function.
        scale: The factor before it, or the sentinel.
        shift: What is added before it.
        factor: The factor behind a function that isn't affine.
        offset: What is added behind it.

    >>> Undo("weight", scale=0.001)(np.array([81000.0]))
    array([81.])
    """

    source: str
    kind: Back = "affine"
    scale: float = 1.0
    shift: float = 0.0
    factor: float = 1.0
    offset: float = 0.0

    def __call__(self, values: Array) -> Array:
        """The right values of this column, float64, from those of `source` that arrived."""
        values = np.asarray(values, np.float64)
        if self.kind == "missing":
            return np.where(values == self.scale, np.nan, values)
        with np.errstate(all="ignore"):
            inner = _BACK[self.kind](values * self.scale + self.shift)
            return inner * self.factor + self.offset


_BACK: Mapping[str, Callable[[Array], Array]] = {
    "affine": np.positive,
    "exp": np.exp,
    "expm1": np.expm1,
    "exp10": lambda values: np.power(10.0, values),
    "log": np.log,
    "log1p": np.log1p,
}


@final
@dc.dataclass(frozen=True, slots=True)
class Weighed:
    """One explanation of what arrived.

    Attributes:
        mistake: Its name in the catalogue, or `drift`.
        columns: The columns concerned, in the schema's order; none where all are.
        evidence: log10 of the e-value against training and ordinary drift: 3 is α = 0.001.
        detail: What exactly, in a few words: `×1000`, `°C for °F`, `exchanged with 'width'`.
        undo: By the column that it restores, the way back; empty where there is none.
    """

    mistake: str
    columns: tuple[str, ...] = ()
    evidence: float = 0.0
    detail: str = ""
    undo: Mapping[str, Undo] = dc.field(default_factory=dict)


@final
@dc.dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of some rows.

    Attributes:
        rows: How many were looked at.
        best: The explanation that is told; `None` where there is nothing to tell.
        alternatives: What else was weighed, the likeliest first.
    """

    rows: int
    best: Weighed | None = None
    alternatives: tuple[Weighed, ...] = ()

    @property
    def named(self) -> bool:
        """Whether a mistake is named: more than drift."""
        return self.best is not None and self.best.mistake != DRIFT
