"""Explain a mistake: its cause, how it looks, and what to change.

Without a code, the whole catalogue is listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import output

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("code", nargs="?", help="a code or a name, such as SG201")


def run(args: argparse.Namespace) -> int:
    """Explain."""
    from samescale import mistakes

    if args.code:
        output.page(mistakes.explain(args.code))
    else:
        output.table(
            ("code", "name", "severity"),
            [(entry.code, entry.name, entry.severity) for entry in mistakes.catalogue()],
        )
    return 0
