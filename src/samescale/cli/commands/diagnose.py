"""Compare live rows with training, and name the mistake in them, if there is one.

TRAIN is a table or a bundle, LIVE a table; either may be a folder of pictures or a .npy or .npz
file. What is wrong and what to change comes first, then the columns as sparklines.

0 if live is as training was, or has drifted; 1 if a mistake has a name (with --strict, also for
drift and for warnings); 2 if something can't be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import comparison, output

if TYPE_CHECKING:
    import argparse

    from samescale.diagnose.diagnosis import Diagnosis


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    comparison.add(parser)
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument("--strict", action="store_true", help="1 for drift and warnings as well")


def run(args: argparse.Namespace) -> int:
    """Diagnose; 1 if a mistake has a name."""
    diagnosis = comparison.diagnosis(args)
    if args.json:
        output.as_json(diagnosis.to_json())
    else:
        from samescale.report.terminal import show

        show(diagnosis)
    return status(diagnosis, strict=args.strict)


def status(diagnosis: Diagnosis, *, strict: bool) -> int:
    """The exit code of a diagnosis."""
    wrong = {"mistake", "drift", "noted"} if strict else {"mistake"}
    return int(diagnosis.status in wrong)
