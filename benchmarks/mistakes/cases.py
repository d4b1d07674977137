"""A case: one labelled batch. The same arguments give the same batch, everywhere."""

from __future__ import annotations

import dataclasses as dc
import zlib
from typing import TYPE_CHECKING, final

import numpy as np

from benchmarks.mistakes import faults
from benchmarks.mistakes.faults import drift
from benchmarks.mistakes.rows import HOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.mistakes.labels import Array
    from benchmarks.mistakes.setting import Setting

TRIES = 30  # other rows are drawn where a mistake changes none of these
FARTHEST = 1e6
ACCEPTED = {**faults.BENIGN_TABLES, **faults.BENIGN_IMAGES}
ACCEPTED["drift_time"] = frozenset({"ok", "drift"})


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One labelled batch.

    Attributes:
        mistake: What was done: a key of `faults.TABLES` or `faults.IMAGES`, or a benign kind.
        label: The right answer.
        accept: All answers that are right.
        batch: What arrives, float64; of half of the cases what is left of it after float32.
        rep: Which of the batches of this mistake and size.
        columns: The columns that the mistake concerns.
        detail: Which mistake exactly.
        noop: Whether it changed nothing: then there is nothing to find.
        effect: How far the changed cells moved, in training's deviations, as a root mean square.
        benign: Whether it is no mistake.
    """

    mistake: str
    label: str
    accept: frozenset[str]
    batch: Array
    rep: int
    columns: Sequence[int] = ()
    detail: str = ""
    noop: bool = False
    effect: float = 0.0
    benign: bool = False


def case(setting: Setting, mistake: str, n: int, rep: int = 0) -> Case | None:
    """A batch of `n` rows, or `None` where the mistake can't be made of these data."""
    parts = setting.dataset, setting.expects, setting.split, mistake
    rng = np.random.default_rng([zlib.crc32("|".join(parts).encode()), setting.seed, n, rep])
    short = bool(rng.integers(0, 2))
    table = faults.IMAGES if setting.kind == "image" else faults.TABLES
    if mistake in table:
        found = _wrong(setting, table[mistake], n, rng)
    else:
        found = _benign(setting, mistake, n, rng)
    if found is None:
        return None
    batch = found.batch.astype(np.float32).astype(np.float64) if short else found.batch
    accept = faults.ONE_ROW if n == 1 and mistake in faults.ONE_ROW else found.accept
    return dc.replace(found, mistake=mistake, batch=batch, rep=rep, accept=accept)


def _benign(setting: Setting, kind: str, n: int, rng: np.random.Generator) -> Case | None:
    raw = setting.rows.choose(rng, n, HOW.get(kind, "random"))
    make = faults.MOVING.get(kind, drift.clean)
    arrived = make(faults.Sent(raw, setting.known, setting.expects, rng))
    if arrived is None:
        return None
    accept = ACCEPTED[kind]
    if kind == "clean" and n > len(setting.rows.live):  # drawn with replacement: no population
        accept |= {"drift"}
    label = "ok" if kind.startswith("clean") else "drift"
    return Case(kind, label, accept, arrived.values, 0, benign=True)


def _wrong(setting: Setting, kind: faults.Kind, n: int, rng: np.random.Generator) -> Case | None:
    for left in reversed(range(TRIES)):
        sent = faults.Sent(setting.rows.choose(rng, n), setting.known, setting.expects, rng)
        arrived = kind.make(sent)
        if arrived is None:
            return None
        changed = _changed(arrived.values, sent.right())
        if changed.any() or not left:
            effect = _effect(setting, arrived.values, sent.right(), changed)
            told = arrived.columns, arrived.detail, not changed.any(), effect
            return Case("", kind.label, kind.accept, arrived.values, 0, *told)
    return None


def _changed(values: Array, right: Array) -> Array:
    one, other = (np.nan_to_num(cells, nan=-9e99) for cells in (values, right))
    changed: Array = ~np.isclose(one, other, rtol=1e-9, atol=1e-12)
    return changed


def _effect(setting: Setting, values: Array, right: Array, changed: Array) -> float:
    unit = {"unit": 255.0, "pm1": 127.5}.get(setting.expects, 1.0)
    normalised = setting.expects == "normalised"
    deviation = np.ones(values.shape[-1]) if normalised else setting.known.std / unit
    with np.errstate(all="ignore"):
        apart = np.nan_to_num(np.abs(values - right) / deviation, nan=10.0, posinf=FARTHEST)
    moved = np.minimum(apart[changed], FARTHEST)
    return float(np.sqrt(np.mean(moved**2))) if moved.size else 0.0
