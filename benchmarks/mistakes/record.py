"""What is kept of a case: one line of a CSV file."""

from __future__ import annotations

import csv
import dataclasses as dc
import os
from typing import TYPE_CHECKING, final, get_type_hints

from benchmarks.mistakes.labels import DRIFT, MISTAKES, OK

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@final
@dc.dataclass(frozen=True, slots=True)
class Record:
    """A case and what was said of it.

    Attributes:
        dataset: The data set.
        expects: What the model wants.
        split: How the rows were split.
        seed: The seed.
        mistake: What was done.
        label: The right answer.
        n: The rows of the batch.
        rep: Which of the batches of its kind and size.
        verdict: The answer.
        named: 1 if the answer is a right one.
        noop: 1 if the mistake changed nothing.
        benign: 1 if it is no mistake.
        effect: How far the cells moved, in training's deviations.
        column: 1 if a column that is concerned was told, 0 if none, -1 if the mistake has none.
        overlap: What is told and concerned, of what is told or concerned.
        score: The evidence that was told.
        micros: How long the answer took, in microseconds.
        fit: How long learning took, in seconds.
        detail: Which mistake exactly.
        told: What the answer said of it.
        error: What was raised instead of an answer.
    """

    dataset: str
    expects: str
    split: str
    seed: int
    mistake: str
    label: str
    n: int
    rep: int
    verdict: str
    named: int
    noop: int
    benign: int
    effect: float
    column: int
    overlap: float
    score: float
    micros: float
    fit: float
    detail: str = ""
    told: str = ""
    error: str = ""

    @property
    def alarm(self) -> bool:
        """Whether anything was told, drift included."""
        return self.verdict != OK

    @property
    def falsely(self) -> bool:
        """Whether a mistake was named that wasn't made."""
        return self.verdict in MISTAKES and not self.named

    @property
    def drifted(self) -> bool:
        """Whether drift was told."""
        return self.verdict == DRIFT


def write(path: Path, records: Iterable[Record]) -> None:
    """Write records; whoever is interrupted leaves no half of a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with beside.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(field.name for field in dc.fields(Record))
        lines.writerows(dc.astuple(record) for record in records)
    beside.replace(path)


def read(path: Path) -> list[Record]:
    """The records of a file."""
    types = get_type_hints(Record)
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Record(**{name: types[name](value) for name, value in line.items()})
            for line in csv.DictReader(file)
        ]
