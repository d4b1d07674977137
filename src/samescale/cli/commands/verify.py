"""Check that a bundle is whole and still gives its recorded answers.

Every byte, digest and node is checked, the model is rebuilt, and the probe rows are replayed on the
runtime at hand. 0 if all of it holds, 1 if not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import output

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("bundle", help="the bundle")
    parser.add_argument("--json", action="store_true", help="the checks as JSON")


def run(args: argparse.Namespace) -> int:
    """Verify; 1 if a check failed."""
    from samescale.bundle import verify

    result = verify(args.bundle)
    if args.json:
        output.as_json(result.to_json())
    else:
        output.say(result.text())
    return 0 if result.ok else 1
