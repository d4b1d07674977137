"""The table as a page of the documentation."""

from __future__ import annotations

import datetime as dt
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measure import Result

OTHERS = ("scikit-learn", "Keras")
PACKAGES = ("samescale", "numpy", "pyarrow", "scikit-learn", "keras", "jax")

_HEAD = """\
# Benchmarks

<!-- Written by `make bench`; what is changed by hand here is lost. -->

Behind each time of the others stands how long that is in times of samescale: **2.0 × means that
samescale takes half as long, 0.5 × that it takes twice as long.** The contenders take turns in one
run, and the median of {rounds} rounds counts. The table has 20 columns of float32 numbers, each of
which is normalised; the networks have hidden layers of 64 and 32.

{machine}
"""

_NOTES = """
What the times contain:

- *adapt*: samescale learns mean and variance, correctly rounded whatever the order of the rows, and
  beside them what the guard compares traffic with: extent, gaps and quantiles of each column; then
  it builds and checks the graph, which is most of the time for a few rows. scikit-learn and Keras
  learn mean and variance, by floating-point sums.
- *preprocessing*: samescale takes columns by name, checks them against the input contract and gives
  the matrix; scikit-learn and Keras (a compiled model of one `Normalization` layer) are given the
  matrix as it is.
- *with a network*: samescale checks the contract, asks the guard, and gives answers in the target's
  units. Keras is asked by `model.predict` with one batch. scikit-learn is asked by
  `Pipeline.predict` and computes in float32; behind samescale its networks compute in float64, so
  that what a row is answered doesn't depend on the rows beside it.

`make bench` makes this page again. The memory of adapting is measured by `benchmarks/memory.py`.
"""


def markdown(results: Sequence[Result], rounds: int) -> str:
    """The page."""
    head = _HEAD.format(rounds=rounds, machine=_machine())
    return f"{head}\n{table(results)}\n{_NOTES}"


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table."""
    lines = [
        f"| | rows | samescale | {' | '.join(OTHERS)} |",
        f"|---|---:|---:|{'---:|' * len(OTHERS)}",
    ]
    for one in results:
        cells = " | ".join(_against(one, other) for other in OTHERS)
        lines.append(f"| {one.what} | {one.rows:,} | {_time(one.seconds['samescale'])} | {cells} |")
    return "\n".join(lines)


def _against(result: Result, other: str) -> str:
    if other not in result.seconds:
        return "–"
    seconds = result.seconds[other]
    return f"{_time(seconds)} ({seconds / result.seconds['samescale']:.2g} ×)"


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def _machine() -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    today = dt.datetime.now(dt.UTC).date()
    return (
        f"Measured on {today}: {_processor()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {versions} (Keras on JAX)."
    )


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
