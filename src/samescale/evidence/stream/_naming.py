"""Which mistake it is, once something is known to be wrong: what the last rows say together."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale.evidence.verdict import DRIFT, Verdict, Weighed

if TYPE_CHECKING:
    from samescale.evidence.reference import Reference
    from samescale.evidence.stream._recent import Recent
    from samescale.evidence.stream._tables import Tables
    from samescale.ir.types import Array

ALPHA: Final = 0.01
"""How sure a name is against drift, given that the stream has an alarm."""

_OFTEN: Final = 16  # times that the rows of an alarm are looked at one after the other


@final
@dc.dataclass(frozen=True, slots=True)
class Told:
    """What is said of an alarm.

    Attributes:
        best: What it is.
        others: What else it may be.
        times: How often it was asked.
    """

    best: Weighed | None = None
    others: tuple[Weighed, ...] = ()
    times: int = 0


def next_name(
    told: Told, reference: Reference, tables: Tables, recent: Recent, which: int, evidence: float
) -> Told:
    """What to say of an alarm now.

    Many rows after the alarm there is nothing new in each: it is looked at ever more rarely.

    Args:
        told: What was said before.
        reference: The distribution of training, which diagnoses rows.
        tables: Levels by cell.
        recent: The last rows.
        which: The hypothesis that the alarm is about.
        evidence: log10 of the e-value that something is wrong.
    """
    times = told.times + 1
    if times > _OFTEN and times & (times - 1):
        return dc.replace(told, times=times)
    values, repeats = recent.last()
    kept = (np.arange(len(values)) >= began(tables, values, which)) & ~repeats
    found = _diagnosed(reference, values[kept])
    if found.best is not None and found.named:
        return Told(dc.replace(found.best, evidence=evidence), found.alternatives, times)
    if told.best is not None and (told.best.mistake != DRIFT or not kept.any()):
        return dc.replace(told, times=times)
    return Told(Weighed(DRIFT, (), evidence), found.alternatives, times)


def _diagnosed(reference: Reference, values: Array) -> Verdict:
    if not len(values):
        return Verdict(0)
    with np.errstate(all="ignore"):
        return reference.diagnose(values, alpha=ALPHA)


def began(tables: Tables, values: Array, which: int) -> int:
    """Since which of some rows a hypothesis explains them best; how many there are if none."""
    scores = tables.rough(tables.found(values), which)
    after = np.append(np.cumsum(scores[::-1])[::-1], 0.0)
    return int(np.argmax(after))
