"""What an export is: a bundle written as another ecosystem has it, and asked there again."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samescale.export._original import Original
    from samescale.ir.types import Array

Of: TypeAlias = Literal["number", "probabilities", "class", "code", "answers"]

Tell: TypeAlias = "Callable[[str], None]"
"""Told what is done next, in a few words."""


@final
@dc.dataclass(frozen=True, slots=True)
class Sent:
    """One input, as a caller sends it.

    Attributes:
        name: Its name.
        dtype: Its dtype.
        shape: The shape of one row.
        columns: The raw columns that it is made of.
        origin: `raw`, or `host: …` with what must be done to the column first.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    columns: tuple[str, ...]
    origin: str = "raw"


@final
@dc.dataclass(frozen=True, slots=True)
class Given:
    """One output.

    Attributes:
        name: Its name.
        of: What it is: a `number` in the target's units, `probabilities` in the order of the
            classes, the `class` itself, its `code` (its place among the classes), or the model's
            plain `answers` where there is no target.
        dtype: Its dtype.
        error: How far the probe rows' answers are from the bundle's at most, on the scale that the
            model learned: `|a - b| / max(1, |b|)`; for classes the share of rows that differ,
            which only rows between two classes may.
    """

    name: str
    of: Of
    dtype: str
    error: float = 0.0


@final
@dc.dataclass(frozen=True, slots=True)
class Written:
    """What a form's `write` has written.

    Attributes:
        inputs: What it takes, in order.
        outputs: What it gives, in order.
        notes: What who calls it must know.
    """

    inputs: tuple[Sent, ...]
    outputs: tuple[Given, ...]
    notes: tuple[str, ...] = ()


@final
@dc.dataclass(frozen=True, slots=True)
class Exported:
    """An export that has given the bundle's own answers.

    Attributes:
        path: Where it is.
        to: What it is.
        kind: The kind of the bundle's model.
        bundle: The digest of the bundle, `sha256:…`.
        files: The files, relative to `path` (its own name, where it is one file).
        inputs: What it takes, in order.
        outputs: What it gives, in order, and how far the probe rows' answers are from the bundle's.
        rows: How many probe rows were asked.
        rtol: The tolerance that they were held to.
        classes: The classes, in the order of probabilities and codes; empty for a number.
        notes: What who calls it must know.
    """

    path: str
    to: str
    kind: str
    bundle: str
    files: tuple[str, ...]
    inputs: tuple[Sent, ...]
    outputs: tuple[Given, ...]
    rows: int
    rtol: float
    classes: tuple[str, ...] | tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """All of it in words."""
        inputs = [
            f"  {x.name}: {x.dtype}{['rows', *x.shape]} from {', '.join(x.columns)}, {x.origin}"
            for x in self.inputs
        ]
        outputs = [f"  {x.name}: {x.dtype}, {x.of}, error {x.error:.1e}" for x in self.outputs]
        checked = f"{self.rows} probe rows asked there, held to {self.rtol:.0e}."
        return "\n".join(
            [
                f"{self.path}: {self.to} of a {self.kind} bundle, {self.bundle}",
                "inputs",
                *(line.replace("'rows'", "rows") for line in inputs),
                "outputs",
                *outputs,
                checked,
                *(f"note: {note}" for note in self.notes),
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return dc.asdict(self)


@final
@dc.dataclass(frozen=True, slots=True)
class Form:
    """One ecosystem, as who chooses among them sees it: nothing is imported for it.

    What does the work is the module `work` beside it; `Work` says what is in there.

    Attributes:
        name: The folder's, and what `--to` says.
        extra: The extra that installs what it needs.
        gives: What is written, in a line.
        kinds: The kinds of models that it takes; empty for all of them.
        remedy: What would do for a model of another kind.
        ending: How the file's name must end; empty if that is free.
        mark: A file that every such folder holds, by which it is known before it is replaced;
            empty where a single file is written.
        folds: Whether scale and mean may be folded into the model.
    """

    name: str
    extra: str
    gives: str
    kinds: tuple[str, ...] = ()
    remedy: str = ""
    ending: str = ""
    mark: str = ""
    folds: bool = False


class Work(Protocol):
    """A module that writes a form and asks it."""

    def check(self, source: Original, out: Path) -> None:
        """See that it can be done, before anything is.

        Args:
            source: The bundle.
            out: Where the export is to be.

        Raises:
            UnsupportedError: If the model can't be written so.
            MissingExtraError: If a package isn't installed.
        """

    def write(self, source: Original, place: Path, *, fold: bool) -> Written:
        """Write it.

        Args:
            source: The bundle.
            place: A path that nothing has yet, of the export's own name.
            fold: Whether to fold scale and mean into the model, where that is safe.
        """

    def ask(self, source: Original, place: Path, written: Written) -> Mapping[str, Array]:
        """What it gives for the probe rows, once its ecosystem's own loader has read it.

        Args:
            source: The bundle; its `asked` are the rows.
            place: Where it was written.
            written: What `write` gave.

        Returns:
            For each output its array, rows first.
        """
