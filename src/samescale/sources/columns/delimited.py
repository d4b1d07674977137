"""How a delimited text file is read: its header, its blocks, and what breaks them."""

from __future__ import annotations

import csv
import dataclasses as dc
import io
import re
from typing import TYPE_CHECKING, Any, final

import pyarrow as pa
from pyarrow import csv as arrow_csv

from samescale.errors import SourceError
from samescale.sources.columns import paths, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.sources.columns.paths import File

# Arrow's reader reads some forty blocks ahead, so this bounds memory: 40 MB. A row may be as long.
BLOCK = 1 << 20
_DELIMITERS = ",;\t|"
_HEADER = 1 << 20


@final
@dc.dataclass(frozen=True, slots=True)
class Format:
    """How one file is written.

    Attributes:
        path: The file; compressed if its name ends in `.gz`.
        names: The header's names.
        delimiter: What stands between values.
        missing: The texts that stand for a missing value.
    """

    path: File
    names: tuple[str, ...]
    delimiter: str
    missing: tuple[str, ...]

    def blocks(self, names: Sequence[str], types: Mapping[str, Any]) -> Iterator[Any]:
        """Record batches of the columns `names`, read as the Arrow types `types`.

        Raises:
            SourceError: If a row has too few or too many values.
            pyarrow.ArrowInvalid: If a value isn't of its column's type.
        """
        # The first column keeps the rows countable where no column is asked for.
        wanted = list(names) or [self.names[0]]
        reader = self._reader(wanted, {name: types.get(name, pa.string()) for name in wanted})
        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
            except pa.ArrowInvalid as error:
                self._refuse_ragged(error)
                raise
            yield batch

    def _reader(self, names: list[str], types: dict[str, Any]) -> Any:
        try:
            return arrow_csv.open_csv(
                paths.stream(self.path),
                read_options=arrow_csv.ReadOptions(
                    block_size=BLOCK, use_threads=False, skip_rows=0
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=True
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=types,
                    include_columns=names,
                    null_values=list(self.missing),
                    strings_can_be_null=True,
                    true_values=list(text.TRUE),
                    false_values=list(text.FALSE),
                    auto_dict_encode=False,
                    timestamp_parsers=[arrow_csv.ISO8601, *text.SLASHED],
                ),
            )
        except pa.ArrowInvalid as error:
            self._refuse_ragged(error)
            raise

    def _refuse_ragged(self, error: Exception) -> None:
        told = str(error)
        if "CSV conversion error" in told and "UTF8" not in told:
            return
        if "Empty CSV" in told or "no more data" in told.lower():
            raise no_rows(self.path) from error
        raise self._broken(told) from error

    def _broken(self, told: str) -> SourceError:
        found = re.search(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+)", told)
        if found is None:
            why = "is not UTF-8 text" if "UTF8" in told else told.splitlines()[0]
            return SourceError(
                f"'{self.path}' can't be read as CSV: {why}.",
                remedy="Write it as UTF-8 text with one delimiter.",
                path=str(self.path),
            )
        row, due, got = (int(part) if part else None for part in found.groups())
        where = "A row" if row is None else f"Row {row - 2} (line {row})"
        return SourceError(
            f"{where} of '{self.path}' has {got} values, the header has {due}.",
            remedy=f"Quote values that hold {self.delimiter!r}, or mend the row.",
            path=str(self.path),
            row=None if row is None else row - 2,
        )


def read_format(path: File, delimiter: str | None, missing: tuple[str, ...]) -> Format:
    """The format of the file `path`, by its name and its first record.

    Raises:
        SourceError: If there is no header, or it isn't text.
    """
    try:
        with paths.stream(path) as stream:
            head = _decoded(path, stream.read(_HEADER))
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"'{path}' can't be read: {error}", remedy="Check the file.", path=str(path)
        ) from error
    mark = delimiter or _sniffed(path, head)
    names = next(iter(csv.reader(io.StringIO(head, newline=""), delimiter=mark)), [])
    if not [name for name in names if name]:
        raise SourceError(
            f"'{path}' starts with an empty line where its column names are due.",
            remedy="Write the column names into the first line.",
            path=str(path),
        )
    return Format(path, tuple(names), mark, missing)


def _decoded(path: File, head: bytes) -> str:
    # The last letter may be cut in two.
    whole = head if len(head) < _HEADER else head[: head.rfind(b"\n") + 1] or head
    first = whole[: whole.find(b"\n") + 1] or whole
    try:
        first.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"'{path}' can't be read as CSV: its first line is not UTF-8 text.",
            remedy="Write it as UTF-8 text with one delimiter.",
            path=str(path),
        ) from error
    return head.decode("utf-8-sig", errors="ignore")


def _sniffed(path: File, head: str) -> str:
    if ".tsv" in path.name.lower():
        return "\t"
    bare = re.sub(r'"[^"]*"', "", head.split("\n", 1)[0])
    return max(_DELIMITERS, key=bare.count)


def no_rows(path: File) -> SourceError:
    """The error for a file that has a header and nothing else."""
    return SourceError(
        f"'{path}' has a header and no rows.", remedy="Give a file with rows.", path=str(path)
    )
