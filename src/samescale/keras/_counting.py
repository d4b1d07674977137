"""Exact counts of tokens, and of the documents that they are in."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Self, TypeAlias, final

import numpy as np

from samescale.errors import DataError
from samescale.keras._vocabulary import Vocabulary
from samescale.statistics.counter import Counter

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.keras._lookup_settings import Settings

Documents: TypeAlias = "list[Array]"


@final
@dc.dataclass(frozen=True, slots=True)
class Counts:
    """What was counted so far. Frozen; any order and any batches of the same rows count alike.

    Attributes:
        tokens: How often each occurs.
        among: In how many documents each occurs; counted where `weighed`.
        rows: The number of documents.
        weighed: Whether documents are counted.
    """

    weighed: bool
    tokens: Counter = dc.field(default_factory=Counter)
    among: Counter = dc.field(default_factory=Counter)
    rows: int = 0

    def seen(self, documents: Documents) -> Self:
        """These counts with more documents, each an array of one dimension."""
        together = np.concatenate([*documents, documents[0][:0]]) if documents else None
        if together is None or not together.size:
            return dc.replace(self, rows=self.rows + len(documents))
        among = self.among
        if self.weighed:
            apart = [token for one in documents for token in dict.fromkeys(one.tolist())]
            among = among.update(np.array(apart, together.dtype)[:, None])
        tokens = self.tokens.update(together[:, None])
        return dc.replace(self, tokens=tokens, among=among, rows=self.rows + len(documents))

    def vocabulary(self, settings: Settings) -> Vocabulary:
        """What was learned.

        Raises:
            DataError: If there is no token.
        """
        counts = _table(self.tokens)
        if not set(counts) - {settings.mask_token, settings.oov_token}:
            raise DataError(
                f"There is no token in {self.rows} rows to learn a vocabulary from.",
                remedy="Give data with tokens beside the mask token and the OOV token.",
                value=self.rows,
            )
        among = _table(self.among) if self.weighed else None
        return Vocabulary.learned(settings, counts, among, self.rows)


def rows_of(array: Array) -> Documents:
    """The rows of an array as documents; a vector is a column of documents of one token.

    Keras takes a vector as one document where it comes in batches, and as many where it comes as
    one array, so that its weights depend on the batches.
    """
    if array.ndim <= 1:
        array = array.reshape(-1, 1)
    return list(array.reshape(len(array), -1))


def _table(counter: Counter) -> dict[Any, int]:
    value: Any = counter.value()
    if not value["values"]:
        return {}
    return dict(zip(value["values"][0], value["counts"][0], strict=True))
