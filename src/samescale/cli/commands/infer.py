"""Draft a spec from a table, and say what was decided and why.

The file is plain JSON: edit it and pass it to `samescale fit --spec`. Without -o it goes to
standard output, and the reasons to standard error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import arguments, output

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("table", help=arguments.TABLE)
    parser.add_argument("--target", help="the column that is to be predicted")
    parser.add_argument("-o", "--out", help="the spec file to write")
    arguments.add_source(parser)


def run(args: argparse.Namespace) -> int:
    """Draft."""
    from pathlib import Path

    from samescale import sources
    from samescale.draft import infer

    drafted = infer(sources.open(args.table, **arguments.source_options(args)), target=args.target)
    if args.out is None:
        output.note(drafted.text())
        output.as_json(drafted.spec.to_json())
        return 0
    output.say(drafted.text())
    drafted.save(Path(args.out))
    output.note(f"Saved as {args.out}. Edit it, then: samescale fit {args.table} --spec {args.out}")
    return 0
