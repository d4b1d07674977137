"""Which type each column of a delimited file has, found before the first chunk is given.

The kind of a column is settled by the file's first 16 MB. Integers are then followed to the end of
the file, because a float, a gap or a code with leading zeros may stand anywhere; so are columns
that have no value yet. Files of one kind of number only, or with `dtypes` for every such column,
are not read twice.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import pyarrow as pa

from samescale.errors import SourceError
from samescale.sources.columns import delimited, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.sources.columns.text import Guess

PROBE = 1 << 24
_NAMES: dict[str, Guess] = {
    "string": "string",
    "str": "string",
    "float64": "number",
    "number": "number",
    "int64": "integer",
    "integer": "integer",
    "bool": "boolean",
    "boolean": "boolean",
    "datetime": "datetime",
}


@final
@dc.dataclass(frozen=True, slots=True)
class Survey:
    """What was found.

    Attributes:
        guesses: For each column, what its values are.
        gaps: For each column whether a value is missing; absent where that isn't known.
        rows: How many rows there are, if the whole file was read.
    """

    guesses: Mapping[str, Guess]
    gaps: Mapping[str, bool]
    rows: int | None


def run(form: delimited.Format, dtypes: Mapping[str, str]) -> Survey:
    """Survey a file.

    Args:
        form: The file's format.
        dtypes: The types that the caller has settled.

    Raises:
        SourceError: If the file has no rows, a row is ragged, or a later value isn't of the kind
            that the first 16 MB have.
    """
    settled = {name: _settled(name, dtype) for name, dtype in dtypes.items()}
    tally = _Tally(form, settled)
    for batch in form.blocks(form.names, {}):
        tally.add(batch, form.names)
        if tally.size > PROBE:
            break
    else:
        return tally.survey(whole=True)
    open_ = tally.open()
    if not open_:
        return tally.survey(whole=False)
    tally = tally.again()
    for batch in form.blocks(open_, {}):
        tally.add(batch, open_)
    return tally.survey(whole=True)


def _settled(name: str, dtype: str) -> Guess:
    if dtype not in _NAMES:
        raise SourceError(
            f"The dtype '{dtype}' of column '{name}' is not known.",
            remedy="Known are: " + ", ".join(_NAMES) + ".",
            column=name,
            value=dtype,
        )
    return _NAMES[dtype]


@final
class _Tally:
    def __init__(
        self,
        form: delimited.Format,
        settled: Mapping[str, Guess],
        before: Mapping[str, Guess] | None = None,
    ) -> None:
        self.form = form
        self.settled = settled
        self.guesses: dict[str, Guess] = dict(before or {})
        self.gaps: dict[str, bool] = {}
        self.counts = {"rows": 0, "bytes": 0}
        self.frozen = before is not None

    @property
    def size(self) -> int:
        return self.counts["bytes"]

    def add(self, batch: Any, names: tuple[str, ...]) -> None:
        for name in names:
            values = batch.column(name)
            self.gaps[name] = self.gaps.get(name, False) or values.null_count > 0
            if self.guesses.get(name) != "string" and name not in self.settled:
                self._widen(name, values)
        self.counts["rows"] += batch.num_rows
        self.counts["bytes"] += batch.nbytes

    def _widen(self, name: str, values: Any) -> None:
        before = self.guesses.get(name, "empty")
        found = text.guess(values)
        widened = text.widen(before, found)
        if widened is None and self.frozen and not _is_code(before, values):
            raise self._odd(name, before, values)
        self.guesses[name] = widened or "string"

    def _odd(self, name: str, before: Guess, values: Any) -> SourceError:
        wanted: Guess = "number" if before == "integer" else before
        row = text.first_odd(values, wanted) or 0
        return odd(self.form, name, wanted, self.counts["rows"] + row, values[row].as_py())

    def open(self) -> tuple[str, ...]:
        unsettled = {"integer", "empty"}
        return tuple(
            name for name in self.form.names if self.guesses.get(name) in unsettled
        ) + tuple(name for name, kind in self.settled.items() if kind in {"integer", "boolean"})

    def again(self) -> _Tally:
        return _Tally(self.form, self.settled, self.guesses)

    def survey(self, *, whole: bool) -> Survey:
        if not self.counts["rows"]:
            raise delimited.no_rows(self.form.path)
        return Survey(
            {name: self.settled.get(name) or self.guesses[name] for name in self.form.names},
            dict(self.gaps) if whole else {},
            self.counts["rows"] if whole else None,
        )


def _is_code(before: Guess, values: Any) -> bool:
    return before in {"integer", "number"} and text.casts(values, "number")


def odd(form: delimited.Format, name: str, kind: Guess, row: int, value: object) -> SourceError:
    """The error for a value that isn't of its column's kind."""
    due = {"zoned": "datetime"}.get(kind, kind)
    return SourceError(
        f"Column '{name}' of '{form.path}' has the value {value!r} in row {row}, where a "
        f"value of the kind {due} is due.",
        remedy=f'Mend the value, or read the column as text: dtypes={{"{name}": "string"}}.',
        column=name,
        row=row,
        value=str(value),
        path=str(form.path),
    )


def locate(form: delimited.Format, names: tuple[str, ...], guesses: Mapping[str, Guess]) -> None:
    """Find the first value that isn't of its column's kind.

    Raises:
        SourceError: Naming column, row and value.
    """
    start = 0
    for batch in form.blocks(names, {}):
        for name in names:
            row = text.first_odd(batch.column(name), guesses[name])
            if guesses[name] != "string" and row is not None:
                raise odd(form, name, guesses[name], start + row, batch.column(name)[row].as_py())
        start += batch.num_rows


def types(survey: Survey) -> dict[str, Any]:
    """The Arrow types to read the columns as."""
    return {
        name: pa.string() if kind == "empty" else text.TYPES[kind]
        for name, kind in survey.guesses.items()
    }
