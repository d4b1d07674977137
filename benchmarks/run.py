"""`make bench`: samescale beside its peers, in one run, and the page that shows it.

    python benchmarks/run.py                      everything: the tables, the bars, the pictures
    python benchmarks/run.py --quick              small sizes, in minutes: does everything run?
    python benchmarks/run.py --parts bars         one part anew; the page keeps the others
    python benchmarks/run.py --peers 'samescale|Keras on JAX'
    python benchmarks/run.py --page               the page anew, of what was kept

What is measured is kept in `benchmarks/results/`, and `docs/benchmarks.md` is written from there. A
quick run keeps and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")  # before Keras is imported, which reads it once

import accuracy
import adapting
import answering
import bars
import batch
import figures
import page
import predicting
import stored
import turns
from how import How

PARTS = {
    "bars": bars,
    "adapting": adapting,
    "accuracy": accuracy,
    "figures": figures,
    "predicting": predicting,
    "answering": answering,
    "batch": batch,
}


def main() -> int:
    """Measure, keep, write."""
    args = _parser().parse_args()
    if args.page:
        page.write(PARTS)
        return 0
    how = How(args.quick, args.rounds or (2 if args.quick else 7), int(args.most), args.peers)
    found = {}
    with turns.Stage() as stage:
        for part in args.parts:
            how.say(f"== {part}")
            found[part] = stored.plain(PARTS[part].measure(how, stage))
            if not args.quick:
                stored.keep(part, found[part], how)
            print(f"\n## {PARTS[part].TITLE}\n\n{PARTS[part].show(found[part])}\n", flush=True)
    wrong = list(adapting.differing(found.get("adapting", ())))
    for line in wrong:
        how.say(line)
    if not args.quick:
        page.write(PARTS)
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes: does everything run?")
    parser.add_argument("--rounds", type=int, help="how often each takes its turn; 7")
    parser.add_argument("--most", type=float, default=1e8, help="the most rows of the pictures")
    parser.add_argument("--peers", default="", help="a pattern: others take no part")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=list(PARTS), help="which parts; all"
    )
    parser.add_argument(
        "--page", action="store_true", help="write the page of what was kept; measure nothing"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
