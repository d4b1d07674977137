"""The catalogue of mistakes, one a file.

Everything that samescale reports is an entry here, found by walking this folder; the mistakes page
of the documentation and `samescale explain` are printed from it.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import operator
import pkgutil
from typing import TYPE_CHECKING

from samescale.errors import SpecError

if TYPE_CHECKING:
    from samescale.mistakes.base import Mistake


_FAMILIES = {
    "SG": ("In traffic", "Told by the input contract (`SG1..`) and by the guard."),
    "SS": ("In code", "Told by `lint`."),
    "SA": ("In artifacts", "Told by `audit`."),
}
_HEAD = """# Mistakes

What goes wrong between training and prediction, under stable codes: `SG` in traffic, `SS` in code,
`SA` in artifacts: files of models, and of what prepares their input. `lint`, which is to read code,
and `audit`, which is to read artifacts, aren't part of samescale yet; until they are, their entries
say what to look for. `samescale explain SG301` prints an entry.
"""


@functools.cache
def catalogue() -> tuple[Mistake, ...]:
    """Every mistake: in traffic, in code, in artifacts, each in the order of the codes.

    >>> [mistake.code for mistake in catalogue()][:2]
    ['SG101', 'SG102']
    """
    return tuple(sorted(map(_of_file, _files()), key=_place))


def names() -> tuple[str, ...]:
    """The names of all mistakes, sorted.

    >>> names()[:2]
    ('already-min-max-scaled', 'already-normalised')
    """
    return tuple(sorted(entry.name for entry in catalogue()))


def load(code: str) -> Mistake:
    """The mistake of a code (`SG201`) or a name (`unseen-category`), in any case.

    Raises:
        SpecError: If there is none.

    >>> load("sg201").name
    'unseen-category'
    """
    wanted = code.strip().lower().replace("_", "-")
    if (file := wanted.replace("-", "_")) in _files():
        return _of_file(file)  # of all, one: the guard tells its first finding in no more time
    known = {key.lower(): entry for entry in catalogue() for key in (entry.code, entry.name)}
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, 9)
    hint = f"Did you mean '{known[_nearest(wanted, near)].code}'?" if near else ""
    alike = [entry.code for entry in catalogue() if entry.code[:2].lower() == wanted[:2]]
    codes = ", ".join(alike or [entry.code for entry in catalogue()])
    raise SpecError(
        f"There is no mistake '{code}'.", remedy=f"{hint} The codes are: {codes}.".lstrip()
    )


def explain(code: str) -> str:
    """The catalogue's entry for a code or a name, as text: cause, looks, fix, an example of each.

    Raises:
        SpecError: If there is none.

    >>> print(explain("SG105").splitlines()[0])
    SG105 missing-not-allowed (error)
    """
    return load(code).text()


def markdown() -> str:
    """The whole catalogue as a page of the documentation.

    >>> markdown().splitlines()[0]
    '# Mistakes'
    """
    parts = [_HEAD]
    for family, (title, told) in _FAMILIES.items():
        entries = [entry for entry in catalogue() if entry.code.startswith(family)]
        rows = "".join(map(_line, entries))
        parts += [f"## {title}\n\n{told}\n\n| code | name | severity |\n|---|---|---|\n{rows}"]
        parts += [f"{entry.markdown()}{_related(entry)}" for entry in entries]
    return "\n".join(parts)


@functools.cache
def _files() -> frozenset[str]:
    return frozenset(item.name for item in pkgutil.iter_modules(__path__)) - {"base"}


def _of_file(file: str) -> Mistake:
    mistake: Mistake = importlib.import_module(f"{__name__}.{file}").MISTAKE
    return mistake


def _nearest(wanted: str, near: list[str]) -> str:
    """The likeliest; of codes with as many characters in common, the one that has them in place."""
    alike = {key: difflib.SequenceMatcher(None, key, wanted).ratio() for key in near}
    return max(near, key=lambda key: (alike[key], sum(map(operator.eq, key, wanted))))


def _place(entry: Mistake) -> tuple[int, str]:
    return list(_FAMILIES).index(entry.code[:2]), entry.code


def _line(entry: Mistake) -> str:
    return f"| {_link(entry)} | {entry.name} | {entry.severity} |\n"


def _link(entry: Mistake) -> str:
    return f"[{entry.code}](#{entry.code.lower()}-{entry.name})"


def _related(entry: Mistake) -> str:
    links = (f"{_link(load(code))} {load(code).name}" for code in entry.related)
    return f"\nRelated: {', '.join(links)}.\n" if entry.related else ""
