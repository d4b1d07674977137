"""The data on disk: made once of the packages, read from then on with NumPy alone.

A peer runs in a virtual environment of its own, where the packages aren't.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.mistakes.labels import Array

TABLES: Final = (
    "breast_cancer",
    "wine",
    "diabetes_raw",
    "digits",
    "diamonds",
    "nyc_weather",
    "concrete",
    "credit",
    "smarket",
    "bikeshare",
    "loans",
    "bfi",
)
IMAGES: Final = ("skimage_patches", "mnist")

OUT = Path(__file__).resolve().parents[2] / "out" / "mistakes"  # git ignores it
FOLDER = "SAMESCALE_MISTAKES"  # another folder for the data


class Data(NamedTuple):
    """A data set: rows or images, the names of columns or channels, whether time orders them."""

    values: Array
    names: list[str]
    timed: bool

    @property
    def natural(self) -> bool:
        """Whether values are missing as it comes."""
        return bool((np.isnan(self.values).mean(0) >= 0.02).any())


def folder() -> Path:
    """Where the data are."""
    return Path(os.environ.get(FOLDER, OUT / "data"))


def load(name: str) -> Data:
    """A data set as it was made.

    Raises:
        SystemExit: If it wasn't made yet.
    """
    path = folder() / f"{name}.npz"
    if not path.exists():
        raise SystemExit(f"no data at {path}: run `python -m benchmarks.mistakes --parts data`")
    return _read(path)


@lru_cache(maxsize=4)
def _read(path: Path) -> Data:
    with np.load(path) as kept:
        return Data(kept["X"], [str(one) for one in kept["names"]], bool(kept["timed"]))


def make(wanted: Iterable[str] = ()) -> None:
    """Write the data sets that aren't there yet; it needs the packages of requirements.txt."""
    from benchmarks.mistakes import pictures, tables

    folder().mkdir(parents=True, exist_ok=True)
    for name in wanted or (*TABLES, *IMAGES):
        path = folder() / f"{name}.npz"
        if path.exists():
            continue
        if name in tables.TABLES:
            values, names = tables.TABLES[name].load()
            timed = tables.TABLES[name].timed
        else:
            values, timed = pictures.IMAGES[name](), False
            names = ["R", "G", "B"][: values.shape[-1]]
        np.savez_compressed(path, X=values, names=np.array(names), timed=timed)
        print(f"made {name} {values.shape}", file=sys.stderr, flush=True)
