"""Check raw rows against a bundle's contract and training, without predicting.

Every finding is a line. 0 if there is none (notes aside), 1 if there is.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING

from samescale.cli import arguments, output

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from samescale.findings import Finding
    from samescale.predictor import Predictor
    from samescale.sources.base import Source


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("bundle", help="a bundle, as 'samescale fit' writes it")
    parser.add_argument("table", help=f"raw rows: {arguments.TABLE}")
    parser.add_argument("--json", action="store_true", help="findings as JSON")
    arguments.add_policy(parser)
    arguments.add_source(parser)


def run(args: argparse.Namespace) -> int:
    """Check; 1 if something was found."""
    from samescale.predictor import load

    predictor = load(args.bundle, policies=arguments.policies(args))
    first: dict[tuple[str, str | None], Finding] = {}
    for finding in _found(predictor, arguments.open_for(predictor.schema, args)):
        first.setdefault((finding.code, finding.column), finding)
    if args.json:
        output.as_json([finding.to_json() for finding in first.values()])
    else:
        output.say("\n".join(f"{one.severity}: {one}" for one in first.values()) or "no findings")
    return int(any(finding.severity != "info" for finding in first.values()))


def _found(predictor: Predictor, table: Source) -> Iterator[Finding]:
    from samescale.errors import SchemaError

    there = tuple(column.name for column in table.columns)
    # Where a column lacks, all that are there are read, so that a misspelt one is recognised.
    wanted = predictor.schema.names
    for chunk in table.chunks(wanted if set(wanted) <= set(there) else there):
        try:
            found = predictor.check(chunk.columns)
        except SchemaError as error:
            found = error.findings
        for one in found:
            yield one if one.row is None else dc.replace(one, row=one.row + chunk.start)
