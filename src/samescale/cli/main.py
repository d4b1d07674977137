"""`samescale`: parse, run a command, and end with an exit code."""

from __future__ import annotations

import argparse
import inspect
import sys
import traceback
from typing import TYPE_CHECKING

import samescale
from samescale.cli import commands, output
from samescale.cli.stop import code, stoppable
from samescale.errors import (
    FormatError,
    GuardError,
    IntegrityError,
    ProbeError,
    SamescaleError,
    SchemaError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

FINE, FOUND, WRONG = 0, 1, 2
# These say that something was looked at and refused; other errors, that it couldn't be looked at.
_REFUSALS = (SchemaError, GuardError, FormatError, IntegrityError, ProbeError)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The arguments; those of the process if left out.

    Returns:
        0 if all is fine, 1 if something was found or refused, 2 if the call or its input is wrong;
        130 and 143 if Ctrl-C or SIGTERM ended it.
    """
    try:
        args = parser().parse_args(argv)
    except SystemExit as end:  # argparse has said what is wrong, or printed its help
        return int(end.code or 0)
    try:
        with stoppable():
            return int(commands.load(args.command).run(args))
    except KeyboardInterrupt as stop:
        output.note("interrupted; nothing was written")
        return code(stop)
    except BrokenPipeError:  # whoever read has seen enough
        sys.stdout = None  # so that the interpreter doesn't flush it
        return FINE
    except (SamescaleError, OSError) as error:
        if args.debug:
            traceback.print_exc()
        else:
            output.error(error)
        return FOUND if isinstance(error, _REFUSALS) else WRONG


def parser() -> argparse.ArgumentParser:
    """The parser with every command; the documentation prints it too."""
    whole = argparse.ArgumentParser(
        prog="samescale",
        description="Preprocessing that is learned once, carried in the model's file, and the "
        "same everywhere.",
        epilog="Exit codes: 0 fine, 1 found or refused, 2 wrong call or input.",
    )
    whole.add_argument("--version", action="version", version=f"samescale {samescale.__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    found = whole.add_subparsers(dest="command", required=True, metavar="command")
    for name in commands.names():
        _add(found, name, common)
    return whole


def _add(
    found: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    common: argparse.ArgumentParser,
) -> None:
    command = commands.load(name)
    text = inspect.getdoc(command) or ""
    one = found.add_parser(
        name,
        parents=[common],
        help=text.splitlines()[0].rstrip("."),
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.configure(one)


if __name__ == "__main__":
    sys.exit(main())
