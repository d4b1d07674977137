"""Check raw rows against a bundle's contract and training, without predicting.

Every finding is a line. 0 if there is none (notes aside), 1 if there is. The model isn't loaded,
so its framework need not be installed. Columns that the contract doesn't have aren't read, and one
note names them.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING

from samescale.cli import arguments, output

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from samescale.findings import Finding
    from samescale.guard import Guard
    from samescale.schema import Schema
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
    from samescale.batch import joined, summed_up, unused
    from samescale.bundle.read import audit, contents, parse
    from samescale.guard import watch

    fitted = audit(parse(contents(args.bundle))).fitted
    schema, policies = fitted.schema, arguments.policies(args)
    guard = watch(schema, fitted.profile, fitted.graph, policies=policies)
    table = arguments.open_for(schema, args)
    noted = list(_found(schema, guard, table))
    rows = sum(count for count, _ in noted)
    found = (*unused(schema, table), *summed_up(joined(noted, rows)))
    if args.json:
        output.as_json([finding.to_json() for finding in found])
    else:
        output.say("\n".join(map(output.line, found)) or "no findings")
    return int(any(finding.severity != "info" for finding in found))


def _found(
    schema: Schema, guard: Guard, table: Source
) -> Iterator[tuple[int, tuple[Finding, ...]]]:
    """The rows and the findings of each chunk."""
    from samescale.door import of
    from samescale.errors import SchemaError

    try:
        for admitted in of(schema).chunks(table, on_finding="return"):
            whole = set(schema.names) <= set(admitted.columns)
            found = guard.check(admitted.columns, admitted.rows) if whole else ()
            yield admitted.rows, (*admitted.findings, *(_moved(f, admitted.start) for f in found))
    except SchemaError as error:
        yield 0, error.findings


def _moved(finding: Finding, start: int) -> Finding:
    return finding if finding.row is None else dc.replace(finding, row=finding.row + start)
