"""One peer in its own environment: `python -m benchmarks.mistakes.rivals NAME OUT --limit 300`."""

from __future__ import annotations

import argparse
import json
import warnings
from itertools import chain
from pathlib import Path

from benchmarks.mistakes import judge, record, streams
from benchmarks.mistakes.rivals import ADWIN, RIVALS


def main() -> None:
    """Judge the cases that the time allows, or follow streams, and keep what came of it."""
    args = _parser().parse_args()
    warnings.simplefilter("ignore")
    if args.name == "river":
        heard = [streams.listen(ask) for ask in streams.compared(ADWIN.detector, args.datasets)]
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps([*chain.from_iterable(heard)]), encoding="utf-8")
        return
    plan = judge.Plan(
        reps=1,
        benign=0,
        clean=dict.fromkeys(args.sizes, 6),
        sizes=args.sizes,
        limit=args.limit / len(args.datasets),
    )
    name = RIVALS[args.name].detector
    pieces = (judge.judged(name, dataset, 0, plan) for dataset in args.datasets)
    record.write(args.out, chain.from_iterable(pieces))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=[*RIVALS, "river"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--limit", type=float, default=300, help="seconds, of all data together")
    parser.add_argument("--datasets", nargs="+", required=True)
    parser.add_argument("--sizes", nargs="+", type=int, default=[1, 32, 128])
    return parser


if __name__ == "__main__":
    main()
