"""Show what is in a bundle or a fitted file: contract, transforms, learned numbers, graph, making.

Nothing is run and no framework is imported; what is shown was checked against its digests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import output

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("bundle", help="the bundle, or what 'samescale adapt -o' wrote")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="everything as JSON")
    shown.add_argument(
        "--graph", choices=("text", "mermaid"), help="the preprocessing's graph alone"
    )


def run(args: argparse.Namespace) -> int:
    """Show."""
    from samescale.bundle import inspect

    found = inspect(args.bundle)
    if args.json:
        output.as_json(found.to_json())
    elif args.graph:
        from samescale.ir import show

        graph = found.fitted.graph
        output.say(show.mermaid(graph) if args.graph == "mermaid" else show.text(graph))
    else:
        output.say(found.text())
    return 0
