"""What is printed: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from samescale.errors import SamescaleError
from samescale.progress import NoProgress, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from samescale.findings import Finding

_DTYPES: Final = re.compile(r'dtypes=\{"(.+?)": "(\w+)"\}')


def say(text: str) -> None:
    """A result, on standard output."""
    print(text)


def note(text: str) -> None:
    """Something beside the result, on standard error."""
    print(text, file=sys.stderr)


def page(text: str) -> None:
    """A longer text on standard output, its lines broken for people; indented ones are code."""
    import shutil
    import textwrap

    width = min(100, shutil.get_terminal_size().columns)
    for line in text.splitlines():
        code = line.startswith(" ") or not line
        say(line if code else textwrap.fill(line, width, break_on_hyphens=False))


def as_json(value: Any) -> None:
    """A result as JSON on standard output."""
    say(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def error(error: Exception) -> None:
    """An error without its traceback: message, remedy, and the notes it was given."""
    text = str(error) if isinstance(error, SamescaleError) else _system(error)
    note(f"error: {as_flags(text)}")
    for added in getattr(error, "__notes__", ()):
        note(f"  {as_flags(added)}")


def findings(found: Iterable[Finding]) -> None:
    """Findings on standard error, one a line."""
    for finding in found:
        note(line(finding))


def line(finding: Finding) -> str:
    """A finding as a line."""
    return f"{finding.severity}: {as_flags(str(finding))}"


def as_flags(text: str) -> str:
    """A message, what it says to Python's callers said to those of a shell.

    >>> as_flags('Read it as text: dtypes={"zip code": "string"}.')
    "Read it as text: --dtype 'zip code=string'."
    """
    return _DTYPES.sub(lambda found: f"--dtype {shlex.quote(f'{found[1]}={found[2]}')}", text)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on standard output, as wide as the terminal allows; plain where nobody watches."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    drawn = Table(*headings, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        drawn.add_row(*row)
    # Into a pipe nothing is cut or wrapped: what reads it may be a program.
    Console(width=None if sys.stdout.isatty() else 1000, highlight=False).print(drawn)


def progress(*, quiet: bool = False) -> Progress:
    """A bar on standard error where a person watches; nothing elsewhere, or if `quiet`."""
    from samescale.progress import default

    return NoProgress() if quiet else default()


def _system(error: Exception) -> str:
    """`[Errno 2] No such file or directory: 'x'`, as a person says it."""
    name, reason = getattr(error, "filename", None), getattr(error, "strerror", None)
    if isinstance(error, FileNotFoundError) and name:
        folder = Path(name).parent
        lacking = f"file '{name}'" if folder.is_dir() else f"folder '{folder}'"
        return f"There is no {lacking}. Check the path."
    return f"'{name}': {reason}." if name and reason else str(error)
