"""HTML that can't be broken by what it shows: text is escaped unless it was made here."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final, final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST: Final = 160
_QUOTED: Final = re.compile(r"`([^`]+)`")
_JOINERS = "\u200c\u200d"  # which words of some scripts need
_VOID = frozenset({"meta", "rect", "line", "path", "circle", "col", "br"})


@final
class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *inside: str | None, **attributes: str | float | None) -> Markup:
    """An element.

    Args:
        name: The element's name.
        inside: What it holds: text, which is escaped, and markup, which isn't; `None` is left out.
        attributes: By name; `class_` is `class`, an underscore a hyphen, `None` is left out.

    >>> tag("p", "2 < 3", class_="sum")
    '<p class="sum">2 &lt; 3</p>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_written(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{joined(*inside)}</{name}>")


def joined(*parts: str | None) -> Markup:
    """Parts one after the other, text escaped."""
    return Markup("".join(_safe(part) for part in parts if part is not None))


def listed(separator: str, parts: Iterable[str]) -> Markup:
    """Parts with a separator between them.

    >>> listed(", ", ["a", tag("b", "c")])
    'a, <b>c</b>'
    """
    between = joined(separator)
    return Markup(between.join(map(_safe, parts)))


def named(name: str) -> Markup:
    r"""A column's or a category's name: whatever is in it, it stays one word among others.

    >>> named("a\u202eb")
    '<bdi>a\\u202eb</bdi>'
    """
    return tag("bdi", visible(name))


def sentence(text: str) -> Markup:
    """A sentence of ours, in which what stands between backticks is a name or code.

    >>> sentence("`kg` arrives in `g`.")
    '<code><bdi>kg</bdi></code> arrives in <code><bdi>g</bdi></code>.'
    """
    parts = _QUOTED.split(visible(text, 2_000))
    return joined(
        *(tag("code", tag("bdi", part)) if odd % 2 else part for odd, part in enumerate(parts))
    )


def visible(text: str, longest: int = _LONGEST) -> str:
    r"""Text of others, what can't be seen in it written out, and cut where it is endless.

    >>> visible("tab\there"), visible("  ")
    ('tab\\there', '␣␣')
    """
    short = text if len(text) <= longest else f"{text[: longest - 1]}…"
    if not short.strip(" "):
        return "␣" * len(short) or "(empty)"
    return "".join(
        one if one.isprintable() or one in _JOINERS else one.encode("unicode_escape").decode()
        for one in short
    )


def _safe(part: str) -> str:
    return part if isinstance(part, Markup) else escape(_clean(part))


def _clean(text: str) -> str:
    # A lone surrogate can't be written as UTF-8, and NUL is no character of HTML.
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _written(value: str | float) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _clean(str(value))
