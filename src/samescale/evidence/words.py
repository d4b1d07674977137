"""One sentence for what is wrong, and one for what to change."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, final

from samescale import mistakes
from samescale.evidence._sayings import NUMBER, SAID, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from samescale.evidence.verdict import Weighed

_NAMED: Final = 3  # columns; of more, the others are counted
_PAIR: Final = 2
_LONG: Final = 40  # letters of a column's name
_EXACT: Final = 1e-9  # how far the reciprocal of a factor may lie from a whole number, relatively
_MOST_DIGITS: Final = 1e15


def sentence(weighed: Weighed, *, scaled: bool = False) -> tuple[str, str]:
    """What is wrong and what to change: one plain sentence each, naming the columns.

    Args:
        weighed: The explanation that is told.
        scaled: Whether callers are to scale, since the training's table was scaled outside.

    Returns:
        Both with a capital (or a column's name) and a full stop.

    Raises:
        SpecError: For a mistake that isn't in the catalogue.

    >>> from samescale.evidence.verdict import Undo, Weighed
    >>> sentence(Weighed("already-normalised", ("income",)))[0]
    '`income` arrives already normalised.'
    >>> sentence(Weighed("other-unit", ("g",), detail="×1000", undo={"g": Undo("g", scale=0.001)}))
    ('`g` arrives in another unit than in training (×1000).', 'Divide `g` by 1,000 before sending.')
    """
    words = SAID.get(weighed.mistake) or _of_catalogue(weighed.mistake)
    columns = weighed.columns or tuple(weighed.undo)
    number = NUMBER[len(columns) == 1]
    shown = {"columns": listed(columns), "pictures": listed(columns, "The pictures")}
    wrong = words.wrong.format(**shown, **number)
    change = ((scaled and words.scaled) or words.change).format(**number)
    told = _SPECIAL[weighed.mistake](weighed) if weighed.mistake in _SPECIAL else _Told()
    wrong = told.wrong or f"{wrong}{_detail(weighed.detail)}"
    return f"{wrong}.", told.change or change


def listed(columns: Sequence[str], every: str = "All columns") -> str:
    """Columns in a sentence; of many, the first few and the number of the others.

    Args:
        columns: Their names.
        every: What is said where there are none, for then all are concerned.

    >>> listed(["a"]), listed(["a", "b"]), listed([])
    ('`a`', '`a` and `b`', 'All columns')
    >>> listed([f"x{number}" for number in range(15)])
    '`x0`, `x1`, `x2` and 12 more'
    """
    if not columns:
        return every
    shown = [quoted(name) for name in columns]
    if len(shown) > _NAMED + 1:
        return f"{', '.join(shown[:_NAMED])} and {len(shown) - _NAMED} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def quoted(name: str) -> str:
    """A column's name in a sentence, cut short."""
    return f"`{name if len(name) <= _LONG else name[: _LONG - 1] + '…'}`"


def _of_catalogue(name: str) -> Words:
    entry = mistakes.load(name)
    fix = entry.fix.replace("{", "{{").replace("}", "}}")
    return Words(f"{{columns}} show{{s}} the mistake '{entry.name}'", fix)


@final
@dc.dataclass(frozen=True, slots=True)
class _Told:
    """What is said in place of the general words, where a verdict says more."""

    wrong: str = ""
    change: str = ""


def _detail(detail: str) -> str:
    if not detail:
        return ""
    return f": {detail}" if "(" in detail else f" ({detail})"


def _permuted(weighed: Weighed) -> _Told:
    """Which column's values stand where, as the way back says it."""
    moved = {name: undo.source for name, undo in weighed.undo.items() if undo.source != name}
    if not moved:
        return _Told()
    if len(moved) == _PAIR and all(moved.get(source) == name for name, source in moved.items()):
        return _Told(f"{listed(tuple(moved))} arrive in each other's place")
    places = [f"{quoted(name)} in {quoted(source)}" for name, source in moved.items()]
    more = len(places) - _NAMED
    shown = ", ".join(places[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return _Told(f"{len(moved)} columns arrive in another order than in training: {shown}")


def _unit(weighed: Weighed) -> _Told:
    """The factor to divide or to multiply by, where one is all there is to it."""
    undo = next(iter(weighed.undo.values()), None)
    if undo is None or len(weighed.undo) > 1 or undo.kind != "affine" or undo.shift:
        return _Told()
    over = 1 / undo.scale if undo.scale else 0.0
    divide = over > 1 and abs(over - round(over)) <= _EXACT * over
    verb, factor = ("Divide", round(over)) if divide else ("Multiply", undo.scale)
    columns = listed(tuple(weighed.undo))
    return _Told(change=f"{verb} {columns} by {_shown(factor)} before sending.")


def _sentinel(weighed: Weighed) -> _Told:
    """The number itself, where it is one."""
    numbers = {undo.scale for undo in weighed.undo.values() if undo.kind == "missing"}
    if len(numbers) != 1:
        return _Told()
    columns = weighed.columns or tuple(weighed.undo)
    verb = "holds" if len(columns) == 1 else "hold"
    return _Told(f"{listed(columns)} {verb} {numbers.pop():g}, which stands for a missing value")


def _shown(number: float) -> str:
    whole = abs(number) < _MOST_DIGITS and number == int(number)
    return f"{int(number):,}" if whole else f"{number:.6g}"


_SPECIAL: Final[dict[str, Callable[[Weighed], _Told]]] = {
    "columns-permuted": _permuted,
    "other-unit": _unit,
    "sentinel-for-missing": _sentinel,
}
