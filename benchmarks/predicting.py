"""Predicting: the same preprocessing, alone and before a network of the same size."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import words
from measure import measure as timed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from how import How
    from turns import Stage

TITLE = "Predicting"
TEXT = """\
Behind each time of the others stands how long that is in times of samescale: **2 × means that
samescale takes half as long, 0.5 × that it takes twice as long.** All take turns in one process.
The table has 20 columns of float32 numbers, each of which is normalised; the networks have hidden
layers of 64 and 32. Keras runs on JAX.

- *preprocessing*: samescale takes columns by name, checks them against the input contract and gives
  the matrix; scikit-learn and Keras (a compiled model of one `Normalization` layer) are given the
  matrix as it is.
- *with a network*: samescale checks the contract, asks the guard, and gives answers in the target's
  units. Keras is asked by `model.predict` with one batch. scikit-learn is asked by
  `Pipeline.predict` and computes in float32; behind samescale its networks compute in float64, so
  that what a row is answered doesn't depend on the rows beside it.
"""
OTHERS = ("scikit-learn", "Keras")


def measure(how: How, _: Stage) -> list[Any]:
    """All cases."""
    import networks

    with tempfile.TemporaryDirectory() as folder:
        return [timed(case, how.rounds) for case in networks.cases(Path(folder))]


def show(found: Sequence[Mapping[str, Any]]) -> str:
    """The table."""
    rows = [
        [
            one["what"],
            f"{one['rows']:,}",
            words.time(one["seconds"]["samescale"]),
            *(_against(one["seconds"], other) for other in OTHERS),
        ]
        for one in found
    ]
    return f"{TEXT}\n{words.table(('', 'rows', 'samescale', *OTHERS), rows)}"


def _against(seconds: Mapping[str, float], other: str) -> str:
    if other not in seconds:
        return "–"
    return f"{words.time(seconds[other])} ({words.ratio(seconds[other] / seconds['samescale'])})"
