"""Put a detector before the cases of a setting, and keep what it says of each."""

from __future__ import annotations

import dataclasses as dc
import math
import random
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, final

from benchmarks.mistakes.cases import case
from benchmarks.mistakes.labels import OK, Answer
from benchmarks.mistakes.record import Record
from benchmarks.mistakes.setting import Setting, settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.mistakes.cases import Case
    from benchmarks.mistakes.labels import Detector

CLEAN: Final = {1: 100, 8: 60, 32: 40, 128: 20, 1024: 8}


@final
@dc.dataclass(frozen=True, slots=True)
class Plan:
    """How many batches a setting has.

    Attributes:
        reps: Of each mistake and size.
        benign: Of each benign kind and size.
        clean: Of clean batches, by size.
        sizes: The sizes; all, if there is none.
        only: The mistakes and benign kinds; all, if there is none.
        limit: Seconds for a data set; what isn't judged by then is left out. Kinds and sizes then
            come in an order of chance, so that none is left out more than others.
    """

    reps: int = 3
    benign: int = 6
    clean: Mapping[int, int] = dc.field(default_factory=lambda: dict(CLEAN))
    sizes: Sequence[int] = ()
    only: Sequence[str] = ()
    limit: float = math.inf

    def batches(self, setting: Setting) -> Iterator[tuple[str, int, int]]:
        """What is made of a setting: the kind, the size, how many."""
        for kind in (*setting.mistakes, *setting.benign):
            if self.only and kind not in self.only:
                continue
            for n in setting.sizes:
                if not self.sizes or n in self.sizes:
                    yield kind, n, self._count(setting, kind, n)

    def _count(self, setting: Setting, kind: str, n: int) -> int:
        if kind == "clean":
            return self.clean.get(n, 0)
        return self.reps if kind in setting.mistakes else self.benign


def detector(name: str, **told: Any) -> Detector:
    """A detector by the name of its module and class: `module:Class`, and what it is told."""
    module, _, made = name.partition(":")
    found: Detector = getattr(import_module(module), made)(**told)
    return found


def judged(name: str, dataset: str, seed: int, plan: Plan) -> Iterator[Record]:
    """Every record of a data set with a seed."""
    made = [setting for setting in settings(dataset, seed) if any(plan.batches(setting))]
    for setting in made:
        yield from answered(name, setting, _cases(setting, plan, plan.limit / len(made)))


def answered(name: str, setting: Setting, cases: Iterable[Case | None]) -> Iterator[Record]:
    """What a detector says of some cases of a setting."""
    guard = detector(name)
    began = time.perf_counter()
    try:
        guard.fit(setting.train, setting.context)
    except Exception as error:  # noqa: BLE001 - a peer that can't learn this is named
        print(f"{name} can't learn {setting.dataset}: {error!r}"[:200], file=sys.stderr)
        return
    fit = time.perf_counter() - began
    for made in cases:
        if made is not None:
            yield _record(setting, made, guard, fit)


def _cases(setting: Setting, plan: Plan, limit: float) -> Iterator[Case]:
    until = time.perf_counter() + limit
    batches = list(plan.batches(setting))
    if plan.limit < math.inf:
        random.Random(0).shuffle(batches)
    for kind, n, count in batches:
        for rep in range(count):
            made = case(setting, kind, n, rep)
            if made is None or time.perf_counter() > until:
                break
            yield made


def _record(setting: Setting, made: Case, guard: Detector, fit: float) -> Record:
    began, error = time.perf_counter(), ""
    try:
        answer = guard.diagnose(made.batch)
    except Exception as raised:  # noqa: BLE001 - what a detector raises is counted, as no answer
        answer, error = Answer(OK), repr(raised)[:200]
    micros = (time.perf_counter() - began) * 1e6
    concerned, told = set(made.columns), set(map(int, answer.columns))
    return Record(
        dataset=setting.dataset,
        expects=setting.expects,
        split=setting.split,
        seed=setting.seed,
        mistake=made.mistake,
        label=made.label,
        n=len(made.batch),
        rep=made.rep,
        verdict=answer.label,
        named=int(answer.label in made.accept),
        noop=int(made.noop),
        benign=int(made.benign),
        effect=round(made.effect, 4),
        column=int(bool(concerned & told)) if concerned else -1,
        overlap=round(len(concerned & told) / max(1, len(concerned | told)), 3),
        score=round(float(answer.score), 3),
        micros=round(micros, 1),
        fit=round(fit, 4),
        detail=made.detail,
        told=answer.detail,
        error=error,
    )
