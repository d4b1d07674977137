"""What the text zone does to one text: the part of the reference that learning shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.nodes import Cut

NGRAM_SEPARATOR = " "


def erased(text: str, characters: str) -> str:
    """`text` without any of `characters`.

    >>> erased("Don't!", "'!")
    'Dont'
    """
    return text.translate(dict.fromkeys(map(ord, characters)))


def tokens(text: str | None, by: Cut, ngrams: Sequence[int]) -> list[str]:
    """The tokens of a text: its words, or its characters, in runs of each length of `ngrams`.

    Words are what stands between white space as `str.split` knows it; characters are code points.
    First come all runs of the first length, from the left, then those of the second. A run is its
    words joined by single spaces. A missing text has none.

    >>> tokens("to be or", "whitespace", (1, 2))
    ['to', 'be', 'or', 'to be', 'be or']
    """
    if text is None:
        return []
    words = text.split() if by == "whitespace" else list(text)
    if tuple(ngrams) == (1,):
        return words
    return [
        NGRAM_SEPARATOR.join(words[start : start + size])
        for size in ngrams
        for start in range(len(words) - size + 1)
    ]
