"""Write what `samescale diagnose` finds as one HTML file, to read, send and print.

The file holds everything, asks no other machine for anything and needs no script. The verdict and
what to change come first, then every column: training against live, before and after the mistake
is put right. 0 once it is written, whatever was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import comparison, output

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    comparison.add(parser)
    parser.add_argument("-o", "--out", required=True, metavar="FILE.html", help="the file to write")
    parser.add_argument("--date", help="a date to stand in it (default: none)")


def run(args: argparse.Namespace) -> int:
    """Diagnose, and write."""
    from pathlib import Path

    from samescale.batch.places import refuse_same
    from samescale.report import write

    refuse_same(Path(args.out), args.train, args.live)
    diagnosis = comparison.diagnosis(args)
    write(diagnosis, args.out, date=args.date)
    output.say(diagnosis.said)
    output.note(f"Written to {args.out}.")
    return 0
