"""A delimited text file as a table."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, final

from samescale.errors import SourceError
from samescale.sources.base import Chunk, Source
from samescale.sources.columns import layout, paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from samescale.schema import Column
    from samescale.sources.columns.delimited import Format
    from samescale.sources.columns.survey import Survey

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "None", "<NA>")


@final
class CsvSource(Source):
    """One CSV or TSV file with a header, UTF-8, read block by block; `.gz` is unpacked on the way.

    Types are found before the first chunk is given, and don't depend on where the first float or
    the first gap stands (`columns/survey.py`): numbers, integers, `true`/`false`, ISO 8601 dates
    (`2012/01/31` too), text. Codes with leading zeros stay text.

    Args:
        data: The file's path.
        dtypes: Types by column that are not to be found: `"string"`, `"number"`, `"integer"`,
            `"boolean"` or `"datetime"`.
        delimiter: What stands between values; by default found in the header.
        missing_values: The texts that stand for a missing value.

    Raises:
        SourceError: If there is no such file, it is empty, has no rows, a name twice, a row of
            another length, or a value that isn't of its column's kind.
    """

    OPTIONS: ClassVar[frozenset[str]] = frozenset({"dtypes", "delimiter", "missing_values"})

    def __init__(
        self,
        data: str | Path,
        *,
        dtypes: Mapping[str, str] | None = None,
        delimiter: str | None = None,
        missing_values: Sequence[str] = MISSING,
    ) -> None:
        self._path = paths.existing(data)
        self._dtypes = dict(dtypes or {})
        self._delimiter = delimiter
        self._missing = tuple(missing_values)

    @classmethod
    def accepts(cls, data: object) -> bool:
        """Whether `data` names a CSV or TSV file."""
        return paths.is_file(data, "csv")

    @property
    def description(self) -> str:
        """The file's name."""
        return str(self._path)

    @cached_property
    def _format(self) -> Format:
        from samescale.sources.columns import delimited

        form = delimited.read_format(self._path, self._delimiter, self._missing)
        layout.unique(form.names, self.description)
        for name in self._dtypes:
            layout.known(name, form.names, self.description)
        return form

    @cached_property
    def _survey(self) -> Survey:
        from samescale.sources.columns import survey

        return survey.run(self._format, self._dtypes)

    @cached_property
    def _layout(self) -> layout.Layout:
        from samescale.sources.columns import arrow, text

        found, names = self._survey, self._format.names

        def one(place: int) -> Column:
            name = names[place]
            return arrow.column(name, text.TYPES[found.guesses[name]], nulls=found.gaps.get(name))

        return layout.build(names, one, self.description)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The header's columns, with the types found."""
        return self._layout.columns

    @property
    def textual(self) -> bool:
        """Always: a CSV file has no types."""
        return True

    @property
    def untyped(self) -> frozenset[str]:
        """Columns without any value."""
        return frozenset(n for n, kind in self._survey.guesses.items() if kind == "empty")

    @property
    def rows(self) -> int | None:
        """How many rows there are, if finding the types read the whole file."""
        return self._survey.rows

    @property
    def version(self) -> object:
        """When the file was written, and its length."""
        return paths.version(self._path)

    def chunks(
        self, names: Sequence[str], *, rows: int = 65_536, arrow: bool = False
    ) -> Iterator[Chunk]:
        """The blocks of the file, cut to `rows`."""
        from samescale.sources.columns import arrow as read

        picked = self._layout.pick(names, self.description)
        start = 0
        for whole in self._blocks(tuple(names)):
            for offset in range(0, whole.num_rows, rows):
                batch = whole.slice(offset, rows)
                columns = {c.name: read.taken(batch.column(c.name), c, arrow=arrow) for c in picked}
                yield Chunk(columns, start, batch.num_rows)
                start += batch.num_rows

    def _blocks(self, names: tuple[str, ...]) -> Iterator[Any]:
        import pyarrow as pa

        from samescale.sources.columns import survey

        try:
            yield from self._format.blocks(names, survey.types(self._survey))
        except pa.ArrowInvalid as error:
            survey.locate(self._format, names, self._survey.guesses)
            raise SourceError(
                f"'{self._path}' can't be read: {error}", remedy="Check the file."
            ) from error
