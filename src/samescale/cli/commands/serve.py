"""Serve a bundle over HTTP: plain JSON rows and the Open Inference Protocol v2.

It stops on Ctrl-C or SIGTERM, when the requests under way are answered. What isn't given here is
taken from the environment: SAMESCALE_SERVE_PORT and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import arguments

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("bundle", help="a bundle, as 'samescale fit' writes it")
    parser.add_argument("--host", help="the address (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="the port (default: 8000; 0 takes a free one)")
    parser.add_argument("--name", help="the model's name in the routes (default: the file's)")
    parser.add_argument("--max-rows", type=int, help="refuse requests of more rows")
    parser.add_argument("--max-body-bytes", type=int, help="refuse larger requests")
    parser.add_argument("--workers", type=int, help="servers that share the traffic (default: 1)")
    parser.add_argument("--access-log", action="store_true", default=None, help="log every request")
    arguments.add_policy(parser)
    arguments.add_runtime(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until it is stopped."""
    from samescale.serve import serve

    names = ("host", "port", "name", "max_rows", "max_body_bytes", "workers", "access_log")
    given = {name: getattr(args, name) for name in names}
    changes = {name: value for name, value in given.items() if value is not None}
    serve(args.bundle, policies=arguments.policies(args), runtime=args.runtime, **changes)
    return 0
