"""The forms in which one text may be written: what of them means nothing in a column.

A text's form is what programs change on the way: case, spaces, quotes, accents. In a column whose
categories differ by one of these (`A+` and `a+`), it means something there, and is left alone.
"""

from __future__ import annotations

import dataclasses as dc
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Final, Self, final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

LONGEST: Final = 200
"""Letters; a longer text is no category that somebody wrote otherwise."""

_SHORT: Final = 2  # letters: of so few, another case or accent may be another thing
_MEANT: Final = 0.01  # the share of categories that differ by it, from which on it means something
_NUMBER: Final = re.compile(r"([+-]?)0*([0-9]+)(?:\.0+)?")
_QUOTES: Final = {"'": "'", '"': '"', "«": "»", "“": "”", "‘": "’", "„": "“"}
_JOINS: Final = re.compile(r"(?<=[^\W_])\s*[_\-]+\s*(?=[^\W_])")
_UNSEEN: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_TYPED: Final = str.maketrans("‘’‛ʼ‐‑‒–—−", "''''------")
_WHOLE: Final = str.maketrans("łŁøØđĐħĦı", "lLoOdDhHi")  # no accent of these comes apart


def _decoded(text: str) -> str:
    """A text whose UTF-8 somebody read as Latin-1, read rightly."""
    for encoding in () if text.isascii() else ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _unquoted(text: str) -> str:
    text = text.strip()
    quoted = len(text) > 1 and _QUOTES.get(text[0]) == text[-1]
    return text[1:-1].strip() if quoted else text


def _unaccented(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text.translate(_WHOLE))
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def _plain_number(text: str) -> str:
    found = _NUMBER.fullmatch(text)
    return f"{found[1]}{found[2]}" if found else text


_FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "UTF-8 read as Latin-1": _decoded,
    "another Unicode form": lambda text: unicodedata.normalize("NFKC", text).translate(_TYPED),
    "other spaces": lambda text: " ".join(text.translate(_UNSEEN).split()),
    "other quotes": _unquoted,
    "other hyphens or spaces": lambda text: _JOINS.sub(" ", text),
    "a number written otherwise": _plain_number,
    "other case": str.casefold,
    "other accents": _unaccented,
}


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """The categories of a column by what is left of them without their form.

    Attributes:
        ways: The forms that mean nothing here, by what is said of them.
        known: The category by what is left of it; none where it is left of several.
        one_case: Whether all categories are written in one case.
    """

    ways: Mapping[str, Callable[[str], str]]
    known: Mapping[str, str]
    one_case: bool

    @classmethod
    def of(cls, categories: Iterable[str]) -> Self:
        """The forms of some categories."""
        texts = [text for text in categories if len(text) <= LONGEST]
        ways = {said: form for said, form in _FORMS.items() if not _means(form, texts)}
        left = [(_left(text, ways.values()), text) for text in texts]
        often = Counter(key for key, _ in left)
        known = {key: text for key, text in left if often[key] == 1 and key}
        cases = {_case(text) for text in texts} - {""}
        return cls(ways, known, len(cases) <= 1 and "mixed" not in cases)

    def of_which(self, text: str) -> str | None:
        """The category that a text is in another form; `None` if it is none of them."""
        if len(text) > LONGEST:
            return None
        key = _left(text, self.ways.values())
        category = self.known.get(key)
        return None if category is None or self._chance(key, text, category) else category

    def differences(self, text: str, category: str) -> tuple[str, ...]:
        """By what a text differs from its category, as it is said."""
        for said, form in self.ways.items():
            if form(text) == form(category):
                return (said,)
        found = []
        for said in self.ways:
            others = [form for other, form in self.ways.items() if other != said]
            if _left(text, others) != _left(category, others):
                found.append(said)
        return tuple(found) or ("another spelling",)

    def _chance(self, key: str, text: str, category: str) -> bool:
        """Whether the two may be two things: few letters, or words that only casefold joins."""
        told = self.differences(text, category)
        if len(key) <= _SHORT:
            return "other accents" in told or ("other case" in told and not self.one_case)
        upper = text.isupper() or category.isupper()
        return not upper and "ß" in text + category and text.lower() != category.lower()


def _means(form: Callable[[str], str], texts: Collection[str]) -> bool:
    """Whether categories differ by a form."""
    return len(texts) - len({form(text) for text in texts}) > _MEANT * len(texts)


def _left(text: str, ways: Iterable[Callable[[str], str]]) -> str:
    for form in ways:
        text = form(text)
    return text


def _case(text: str) -> str:
    if text.lower() == text.upper():
        return ""
    cases = {"lower": text.lower(), "upper": text.upper(), "title": text.title()}
    return next((case for case, written in cases.items() if written == text), "mixed")
