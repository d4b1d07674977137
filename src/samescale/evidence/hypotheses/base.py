"""What a hypothesis is: a mistake, as a function from what should have arrived to what did."""

from __future__ import annotations

import dataclasses as dc
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

    from samescale.evidence.arrived import Arrived
    from samescale.evidence.reference import Reference
    from samescale.evidence.verdict import Undo
    from samescale.ir.types import Array


@final
@dc.dataclass(frozen=True, slots=True)
class Candidate:
    """One way in which a mistake may have made what arrived.

    Attributes:
        mistake: The mistake's name in the catalogue.
        columns: The places of the columns concerned; none where all are.
        gain: log of how much likelier all distinct rows are than under training, priors left out.
        prior: log of how common this way of going wrong is, a priori.
        detail: In a few words, for people.
        undo: By place, the way back.
        signature: Whether the evidence is exact (numbers that no honest rows have): drift can't
            compete with it.
        lone: The gain where a value that comes again in a column counts once; `gain` if left out.
            Clipping, rounding and bursts repeat a value, and it proves nothing twice.
        trust: By what power of likelihoods `gain` was tempered: drift's are tempered alike.
        free: `gain` and `lone` as drift is weighed, where these are bounded; else they are it.
    """

    mistake: str
    columns: tuple[int, ...]
    gain: float
    prior: float
    detail: str = ""
    undo: Mapping[int, Undo] = dc.field(default_factory=dict)
    signature: bool = False
    lone: float | None = None
    trust: float = 1.0
    free: tuple[float, float] | None = None

    @property
    def weight(self) -> float:
        """Gain and prior together, in nats, as it is held against other candidates."""
        if self.lone is None or self.free is not None:
            return self.prior + self.gain
        return self.prior + min(self.gain, self.lone)


class Hypothesis(ABC):
    """A mistake that may have happened to all rows of a batch.

    Attributes:
        mistake: Its name in the catalogue; the file's, with hyphens.
    """

    mistake: ClassVar[str]

    @abstractmethod
    def made(
        self, right: Array, reference: Reference, random: np.random.Generator
    ) -> Iterator[tuple[str, Array]]:
        """The mistake itself: what arrives where `right` should have.

        Args:
            right: Rows as callers should send them, float64 (n, d), NaN where missing.
            reference: The training.
            random: What chooses columns and ways.

        Yields:
            A few ways in which it happens, each with a word for it; none where it can't.
        """

    @abstractmethod
    def candidates(self, arrived: Arrived) -> Iterator[Candidate]:
        """Each way in which it may have made what arrived, the likely ones; none where it can't."""
