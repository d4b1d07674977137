"""Draft a spec from a table, and say what was decided and why.

The file is plain JSON, with a `why` for every column: edit it and pass it to `samescale fit
--spec`. Without -o it goes to standard output, and the decisions as a table to standard error.
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
        output.as_json(drafted.to_json())
        return 0
    drafted.save(Path(args.out))
    output.say(drafted.text())
    output.note(f"Saved as {args.out}. Edit it, then: {_next(args)}")
    return 0


def _next(args: argparse.Namespace) -> str:
    import shlex
    from pathlib import Path

    bundle = str(Path(args.table).with_suffix(".samescale").name)
    if not args.target:
        args.target = "COLUMN"
    call = ["samescale", "fit", args.table, "--target", args.target, "--spec", args.out]
    call += [word for name, kind in args.dtype for word in ("--dtype", f"{name}={kind}")]
    call += ["--delimiter", args.delimiter] if args.delimiter else []
    return shlex.join([*call, "-o", bundle])
