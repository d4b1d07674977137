"""The profile of a table, learned as `adapt` learns it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from samescale.diagnose.diagnosis import Side
from samescale.diagnose.known import Known
from samescale.diagnose.plain import Plain
from samescale.diagnose.rows import MOST, Rows, floats
from samescale.draft import kinds
from samescale.draft.sample import Sampled
from samescale.errors import DataError, SourceError, SpecError
from samescale.spec import Spec
from samescale.transforms.missing_indicator import MissingIndicator
from samescale.transforms.rescaling import Rescaling
from samescale.transforms.string_lookup import StringLookup

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from samescale.diagnose.rows import Rows as _Rows
    from samescale.fitted import Fitted
    from samescale.progress import Progress
    from samescale.schema import Column
    from samescale.sources.base import Source
    from samescale.transforms.base import Transform

_AXES: Final = 3  # of a picture
_UNREAD: Final = frozenset({"free text", "identifier", "unreadable"})


def learn(
    source: Source,
    description: str,
    *,
    there: Collection[str],
    asked: Sequence[str] | None,
    scaled: Mapping[str, tuple[float, float]] | None,
    seed: int,
    progress: Progress,
) -> Known:
    """What is known of a training that is a table.

    Args:
        source: The table.
        description: Of it, in a few words.
        there: The columns that live has.
        asked: The columns to compare; all that can be if left out.
        scaled: Mean and standard deviation of the scaler that columns have gone through outside.
        seed: What the choice of sampled rows follows from.
        progress: Who is told of rows.

    Raises:
        SpecError: If a column that is asked for isn't there.
        SourceError: If no column can be compared.
    """
    plain = Plain(source)
    _check(asked, plain)
    skipped = {name: error.message for name, error in plain.refused.items()}
    names = _common(plain, there, asked, skipped)
    rows = Rows.read(plain, names, seed=seed, progress=progress, most=MOST)
    # What a column is, its own type tells, and not that of the plain numbers it is taken for.
    chains = _chains(source, rows, names, skipped, force=asked is not None)
    fitted = _adapted(chains, plain, skipped, scaled, progress)
    side = Side(description, rows.count, len(rows.places))
    found = {name: floats(rows.columns[name]) for name in fitted.schema.names}
    values = {name: array for name, array in found.items() if array is not None}
    return Known(side, fitted, is_contract=False, values=values, skipped=skipped)


def _check(asked: Sequence[str] | None, source: Source) -> None:
    known = [column.name for column in source.columns]
    for name in asked or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise SpecError(
                f"There is no column '{name}' in {source.description}.",
                remedy=f"Did you mean '{near[0]}'?" if near else f"It has {', '.join(known[:20])}.",
                column=name,
            )


def _common(
    source: Source,
    there: Collection[str],
    asked: Sequence[str] | None,
    skipped: dict[str, str],
) -> list[str]:
    names = []
    for column in source.columns:
        name = column.name
        if asked is not None and name not in asked:
            continue
        if name not in there:
            skipped[name] = "live doesn't have it"
        elif name in source.untyped:
            skipped[name] = "training has no value in it"
        else:
            names.append(name)
    if not names:
        raise SourceError(
            f"No column of {source.description} is in what arrived.",
            remedy="Compare tables whose columns have the same names.",
        )
    return names


def _chains(
    source: Source, rows: _Rows, names: list[str], skipped: dict[str, str], *, force: bool
) -> dict[str, Transform]:
    chains: dict[str, Transform] = {}
    for column in source.columns:
        if column.name in names:
            why = _left_out(column, rows, force=force)
            if why:
                skipped[column.name] = why
            else:
                chains[column.name] = _chain(column)
    return chains


def _left_out(column: Column, rows: _Rows, *, force: bool) -> str:
    """Why a column has no distribution that a mistake could be seen in; nothing if it has one."""
    if column.shape:
        is_picture = len(column.shape) == _AXES and column.kind in {"number", "integer"}
        return "" if is_picture else "its entries are neither numbers nor pictures"
    decision = kinds.decide(_sampled(column, rows))
    if decision.kind in _UNREAD or (decision.kind == "date" and not decision.transforms):
        return "" if force and decision.kind == "identifier" else f"{decision.kind}: {decision.why}"
    return ""


def _sampled(column: Column, rows: _Rows) -> Sampled:
    values = rows.columns[column.name]
    numbers = floats(values) if column.kind != "string" else None
    if numbers is None:
        there = values[[value is not None for value in values.tolist()]]
        ends: tuple[float | None, float | None] = (None, None)
    else:
        there = values[numbers == numbers]  # noqa: PLR0124 - NaN is missing
        ends = (float(there.min()), float(there.max())) if len(there) else (None, None)
    missing = len(values) - len(there)
    return Sampled(column, there, len(values), missing, *ends, len(values) == rows.count)


def _chain(column: Column) -> Transform:
    if column.kind == "string":
        return StringLookup()
    # Of numbers nothing is wanted but the profile: it is what each chain gets.
    return Rescaling(1.0) if column.shape else MissingIndicator()


def _adapted(
    chains: dict[str, Transform],
    source: Source,
    skipped: dict[str, str],
    scaled: Mapping[str, tuple[float, float]] | None,
    progress: Progress,
) -> Fitted:
    """The profile of all columns that have one; a column that `adapt` refuses is left out."""
    while chains:
        try:
            return Spec(chains).adapt(source, scaled=scaled, progress=progress)
        except DataError as error:
            name = error.details.get("column")
            if name not in chains:
                raise
            skipped[str(name)] = error.message
            del chains[str(name)]
    raise SourceError(
        f"No column of {source.description} can be compared: "
        + "; ".join(f"'{name}': {why}" for name, why in [*skipped.items()][:5])
        + ".",
        remedy="Give tables with numbers or categories.",
    )
