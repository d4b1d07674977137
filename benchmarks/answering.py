"""The bars of performance that answering raw rows is held to.

    python benchmarks/answering.py            all of them, on the sizes that they speak of
    python benchmarks/answering.py --quick    small sizes: does it run?

All contenders of a line run in one process and take turns.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("KERAS_BACKEND", "jax")  # before Keras is imported, which reads it once

import loading
import stored
import turns
import words
from bar import Bar, Times, table
from how import How
from measure import measure as timed
from measure import singly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from measure import Case
    from turns import Stage

TITLE = "Answering raw rows"
TEXT = """\
A bundle answers through ONNX Runtime, one thread a call, with the input contract checked and the
guard asked. With ≥ the ratio is the other's time over samescale's, with ≤ samescale's over the
other's; behind it stand the two times, the one above the line first. One row is timed call by call
and told by the median call, over 256 different rows. Lines without a bar are there to compare.

- *one row*: a dict of 20 numbers, as JSON gives it, to `Predictor.predict`; behind it a Keras
  network of two hidden layers of 64. *The same graph* is the very session that answers, its `run`
  given one matrix that is ready; *the exported graph* takes 20 inputs of a number each, ready too,
  and answers in the target's units. scikit-learn (a pipeline of `StandardScaler` and
  `MLPRegressor`, 64 and 64) is given an array of one row, and so is Keras (JAX; `model.predict`
  with `Normalization` inside).
- *100,000 rows*: a dict of 20 float32 arrays. The network without preprocessing is given the
  finished features: in one call, and in the blocks in which samescale's runtime asks, so that what
  is computed stays in the processor's cache.
- *mixed table*: 20 float64 columns, normalised, and 10 columns of 20 strings each, one-hot, in a
  pandas frame. scikit-learn has a `ColumnTransformer` of `StandardScaler` and `OneHotEncoder`;
  behind each stands an estimator of the same class. What scikit-learn computes as matrix products
  uses all cores; samescale uses one.
- *loading*: `samescale.load` in a process of its own, from after `import samescale` to a predictor,
  and to its first answer. *Natively* is through Keras.
"""
ROWS = 100_000
MANY = 1_000_000
SHORT = 3  # rounds of what takes seconds
OFTEN = 5  # times as many of what takes microseconds: a round is 20 ms long
OURS = "samescale"
FRAME = "samescale, a frame"


def measure(how: How, _: Stage) -> list[dict[str, Any]]:
    """All bars."""
    import rows

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        network = rows.Network.made(folder, how.sized(ROWS))
        return [
            *_one(how, network.one_row()),
            *_many(how, network.many_rows(how.sized(ROWS))),
            *_mixed(how, folder),
            *loading.bars(network.path, how),
        ]


def _one(how: How, case: Case) -> Iterator[dict[str, Any]]:
    times = _times(how, case, one=True)
    bars = [
        Bar(case.what, "the same graph, bare", 2, OURS, "graph", at_most=True),
        Bar(case.what, "the exported graph, bare", 2, OURS, "exported", at_most=True),
        Bar(case.what, "scikit-learn's Pipeline.predict", 10, "scikit-learn", OURS),
        Bar(case.what, "Keras on JAX, model.predict", 25, "Keras", OURS),
        Bar(
            "the same as a list of one dict",
            "the same graph, bare",
            0,
            "samescale, a list",
            "graph",
        ),
    ]
    yield from (_told(bar, times) for bar in bars)


def _many(how: How, case: Case) -> Iterator[dict[str, Any]]:
    times = _times(how, case)
    whole = "the network without preprocessing, one call"
    blocks = "the network without preprocessing, in blocks"
    yield _told(Bar(case.what, whole, 1.15, OURS, "network", at_most=True), times)
    yield _told(Bar(case.what, blocks, 0, OURS, "blocks"), times)
    yield _told(
        Bar(case.what, "the same graph in blocks, the matrix ready", 0, OURS, "graph"), times
    )


def _mixed(how: How, folder: Path) -> Iterator[dict[str, Any]]:
    import rows

    for estimator in rows.ESTIMATORS:
        mixed = rows.Mixed.made(folder, estimator, how.sized(ROWS))
        case = mixed.one_row()
        times = _times(how, case, one=True)
        yield _told(Bar(case.what, _PIPELINE, 20, "scikit-learn", OURS), times)
        yield _told(
            Bar(f"{case.what}, a frame of one row", _PIPELINE, 0, "scikit-learn", FRAME), times
        )
        case = mixed.many_rows(how.sized(MANY))
        times = _times(how, case)
        yield _told(Bar(case.what, _PIPELINE, 3, "scikit-learn", FRAME), times)


_PIPELINE = "scikit-learn's ColumnTransformer pipeline"


def _times(how: How, case: Case, *, one: bool = False) -> dict[str, Times]:
    how.say(case.what)
    rounds = how.rounds if case.rows <= ROWS else min(how.rounds, SHORT)
    if one and not how.quick:
        rounds *= OFTEN
    found = (singly if one else timed)(case, rounds)
    return {
        name: Times(found.seconds[name], found.least[name], found.cpu[name])
        for name in case.contenders
    }


def _told(bar: Bar, times: Mapping[str, Times]) -> dict[str, Any]:
    """What was measured, with the two times."""
    found = bar.measured(times)
    if "seconds" not in found:
        return found
    slow, fast = map(words.time, found["seconds"])
    return {**found, "note": f"{slow} : {fast}"}


def show(found: Sequence[Mapping[str, Any]]) -> str:
    """The table."""
    return f"{TEXT}\n{table(found)}"


def main() -> int:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run?")
    parser.add_argument("--rounds", type=int, default=7, help="how often each takes its turn")
    parser.add_argument("--keep", action="store_true", help="keep the result for the page")
    args = parser.parse_args()
    how = How(quick=args.quick, rounds=args.rounds)
    with turns.Stage() as stage:
        found = measure(how, stage)
    if args.keep:
        stored.keep("answering", found, how)
    print(f"{stored.machine()}\n\n{show(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
