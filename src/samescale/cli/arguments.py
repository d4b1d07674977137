"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from samescale.guard import Policies
    from samescale.schema import Schema
    from samescale.sources.base import Source

TABLE = "a CSV, Parquet or JSON lines file, a folder or a glob of such files"


def add_source(parser: argparse.ArgumentParser) -> None:
    """How text files are read."""
    group = parser.add_argument_group("text files")
    group.add_argument(
        "--dtype",
        action="append",
        default=[],
        type=_pair,
        metavar="COLUMN=TYPE",
        help="read a column as string, number, integer, boolean or datetime (again for more)",
    )
    group.add_argument("--delimiter", help="what stands between values; found if left out")


def source_options(args: argparse.Namespace) -> dict[str, Any]:
    """What was given of `add_source`, as `samescale.sources.open` takes it."""
    dtypes = {"dtypes": dict(args.dtype)} if args.dtype else {}
    return {**dtypes, **({"delimiter": args.delimiter} if args.delimiter else {})}


def open_for(schema: Schema, args: argparse.Namespace) -> Source:
    """The table `args.table`, its texts read as texts."""
    from samescale.door.tables import opened

    return opened(schema, args.table, **source_options(args))


def add_policy(parser: argparse.ArgumentParser) -> None:
    """What the guard does."""
    parser.add_argument(
        "--policy",
        action="append",
        default=[],
        type=_policy,
        metavar="NAME=POLICY",
        help="what happens on a finding: off, observe, warn, raise or repair; NAME is a rule or a "
        "mistake by name or code, or 'default'; NAME:COLUMN=POLICY is for one column (again for "
        "more)",
    )


def add_runtime(parser: argparse.ArgumentParser) -> None:
    """What answers."""
    parser.add_argument(
        "--runtime",
        choices=("auto", "onnx", "native"),
        default="auto",
        help="what answers: ONNX Runtime, the model's own framework, or the quicker one (auto)",
    )


def policies(args: argparse.Namespace) -> Policies:
    """What was given of `add_policy`, as `samescale.load` takes it."""
    from samescale.guard.policies import parsed

    return parsed(args.policy)


def _policy(text: str) -> str:
    name, _, policy = text.rpartition("=")
    if not (name and policy):
        raise argparse.ArgumentTypeError(f"'{text}' isn't of the form NAME=POLICY")
    return text


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"'{text}' isn't of the form NAME=VALUE")
    return name, value
