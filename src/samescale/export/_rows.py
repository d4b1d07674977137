"""What an export takes and gives that answers by the bundle itself, in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from samescale.export import _told
from samescale.export.base import Given, Sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.export._original import Original

PROBABILITIES: Final = "probabilities"


def inputs(source: Original) -> tuple[Sent, ...]:
    """The raw columns, as the contract has them."""
    return tuple(
        Sent(column.name, column.dtype, column.shape, (column.name,))
        for column in source.fitted.schema.columns
    )


def outputs(source: Original) -> tuple[Given, ...]:
    """The target's answers, and the probabilities of its classes."""
    classes = source.fitted.classes
    if classes is None:
        of = "answers" if source.inverse is None else "number"
        dtype = str(source.answers.dtype) if source.inverse is None else "float64"
        return (Given(source.target, of, dtype),)  # type: ignore[arg-type] # one of the two
    probabilities = _told.free(PROBABILITIES, [source.target])
    one = classes[0]
    dtype = "string" if isinstance(one, str) else "bool" if isinstance(one, bool) else "int64"
    return (
        Given(probabilities, "probabilities", str(source.answers.dtype)),
        Given(source.target, "class", dtype),
    )


def notes(source: Original) -> Iterator[str]:
    """What who calls it must know."""
    for column in source.fitted.schema.columns:
        if column.kind == "datetime":
            yield f"'{column.name}' is a time, or seconds since 1970 (UTC)."
    yield "The input contract and the guard are in it: a row that breaks the contract is refused."
