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
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class Learning:
    """What the passes so far have given.

    Attributes:
        chains: Every column's chain, as far as it has been learned.
        waiting: By column, the values and unfinished statistics of the transform being learned.
        statistics: The statistics that were asked for beside the chains', by column and name.
        passes: How many passes were made.
        rows: How many rows each of them met.
    """

    chains: Mapping[str, Chain]
    waiting: Mapping[str, Mapping[str, Learned | Task]]
    statistics: Mapping[tuple[str, str], Statistic]
    passes: int = 0
    rows: int = 0

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
) -> Learning:
    """Learn every chain, and in the first pass the statistics `beside` them.

    Args:
        chains: The columns' chains, nothing learned yet.
        beside: Further statistics of raw columns, by column and name.
        source: The training data.
        engine: What runs the passes.
        progress: Who is told of rows.
        expected: How many passes there are at least, for the progress.
    """
    advanced = {chain.column: chain.advanced() for chain in chains}
    state = Learning(advanced, {name: _tasks(chain) for name, chain in advanced.items()}, {})
    first = dict(beside)
    while first or not state.done:
        of = max(expected, state.passes + 1)
        progress.start(f"adapt, pass {state.passes + 1} of {of}", source.rows)
        try:
            state = _pass(state, first, source, engine, progress)
        finally:
            progress.stop()
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
    fold = engine.run(Fold(tuple(distinct)), source, progress)
    _check_rows(state, fold.rows, source)
    found = {key: fold.tasks[index] for key, index in where.items()}
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
            name: waiting[name] if chains[name] is state.chains[name] else _tasks(chains[name])
            for name in chains
        },
        {**state.statistics, **{key: found[key].statistic for key in beside}},
        state.passes + 1,
        fold.rows,
    )


def _check_rows(state: Learning, rows: int, source: Source) -> None:
    if not rows:
        raise DataError(f"There is no row in {source.description}.", remedy="Give training data.")
    if state.passes and rows != state.rows:
        raise SourceError(
            f"{source.description} had {state.rows} rows when it was first read, now {rows}.",
            remedy="Adapt on data that nothing writes to meanwhile.",
            rows=rows,
        )


def _tasks(chain: Chain) -> dict[str, Learned | Task]:
    return {
        name: Task(chain.column, chain.node, need.axes, need.statistic)
        for name, need in chain.needs().items()
    }


def _settled(task: Task) -> Learned | Task:
    """The statistic's value, or the task that the next pass must run for it."""
    refined = task.statistic.refine()
    if refined is not None:
        return dc.replace(task, statistic=refined)
    with named(task.column):
        return task.statistic.value()


def _advanced(chain: Chain, values: Mapping[str, Learned | Task]) -> Chain:
    settled = {name: value for name, value in values.items() if not isinstance(value, Task)}
    if chain.done or len(settled) < len(values):
        return chain
    return chain.lowered(settled).advanced()


def _distinct(tasks: Mapping[Any, Task]) -> tuple[list[Task], dict[Any, int]]:
    """Each task once, and where each one's answer is found: the profile asks what a chain asks."""
    distinct: list[Task] = []
    where: dict[Any, int] = {}
    for key, task in tasks.items():
        same = [index for index, other in enumerate(distinct) if _same(task, other)]
        where[key] = same[0] if same else len(distinct)
        if not same:
            distinct.append(task)
    return distinct, where


def _same(one: Task, other: Task) -> bool:
    return (
        one.column == other.column
        and one.node is other.node
        and one.axes == other.axes
        and one.statistic == other.statistic
    )
