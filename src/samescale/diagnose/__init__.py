"""Compare any two tables, or a bundle and a table: which mistake, where, and what to change."""

from __future__ import annotations

import dataclasses as dc
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, final

from samescale.diagnose import given, learned
from samescale.diagnose.columns import compare, named
from samescale.diagnose.course import course
from samescale.diagnose.diagnosis import Diagnosis as Diagnosis
from samescale.diagnose.diagnosis import Side
from samescale.diagnose.known import Known
from samescale.diagnose.plain import Plain
from samescale.diagnose.rows import Rows
from samescale.diagnose.told import told
from samescale.diagnose.weigh import findings, weigh
from samescale.errors import SourceError, SpecError
from samescale.progress import default
from samescale.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.diagnose.weigh import Weighing
    from samescale.evidence.verdict import Verdict
    from samescale.fitted import Fitted
    from samescale.progress import Progress
    from samescale.sources.base import Source


def diagnose(  # noqa: PLR0913 - what is compared, and how, each by keyword
    train: object,
    live: object,
    *,
    alpha: float = 1e-3,
    scaled: Mapping[str, tuple[float, float]] | None = None,
    columns: Sequence[str] | None = None,
    seed: int = 0,
    needed: bool = True,
    progress: Progress | None = None,
    **options: Any,
) -> Diagnosis:
    """Compare live rows with training, and name the mistake in them, if there is one.

    Neither needs a model. A table is whatever `adapt` takes; a folder of pictures, a `.npy` or
    `.npz` file and a plain NumPy array are taken as well. Columns are matched by name. Of a long
    table a fair sample is looked at row by row; statistics of training are of all rows.

    Args:
        train: A table of training, or a bundle: its path, a `Predictor` or a `Fitted`.
        live: What arrived.
        alpha: How often rows that are like training may be given a mistake's name.
        scaled: Where training is a table that was normalised outside, the mean and the standard
            deviation by which, as `{"age": (38.6, 13.7)}`: raw rows are told from it then.
        columns: The columns to compare; of training's, all that can be if left out.
        seed: What the choice of sampled rows follows from.
        needed: Whether to compute how many rows tell each mistake, which takes a second or two.
        progress: Who is told how far it is; a bar on a terminal if left out.
        options: What the sources take, as `dtypes={"code": "string"}` for CSV files.

    Returns:
        The diagnosis: verdict, findings, columns, evidence over time, rows needed.

    Raises:
        SourceError: If one of the two can't be read, or no column is in both.
        BundleError: If a bundle isn't whole.
        SpecError: If `alpha` is no chance, or a column of `columns` or `scaled` isn't there.

    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> train = {"age": random.normal(40, 12, 1000), "size": random.normal(172, 9, 1000)}
    >>> live = {name: (v[:50] - v.mean()) / v.std() for name, v in train.items()}
    >>> diagnose(train, live, needed=False).verdict.best.mistake
    'already-normalised'
    """
    if not 0 < alpha < 1:
        raise SpecError(
            f"alpha={alpha!r} is no chance.", remedy="Give a number between 0 and 1.", value=alpha
        )
    how = _How(scaled, columns, seed, needed, progress or default(), options)
    fitted = given.bundle(train)
    if fitted is not None and scaled is not None:
        raise SpecError(
            "A bundle says itself how its training was scaled, and there is scaled= as well.",
            remedy="Leave scaled= out.",
        )
    if fitted is None:
        known, arrived, skipped = _tables(train, live, how)
    else:
        known, arrived, skipped = _bundle(fitted, train, live, how)
    return _diagnosis(known, arrived, alpha, skipped, how)


@final
@dc.dataclass(frozen=True, slots=True)
class _How:
    """What is asked for beside the two that are compared."""

    scaled: Mapping[str, tuple[float, float]] | None
    columns: Sequence[str] | None
    seed: int
    needed: bool
    progress: Progress
    options: Mapping[str, Any]


def _tables(train: object, live: object, how: _How) -> tuple[Known, Rows, dict[str, str]]:
    skipped: dict[str, str] = {}
    source = given.table(train, skipped=skipped, seed=how.seed, **how.options)
    like = Schema(Plain(source).columns)
    there = given.table(live, like, skipped=skipped, seed=how.seed, **how.options)
    known = learned.learn(
        source,
        given.described(train, source),
        there={column.name for column in there.columns} | {*there.refused},
        asked=how.columns,
        scaled=how.scaled,
        seed=how.seed,
        progress=how.progress,
    )
    skipped |= known.skipped
    rest = {column.name for column in there.columns} - {*like.names, *source.refused}
    if how.columns is None:
        skipped |= dict.fromkeys(sorted(rest), "training doesn't have it")
    return known, _rows(known, live, there, skipped, how), skipped


def _bundle(
    fitted: Fitted, train: object, live: object, how: _How
) -> tuple[Known, Rows, dict[str, str]]:
    if how.columns is not None:
        raise SpecError(
            "A bundle's columns are weighed together, and columns= names some of them.",
            remedy="Leave columns= out, or compare with the training's table.",
        )
    rows = int(fitted.provenance.get("rows", 0)) or _seen(fitted)
    named = str(train) if isinstance(train, str) or hasattr(train, "__fspath__") else repr(train)
    known = Known(Side(named, rows, 0), fitted, is_contract=True, values={}, skipped={})
    skipped: dict[str, str] = {}
    source = given.table(live, fitted.schema, skipped=skipped, seed=how.seed, **how.options)
    rest = {column.name for column in source.columns} - {*fitted.schema.names}
    skipped |= dict.fromkeys(sorted(rest), "the bundle doesn't read it")
    return known, _rows(known, live, source, skipped, how), skipped


def _seen(fitted: Fitted) -> int:
    return max((column.rows for column in fitted.profile.columns.values()), default=0)


def _rows(known: Known, live: object, source: Source, skipped: dict[str, str], how: _How) -> Rows:
    there = {column.name for column in source.columns}
    names = [name for name in known.fitted.schema.names if name in there]
    skipped |= {name: error.message for name, error in source.refused.items()}
    if not names:
        raise SourceError(
            f"No column of {known.side.description} is in {source.description}.",
            remedy="Compare tables whose columns have the same names.",
        )
    rows = Rows.read(source, names, seed=how.seed, progress=how.progress)
    return dc.replace(rows, description=given.described(live, source))


def _diagnosis(
    known: Known, live: Rows, alpha: float, skipped: dict[str, str], how: _How
) -> Diagnosis:
    weighing = weigh(known, live, alpha, skipped, rows_needed=how.needed)
    found = findings(known, live, weighing)
    said, remedy = told(weighing, found, known, live)
    return Diagnosis(
        known.side,
        Side(live.description, live.count, len(live.places)),
        alpha,
        _renamed(weighing),
        said,
        remedy,
        found,
        compare(known, live, weighing, skipped),
        course(weighing, alpha, live.count, how.progress),
        weighing.needed,
        skipped,
    )


def _renamed(weighing: Weighing) -> Verdict:
    best = weighing.verdict.best
    if best is None:
        return weighing.verdict
    return dc.replace(weighing.verdict, best=dc.replace(best, columns=named(weighing)))


@final
class _Called(ModuleType):
    """This package, which is called as its one function: `ss.diagnose` may be either."""

    def __call__(self, *given: Any, **options: Any) -> Diagnosis:
        return diagnose(*given, **options)


# Python puts a package's name into its parent once a module of it is imported.
sys.modules[__name__].__class__ = _Called
