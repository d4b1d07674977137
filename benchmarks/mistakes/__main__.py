"""`make bench-mistakes`: mistakes made on purpose, and who names them.

    python -m benchmarks.mistakes                            everything of the guard, and the page
    python -m benchmarks.mistakes --quick                    a little of each: does it run?
    python -m benchmarks.mistakes --parts names --seeds 0    one part, with one seed
    python -m benchmarks.mistakes --parts peers              the peers, each in an environment
    python -m benchmarks.mistakes --page                     the page anew, of what was kept
    python -m benchmarks.mistakes --detector module:Class    another detector, on the same cases

What was judged is kept in `out/mistakes/`: a run that was interrupted goes on where it stopped. The
figures are kept in `benchmarks/results/`, and the page is written from there.
"""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy is imported, which reads it once
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.mistakes import page, store
from benchmarks.mistakes.how import GUARD, How

QUICK = ("wine", "concrete", "mnist")


def main(arguments: list[str] | None = None) -> int:
    """Measure, keep, write."""
    args = _parser().parse_args(arguments)
    how = How(
        detector=args.detector,
        datasets=args.datasets or (QUICK if args.quick else ()),
        seeds=args.seeds or ((0,) if args.quick else (0, 1, 2, 3, 4)),
        processes=args.processes,
        quick=args.quick,
        anew=args.anew,
    )
    parts = page.parts()
    asked = [] if args.page and not args.parts else args.parts or list(parts)
    if asked:
        store.make(how.datasets)
    for part in (one for one in asked if one != "data"):
        how.say(f"== {part}")
        found = page.plain(parts[part].measure(how))
        if not (args.quick or args.datasets) and how.detector == GUARD:
            page.keep(part, found, how)
        print(f"\n## {parts[part].TITLE}\n\n{parts[part].show(found)}\n", flush=True)
    if args.page or not (args.quick or args.parts):
        page.write()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mistakes", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--parts", nargs="+", choices=["data", *page.parts()], help="which parts")
    parser.add_argument("--seeds", nargs="+", type=int, help="which seeds; 0 to 4")
    parser.add_argument("--datasets", nargs="+", choices=[*store.TABLES, *store.IMAGES])
    parser.add_argument("--detector", default=GUARD, help="module:Class; samescale's guard")
    parser.add_argument("--processes", type=int, default=1, help="how many at a time; 1")
    parser.add_argument("--quick", action="store_true", help="a little of each: does it run?")
    parser.add_argument("--anew", action="store_true", help="judge again what was judged")
    parser.add_argument("--page", action="store_true", help="write the page of what was kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
