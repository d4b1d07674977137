"""How often each token of texts occurs, and in how many of them."""

from __future__ import annotations

import collections
import dataclasses as dc
import itertools
from typing import TYPE_CHECKING, Any, Self, TypeAlias, final

from samescale.errors import DataError, SpecError
from samescale.ir.text import erased, tokens
from samescale.statistics._features import both, table
from samescale.statistics.base import Statistic
from samescale.statistics.batch import Batch

if TYPE_CHECKING:
    from samescale.ir.nodes import Cut
    from samescale.ir.types import Array
    from samescale.statistics.base import Json

Counts: TypeAlias = "collections.Counter[str]"
# Each part is at most half as long as the one before, so that a batch isn't added to millions of
# tokens at once. Only their union has a meaning.
Parts: TypeAlias = tuple[Counts, ...]


@final
@dc.dataclass(frozen=True, slots=True)
class Texts:
    """What is known of one feature: how many texts, the most tokens of one, and the counts."""

    rows: int = 0
    longest: int = 0
    counts: Parts = ()
    among: Parts = ()

    def joined(self, other: Texts) -> Texts:
        """Both together."""
        return Texts(
            self.rows + other.rows,
            max(self.longest, other.longest),
            _join((*self.counts, *other.counts)),
            _join((*self.among, *other.among)),
        )


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class TokenCounts(Statistic):
    """How often each token of the texts of a feature occurs, and in how many texts.

    The tokens are those of `ir/text.py`. A missing text is one without tokens; an empty token is
    none.

    Attributes:
        by: What cuts a text: white space, nothing between its characters, or `None`: it is one
            token.
        ngrams: How many words or characters in a row make a token.
        lower: Whether a text is brought to lower case first, as by `str.lower`.
        erase: The characters that are taken out of it then.
        documents: Whether it is also counted in how many texts each token is.
        max_distinct: How many distinct tokens a feature may have; one more is a DataError.
        top: How many tokens `value` gives, the most frequent ones; all if `None`, and with 0 none
            is counted.
        features: What is known of each feature.

    Example:
        >>> import numpy as np
        >>> TokenCounts(documents=True).update(np.array([["b a b"], ["a"], [None]], object)).value()
        {'rows': [3], 'longest': [3], 'values': [['a', 'b']], 'counts': [[2, 2]], \
'documents': [[2, 1]]}
    """

    by: Cut | None = "whitespace"
    ngrams: tuple[int, ...] = (1,)
    lower: bool = False
    erase: str = ""
    documents: bool = False
    max_distinct: int = 5_000_000
    top: int | None = None
    features: tuple[Texts, ...] = ()

    def update(self, batch: Array | Batch, weights: Array | None = None) -> Self:
        """These counts with the texts of `batch` added.

        Raises:
            DataError: If a value isn't text (`row`, `feature`, `value`), or if there are too many
                distinct tokens.
        """
        del weights
        texts = table(Batch.of(batch).array)
        read = tuple(self._read(texts, feature) for feature in range(texts.shape[1]))
        return self.merge(dc.replace(self, features=read))

    def weighted(self) -> Self:
        """Itself where no token is counted: weights don't make a text longer.

        Raises:
            SpecError: Otherwise.
        """
        if self.top == 0:
            return self
        raise SpecError(
            "TextVectorization learns its tokens from texts that count once each, without weights.",
            remedy="Give it a vocabulary (and idf_weights), or leave the weights out.",
        )

    def merge(self, other: Self) -> Self:
        """The counts of both together.

        Raises:
            DataError: If they don't count the same, or there are too many distinct tokens together.
        """
        if self.documents != other.documents or self._settings() != other._settings():
            raise DataError(
                f"TokenCounts of {self._settings()} and of {other._settings()} can't be merged.",
                remedy="Give both the same arguments.",
            )
        found = both("TokenCounts", self.features, other.features, Texts.joined)
        return dc.replace(self, features=tuple(map(self._bounded, found)))

    def value(self) -> dict[str, Json]:
        """By feature: `rows`, `longest`, and `values` with `counts` (and `documents`).

        The most frequent token stands first, equal ones in ascending order.
        """
        return self._counted(self.top)

    def _counted(self, top: int | None) -> dict[str, Json]:
        sorted_ = [_sorted(_union(feature.counts))[:top] for feature in self.features]
        found: dict[str, Json] = {
            "rows": [feature.rows for feature in self.features],
            "longest": [feature.longest for feature in self.features],
            "values": [[token for token, _ in pairs] for pairs in sorted_],
            "counts": [[count for _, count in pairs] for pairs in sorted_],
        }
        if self.documents:
            among = [_union(feature.among) for feature in self.features]
            found["documents"] = [
                [counts[token] for token, _ in pairs]
                for counts, pairs in zip(among, sorted_, strict=True)
            ]
        return found

    def to_json(self) -> Json:
        """The state."""
        return {**self._settings(), **self._counted(None)}

    @classmethod
    def from_json(cls, state: Any) -> Self:
        """The counts of a state that `to_json` gave."""
        names = ("rows", "longest", "values", "counts")
        among = state.get("documents") or [[]] * len(state["rows"])
        features = tuple(
            Texts(rows, longest, _part(values, counts), _part(values, documents))
            for rows, longest, values, counts, documents in zip(
                *(state[name] for name in names), among, strict=True
            )
        )
        settings = {name: state[name] for name in _SETTINGS}
        settings["ngrams"] = tuple(settings["ngrams"])
        return cls(**settings, documents="documents" in state, features=features)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TokenCounts) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.by, self.ngrams, self.lower, self.erase, len(self.features)))

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _SETTINGS} | {"ngrams": list(self.ngrams)}

    def _read(self, batch: Array, feature: int) -> Texts:
        found: list[list[str]] = []
        for row, text in enumerate(batch[:, feature].tolist()):
            if isinstance(text, str):
                found.append(self._tokens(text))
            else:
                _refuse_other(text, row, feature)
        longest = max(map(len, found), default=0)
        asked = () if self.top == 0 else found  # of none, only the length
        counts = collections.Counter(itertools.chain.from_iterable(asked))
        sets = map(set, asked) if self.documents else ()
        among = collections.Counter(itertools.chain.from_iterable(sets))
        return Texts(len(batch), longest, _join((counts,)), _join((among,)))

    def _tokens(self, text: str) -> list[str]:
        text = text.lower() if self.lower else text
        text = erased(text, self.erase) if self.erase else text
        if self.by is None:
            return [text] if text else []
        return tokens(text, self.by, self.ngrams)

    def _bounded(self, feature: Texts) -> Texts:
        if sum(map(len, feature.counts)) <= self.max_distinct:
            return feature
        whole = _union(feature.counts)
        if len(whole) > self.max_distinct:
            raise DataError(
                f"There are {len(whole)} distinct tokens or more; at most {self.max_distinct} are "
                "counted.",
                remedy="Take shorter n-grams, cut by white space, or give a vocabulary.",
                value=len(whole),
            )
        return dc.replace(feature, counts=(whole,))


_SETTINGS = ("by", "ngrams", "lower", "erase", "max_distinct", "top")


def _refuse_other(value: object, row: int, feature: int) -> None:
    """Raise unless a value that is no text is missing; only NaN differs from itself."""
    if value is not None and value == value:  # noqa: PLR0124 (NaN)
        raise DataError(
            f"Row {row} holds {value!r} (feature {feature}), which isn't text.",
            remedy="Store the column as text.",
            row=row,
            feature=feature,
            value=value,
        )


def _part(values: list[str], counts: list[int]) -> Parts:
    return (collections.Counter(dict(zip(values, counts, strict=True))),) if counts else ()


def _join(parts: Parts) -> Parts:
    joined: list[Counts] = []
    for part in sorted(filter(None, parts), key=len, reverse=True):
        joined.append(part)
        while len(joined) > 1 and len(joined[-2]) < 2 * len(joined[-1]):
            joined[-2:] = [_union(tuple(joined[-2:]))]
    return tuple(joined)


def _union(parts: Parts) -> Counts:
    union = parts[0].copy() if parts else collections.Counter()
    for part in parts[1:]:
        union.update(part)
    return union


def _sorted(counts: Counts) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
