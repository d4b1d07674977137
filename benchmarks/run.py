"""`make bench`: samescale beside scikit-learn and Keras, as ratios in one run.

python benchmarks/run.py                  prints the table and writes docs/benchmarks.md
python benchmarks/run.py --rounds 3 --no-page
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from itertools import chain
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")  # before Keras is imported, which reads it once

import adapting
import page
import predicting
from measure import measure

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="how often each takes its turn")
    parser.add_argument("--no-page", action="store_true", help=f"don't write {PAGE.name}")
    args = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in chain(adapting.cases(folder), predicting.cases(folder)):
            print(f"{case.what}, {case.rows} rows", file=sys.stderr, flush=True)
            results.append(measure(case, args.rounds))
    print(page.table(results))
    if not args.no_page:
        PAGE.write_text(page.markdown(results, args.rounds), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
