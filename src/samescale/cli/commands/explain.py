"""Explain a mistake or an error: its cause, how it looks, and what to change.

Without a code, the whole catalogue is listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import output

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from samescale.errors import SamescaleError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "code", nargs="?", help="a code or a name, such as SG201 or, of an error, E510"
    )


def run(args: argparse.Namespace) -> int:
    """Explain."""
    from samescale import mistakes
    from samescale.errors import SamescaleError

    found = {key: error for error in _below(SamescaleError) for key in _keys(error)}
    if args.code and args.code.strip().lower() in found:
        output.page(_text(found[args.code.strip().lower()]))
    elif args.code:
        output.page(mistakes.explain(args.code))
    else:
        rows = [(entry.code, entry.name, entry.severity) for entry in mistakes.catalogue()]
        errors = sorted({(error.code, error.__name__, "error") for error in found.values()})
        output.table(("code", "name", "severity"), [*rows, *errors])
    return 0


def _below(error: type[SamescaleError]) -> Iterator[type[SamescaleError]]:
    if not error.__name__.startswith("_"):
        yield error
    for child in error.__subclasses__():
        yield from _below(child)


def _keys(error: type[SamescaleError]) -> tuple[str, str]:
    return error.code.lower(), error.__name__.lower()


def _text(error: type[SamescaleError]) -> str:
    import inspect

    from samescale.cli.remedies import REMEDIES

    kinds = [kind for kind in error.__mro__[1:] if kind is not object and kind.__name__[0] != "_"]
    kinds = [kind for kind in kinds if kind not in (Exception, BaseException)]
    above = ", ".join(kind.__name__ for kind in kinds) or "Exception"
    return (
        f"{error.code} {error.__name__}\n\nMeaning: {inspect.getdoc(error)}\n"
        f"Fix: {REMEDIES[error.code]}\nCaught as: {error.__name__}, {above}"
    )
