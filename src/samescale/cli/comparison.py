"""What `diagnose` and `report` are given, and the diagnosis of it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samescale.cli import arguments, output

if TYPE_CHECKING:
    from samescale.diagnose.diagnosis import Diagnosis

_ALPHA = 1e-3
_PAIR = 2


def add(parser: argparse.ArgumentParser) -> None:
    """What is compared, and how."""
    pictures = "a folder of pictures, or a .npy or .npz file"
    parser.add_argument("train", help=f"training: {arguments.TABLE}; {pictures}; or a bundle")
    parser.add_argument("live", help="what arrived: a table or pictures, likewise")
    parser.add_argument(
        "--alpha",
        type=_chance,
        default=_ALPHA,
        help="how often rows like training may be given a mistake's name (default: 0.001)",
    )
    parser.add_argument(
        "--scaled",
        metavar="FILE.json",
        help="where training was normalised outside: mean and deviation by column, as "
        '{"age": [38.6, 13.7]}',
    )
    parser.add_argument(
        "--columns", metavar="A,B", type=_names, help="the columns to compare (default: all)"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")
    arguments.add_source(parser)


def diagnosis(args: argparse.Namespace) -> Diagnosis:
    """The diagnosis of what was given of `add`."""
    from samescale.diagnose import diagnose

    return diagnose(
        args.train,
        args.live,
        alpha=args.alpha,
        scaled=None if args.scaled is None else scaling(args.scaled),
        columns=args.columns,
        progress=output.progress(quiet=args.quiet),
        **arguments.source_options(args),
    )


def scaling(path: str) -> dict[str, tuple[float, float]]:
    """Mean and deviation by column, as a file has them.

    Raises:
        SourceError: If it holds no such thing.
    """
    from samescale.errors import SourceError

    try:
        held = json.loads(Path(path).read_text(encoding="utf-8"))
        return {str(name): _pair(told) for name, told in held.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SourceError(
            f"'{path}' says no mean and deviation by column: {error}.",
            remedy='Write {"age": [38.6, 13.7]}, or {"age": {"mean": 38.6, "deviation": 13.7}}.',
            path=path,
        ) from error


def _pair(told: Any) -> tuple[float, float]:
    if isinstance(told, dict):
        return float(told["mean"]), float(told["deviation"])
    if len(told) != _PAIR:
        raise ValueError(f"{told!r} is no pair of numbers")
    return float(told[0]), float(told[1])


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _chance(text: str) -> float:
    try:
        given = float(text)
    except ValueError:
        given = 0.0
    if not 0 < given < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number between 0 and 1")
    return given
