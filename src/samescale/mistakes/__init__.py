"""The catalogue of mistakes, one a file.

Everything that samescale reports is an entry here, found by walking this folder; the mistakes page
of the documentation and `samescale explain` are printed from it.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING

from samescale.errors import SpecError

if TYPE_CHECKING:
    from samescale.mistakes.base import Mistake


@functools.cache
def catalogue() -> tuple[Mistake, ...]:
    """Every mistake, in the order of the codes.

    >>> [mistake.code for mistake in catalogue()][:2]
    ['SG101', 'SG102']
    """
    files = (module.name for module in pkgutil.iter_modules(__path__) if module.name != "base")
    mistakes = (importlib.import_module(f"{__name__}.{file}").MISTAKE for file in files)
    return tuple(sorted(mistakes, key=lambda mistake: mistake.code))


def names() -> tuple[str, ...]:
    """The names of all mistakes, sorted.

    >>> names()[:2]
    ('code-out-of-range', 'infinite-value')
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
    known = {key.lower(): entry for entry in catalogue() for key in (entry.code, entry.name)}
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, 1)
    hint = f"Did you mean '{near[0].upper()}'?" if near else ""
    codes = ", ".join(entry.code for entry in catalogue())
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
    table = "| code | name | severity |\n|---|---|---|\n" + "".join(map(_line, catalogue()))
    head = "# Mistakes\n\nWhat samescale reports, under stable codes: `SG` in traffic.\n"
    return "\n".join([head, table, *(entry.markdown() for entry in catalogue())])


def _line(entry: Mistake) -> str:
    anchor = f"{entry.code.lower()}-{entry.name}"
    return f"| [{entry.code}](#{anchor}) | {entry.name} | {entry.severity} |\n"
