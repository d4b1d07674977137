"""Learning: passes over a source until every statistic of every chain has its value."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

from samescale.engines.base import Fold, Task
from samescale.errors import DataError, SourceError
from samescale.plan import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samescale.engines.base import Engine
    from samescale.plan import Chain
    from samescale.progress import Progress
    from samescale.sources.base import Source
    from samescale.statistics.base import Statistic
    from samescale.transforms.base import Learned, Need


@final
@dc.dataclass(frozen=True, slots=True)
class Learning:
    """What the passes so far have given.

    Attributes:
        chains: Every feature's chain, as far as it has been learned.
        waiting: By feature, the values and unfinished statistics of the transform being learned.
        statistics: The statistics that were asked for beside the chains', by column and name.
        passes: How many passes were made.
        rows: How many rows each of them met.
        weights: The column of the rows' weights, if there is one.
    """

    chains: Mapping[str, Chain]
    waiting: Mapping[str, Mapping[str, Learned | Task]]
    statistics: Mapping[tuple[str, str], Statistic]
    passes: int = 0
    rows: int = 0
    weights: str | None = None

    @property
    def done(self) -> bool:
        """Whether every chain is learned."""
        return all(chain.done for chain in self.chains.values())


def learn(
    chains: Iterable[Chain],
    beside: Mapping[tuple[str, str], Task],
    source: Source,
    engine: Engine,
    progress: Progress,
    *,
    expected: int,
    weights: str | None = None,
) -> Learning:
    """Learn every chain, and in the first pass the statistics `beside` them.

    Args:
        chains: The features' chains, nothing learned yet.
        beside: Further statistics of raw columns, by column and name.
        source: The training data.
        engine: What runs the passes.
        progress: Who is told of rows.
        expected: How many passes there are at least, for the progress.
        weights: The column of the rows' weights, if there is one.
    """
    advanced = {chain.name: chain.advanced() for chain in chains}
    waiting = {name: _tasks(chain, weights) for name, chain in advanced.items()}
    state = Learning(advanced, waiting, {}, weights=weights)
    first = dict(beside)
    version = source.version
    while first or not state.done:
        of = max(expected, state.passes + 1)
        progress.start(f"adapt, pass {state.passes + 1} of {of}", source.rows)
        try:
            state = _pass(state, first, source, engine, progress)
        finally:
            progress.stop()
        if source.version != version:
            raise _written(source)
        first = {}
    return state


def _pass(
    state: Learning,
    beside: Mapping[tuple[str, str], Task],
    source: Source,
    engine: Engine,
    progress: Progress,
) -> Learning:
    own = {
        (column, name): task
        for column, values in state.waiting.items()
        for name, task in values.items()
        if isinstance(task, Task)
    }
    distinct, where = _distinct({**beside, **{("need", *key): task for key, task in own.items()}})
    fold = engine.run(Fold(tuple(distinct), weights=state.weights), source, progress)
    _check_rows(state, fold, source)
    # The tasks of this side: what came back from another process has nodes of its own.
    run = [
        dc.replace(task, statistic=back.statistic)
        for task, back in zip(distinct, fold.tasks, strict=True)
    ]
    found = {key: run[index] for key, index in where.items()}
    waiting = {
        column: {
            name: _settled(found[("need", column, name)]) if isinstance(task, Task) else task
            for name, task in values.items()
        }
        for column, values in state.waiting.items()
    }
    chains = {name: _advanced(chain, waiting[name]) for name, chain in state.chains.items()}
    return Learning(
        chains,
        {
            name: waiting[name] if chain is state.chains[name] else _tasks(chain, state.weights)
            for name, chain in chains.items()
        },
        {**state.statistics, **{key: found[key].statistic for key in beside}},
        state.passes + 1,
        fold.rows,
        state.weights,
    )


def _check_rows(state: Learning, fold: Fold, source: Source) -> None:
    if not fold.rows:
        raise DataError(f"There is no row in {source.description}.", remedy="Give training data.")
    if fold.rows == fold.weightless:
        raise DataError(
            f"Every weight in column '{state.weights}' is 0.",
            remedy="Name a column that says what each row counts for.",
            column=state.weights,
        )
    if state.passes and fold.rows != state.rows:
        raise SourceError(
            f"{source.description} had {state.rows} rows when it was first read, now {fold.rows}.",
            remedy="Adapt on data that nothing writes to meanwhile.",
            rows=fold.rows,
        )


def _written(source: Source) -> SourceError:
    return SourceError(
        f"{source.description} was written to while it was read.",
        remedy="Adapt on data that nothing writes to meanwhile.",
    )


def _tasks(chain: Chain, weights: str | None) -> dict[str, Learned | Task]:
    return {name: _task(chain, need, weights) for name, need in chain.needs().items()}


def _task(chain: Chain, need: Need, weights: str | None) -> Task:
    with named(chain.name):
        statistic = need.statistic if weights is None else need.statistic.weighted()
    return Task(chain.name, chain.node, need.axes, statistic, need.by, weights is not None)


def _settled(task: Task) -> Learned | Task:
    """The statistic's value, or the task that the next pass must run for it."""
    refined = task.statistic.refine()
    if refined is not None:
        return dc.replace(task, statistic=refined)
    with named(task.name):
        return task.statistic.value()


def _advanced(chain: Chain, values: Mapping[str, Learned | Task]) -> Chain:
    settled = {name: value for name, value in values.items() if not isinstance(value, Task)}
    if chain.done or len(settled) < len(values):
        return chain
    return chain.lowered(settled).advanced()


def _distinct(tasks: Mapping[Any, Task]) -> tuple[list[Task], dict[Any, int]]:
    """Each task once, and where each one's answer is found: the profile asks what a chain asks."""
    distinct: list[Task] = []
    alike: dict[Any, list[int]] = {}
    where: dict[Any, int] = {}
    for key, task in tasks.items():
        near = alike.setdefault((id(task.node), id(task.by), task.axes, task.weighted), [])
        same = [index for index in near if distinct[index].statistic == task.statistic]
        where[key] = same[0] if same else len(distinct)
        if not same:
            near.append(len(distinct))
            distinct.append(task)
    return distinct, where
