"""Adapt: run the statistics of a spec over training data, once, and freeze what they learned."""

from __future__ import annotations

import dataclasses as dc
import difflib
from typing import TYPE_CHECKING, Any

from samescale import plan, sources
from samescale.engines.base import Task
from samescale.engines.threads import Threads
from samescale.errors import DataError, SpecError
from samescale.freeze import freeze, learning_node
from samescale.learn import learn
from samescale.profile import PROBABILITIES
from samescale.progress import default
from samescale.statistics.extent import Extent
from samescale.statistics.missing import Missing
from samescale.statistics.moments import Moments
from samescale.statistics.quantiles import Quantiles

if TYPE_CHECKING:
    from samescale.engines.base import Engine
    from samescale.fitted import Fitted
    from samescale.plan import Chain
    from samescale.progress import Progress
    from samescale.schema import Column
    from samescale.sources.base import Source
    from samescale.spec import Spec


def adapt(
    spec: Spec,
    data: object,
    *,
    progress: Progress | None = None,
    threads: int | None = None,
    engine: Engine | None = None,
    **options: Any,
) -> Fitted:
    """Learn every statistic of `spec` from `data`; see `Spec.adapt`."""
    source = sources.open(data, **options)
    declared = _declared(spec, source)
    if source.rows == 0:
        raise DataError(f"There is no row in {source.description}.", remedy="Give training data.")
    chains = [
        plan.Chain(name, chain, learning_node(declared[name], chain))
        for name, chain in _chains(spec).items()
    ]
    learning = learn(
        chains,
        _profile_tasks(chains, declared),
        source,
        engine or Threads(threads),
        progress or default(),
        expected=plan.passes(chain.transforms for chain in chains),
    )
    return freeze(spec, declared, learning, source.description)


def _chains(spec: Spec) -> dict[str, tuple[Any, ...]]:
    target = {} if spec.target is None else {spec.target.name: spec.target.transforms}
    return {**spec.columns, **target}


def _declared(spec: Spec, source: Source) -> dict[str, Column]:
    there = {column.name: column for column in source.columns}
    for name in _chains(spec):
        if name in source.refused:
            raise source.refused[name]
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1)
            raise SpecError(
                f"Column '{name}' of the spec isn't in {source.description}.",
                remedy=f"Did you mean '{near[0]}'?" if near else f"It has {', '.join(there)}.",
                column=name,
            )
    return {
        name: _as_text(there[name])
        if name in source.untyped and _takes_text(chain)
        else there[name]
        for name, chain in _chains(spec).items()
    }


def _takes_text(chain: tuple[Any, ...]) -> bool:
    return any(transform.takes_text for transform in chain)


def _as_text(column: Column) -> Column:
    """A column without a value has no type of its own: it is what its chain takes."""
    return dc.replace(column, kind="string", dtype="string")


def _profile_tasks(chains: list[Chain], declared: dict[str, Column]) -> dict[tuple[str, str], Task]:
    """What the profile asks of the raw columns: their entries pooled."""
    tasks = {}
    for chain in chains:
        column = declared[chain.column]
        asked = {"missing": Missing()} if column.kind == "string" else _NUMBERS
        start = chain.node
        for name, statistic in asked.items():
            tasks[chain.column, name] = Task(chain.column, start, (), statistic)
    return tasks


_NUMBERS = {
    "missing": Missing(),
    "extent": Extent(),
    "moments": Moments(),
    "quantiles": Quantiles(PROBABILITIES),
}
