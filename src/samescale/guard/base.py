"""What a rule of the guard is, and the training that it compares traffic with."""

from __future__ import annotations

import dataclasses as dc
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypeAlias, final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from samescale.findings import Finding, Severity
    from samescale.ir.nodes import Graph
    from samescale.ir.types import Array
    from samescale.profile import Profile
    from samescale.schema import Schema

Policy: TypeAlias = Literal["off", "observe", "warn", "repair", "raise"]
WEIGHTS: tuple[Severity, ...] = ("error", "warning", "info")
"""The severities, gravest first."""


@final
@dc.dataclass(frozen=True, slots=True)
class Training:
    """What is known of the training: all that a rule may look at.

    Attributes:
        schema: The input contract.
        profile: The distribution of each column.
        graph: The preprocessing.
    """

    schema: Schema
    profile: Profile
    graph: Graph


def of_rows(hits: int, rows: int) -> str:
    """How many rows are concerned.

    >>> of_rows(1, 1), of_rows(2, 40)
    ('1 of 1 row', '2 of 40 rows')
    """
    return f"{hits} of {counted(rows)}"


def counted(rows: int) -> str:
    """A number of rows.

    >>> counted(1), counted(2)
    ('1 row', '2 rows')
    """
    return f"{rows} row" + "s" * (rows != 1)


class Rule(ABC):
    """One question asked of every batch: a final frozen dataclass, ready to be asked.

    What depends on the training alone is computed once, in `of`: a rule is asked about every
    single row that a server answers, and must cost microseconds where nothing is wrong.

    Attributes:
        code: The mistake's code in the catalogue.
        name: The rule's name: its file's.
        default_policy: What happens on a finding where the user hasn't said.
        raises_from: The least weight that the policy `raise` refuses: an `info` notes what
            honest rows have too.
        explains: The codes whose findings of the same column a finding of this rule is the cause
            of: they are folded into it.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    default_policy: ClassVar[Policy] = "warn"
    raises_from: ClassVar[Severity] = "warning"
    explains: ClassVar[tuple[str, ...]] = ()

    @classmethod
    @abstractmethod
    def of(cls, training: Training) -> Self:
        """The rule, made ready for a training."""

    @abstractmethod
    def bounds(self) -> Mapping[str, tuple[float, float]] | None:
        """Between which values of its columns the rule has nothing to say about a single row.

        Columns that aren't named may hold any finite number; `None` if the rule must be asked.
        """

    @abstractmethod
    def check(self, columns: Mapping[str, Array], rows: int) -> Iterator[Finding]:
        """What is wrong with a batch, at most one finding a column, the weightiest first.

        Args:
            columns: Admitted columns, of the dtypes and shapes of the schema, rows first.
            rows: How many rows there are.
        """
