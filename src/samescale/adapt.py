"""Adapt: run the statistics of a spec over training data, once, and freeze what they learned."""

from __future__ import annotations

import dataclasses as dc
import difflib
from typing import TYPE_CHECKING, Any

from samescale import engines, plan, sources
from samescale.contract import Starts, Use
from samescale.engines.base import Task
from samescale.engines.threads import Threads
from samescale.errors import DataError, SpecError
from samescale.freeze import freeze
from samescale.learn import learn
from samescale.profile import PROBABILITIES, samples
from samescale.profile.scaled import arrays
from samescale.progress import default
from samescale.statistics.extent import Extent
from samescale.statistics.missing import Missing
from samescale.statistics.moments import Moments
from samescale.statistics.quantiles import Quantiles
from samescale.transforms.base import read_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.contract import Transforms
    from samescale.engines.base import Engine
    from samescale.fitted import Fitted
    from samescale.progress import Progress
    from samescale.schema import Column
    from samescale.sources.base import Source
    from samescale.spec import Spec


def adapt(
    spec: Spec,
    data: object,
    *,
    weights: str | None = None,
    engine: Engine | str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    scaled: Mapping[str, tuple[float, float]] | None = None,
    **options: Any,
) -> Fitted:
    """Learn every statistic of `spec` from `data`; see `Spec.adapt`."""
    source = sources.open(data, **options)
    chains = _chains(spec)
    uses = _uses(spec, chains, source)
    if weights is not None:
        _check_weights(weights, spec, source)
    if source.rows == 0:
        raise DataError(f"There is no row in {source.description}.", remedy="Give training data.")
    inputs = [uses[name].column for name in spec.inputs]
    scaling = arrays(scaled, samples.numeric(inputs))
    starts = Starts([use.learning() for use in uses.values()])
    learning = learn(
        [starts.chain(name, chain) for name, chain in chains.items()],
        {**_profile_tasks(uses, starts), **samples.tasks(inputs, starts.number)},
        source,
        _engine(engine, threads, source),
        progress or default(),
        expected=plan.passes(chains.values()),
        weights=weights,
    )
    return freeze(spec, uses, learning, source.description, scaling)


def _engine(engine: Engine | str | None, threads: int | None, source: Source) -> Engine:
    if engine is not None and threads is not None:
        raise SpecError(
            f"There are threads={threads!r} beside engine={engine!r}.",
            remedy="Leave one out, or write engine='threads://4'.",
        )
    if engine is not None:
        return engines.open(engine)
    return Threads(threads) if threads is not None else engines.suited(source)


def _chains(spec: Spec) -> dict[str, Transforms]:
    return {**spec.columns, **{target.name: target.transforms for target in spec.targets}}


def _uses(spec: Spec, chains: Mapping[str, Transforms], source: Source) -> dict[str, Use]:
    there = {column.name: column for column in source.columns}
    uses = {}
    for name in (*spec.inputs, *(target.name for target in spec.targets)):
        readers = {f: chain for f, chain in chains.items() if name in read_by(f, chain)}
        if name in source.refused:
            raise source.refused[name]
        if name not in there:
            raise _lacking(name, [*readers], source)
        use = Use.of(there[name], chains)
        if name in source.untyped and any(t.takes_text for c in readers.values() for t in c):
            use = dc.replace(use, column=_as_text(use.column))
        uses[name] = use
    return uses


def _lacking(name: str, readers: list[str], source: Source) -> SpecError:
    there = [column.name for column in source.columns]
    near = difflib.get_close_matches(name, there, n=1)
    by = "" if name in readers else f", which '{readers[0]}' reads,"
    return SpecError(
        f"Column '{name}' of the spec{by} isn't in {source.description}.",
        remedy=f"Did you mean '{near[0]}'?" if near else f"It has {', '.join(there)}.",
        column=name,
    )


def _check_weights(weights: str, spec: Spec, source: Source) -> None:
    if not isinstance(weights, str):
        raise SpecError(
            f"weights is of type {type(weights).__name__}, and names no column.",
            remedy="Put the weights into the data, and give their column's name.",
        )
    if weights in source.refused:
        raise source.refused[weights]
    there = {column.name: column for column in source.columns}
    if weights not in there:
        near = difflib.get_close_matches(weights, there, n=1)
        raise SpecError(
            f"The column of weights, '{weights}', isn't in {source.description}.",
            remedy=f"Did you mean '{near[0]}'?" if near else f"It has {', '.join(there)}.",
            column=weights,
        )
    # The rows of class 0 would count for nothing.
    if weights in {target.name for target in spec.targets}:
        raise SpecError(
            f"Column '{weights}' is {_article(spec)} target and the weights.",
            remedy="Name a column that says what each row counts for, whatever its target is.",
            column=weights,
        )
    found = there[weights]
    if found.kind in {"string", "datetime"} or found.shape:
        shape = f" of shape {found.shape}" if found.shape else ""
        raise DataError(
            f"The weights '{weights}' are no numbers: they are of kind {found.kind}{shape}.",
            remedy="Name a column of numbers of 0 or more.",
            column=weights,
        )


def _article(spec: Spec) -> str:
    return "the" if len(spec.targets) == 1 else "a"


def _as_text(column: Column) -> Column:
    """A column without a value has no type of its own: it is what its chain takes."""
    return dc.replace(column, kind="string", dtype="string")


def _profile_tasks(uses: Mapping[str, Use], starts: Starts) -> dict[tuple[str, str], Task]:
    """What the profile asks of the raw columns: their entries pooled."""
    return {
        (name, asked): Task(name, starts.number(name), (), statistic)
        for name, use in uses.items()
        for asked, statistic in (_TEXT if use.family == "string" else _NUMBERS).items()
    }


_TEXT = {"missing": Missing()}
_NUMBERS = {
    "missing": Missing(),
    "extent": Extent(),
    "moments": Moments(),
    "quantiles": Quantiles(PROBABILITIES),
}
