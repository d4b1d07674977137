"""Fitted objects of scikit-learn, and what it means that a record holds what an object holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from samescale.adopt._record import Named, Record

NUMBERS = np.random.default_rng(0).normal(3.0, 2.0, (40, 3))
FRAME = pd.DataFrame(
    {"a": NUMBERS[:, 0], "b": NUMBERS[:, 1], "c": list("xyzzy" * 8), "d": [None, "é"] * 20}
)
OBJECTS = np.array([["x", None], ["y", "é"], ["x", "é"]], object)
TARGET = NUMBERS[:, 0]


def fitted() -> dict[str, Any]:
    """Fitted objects by name."""
    both = ["a", "b"]
    columns = ColumnTransformer(
        [("n", StandardScaler(), both), ("s", MinMaxScaler(), slice(1, 2)), ("d", "drop", ["d"])]
    )
    holes = NUMBERS.copy()
    holes[::3, 0] = np.nan
    return {
        "standard": StandardScaler().fit(NUMBERS),
        "standard float32": StandardScaler().fit(NUMBERS.astype(np.float32)),
        "standard named": StandardScaler(with_mean=False).fit(FRAME[both]),
        "min_max": MinMaxScaler((-1, 1), clip=True).fit(NUMBERS),
        "max_abs": MaxAbsScaler().fit(NUMBERS),
        "robust": RobustScaler(quantile_range=(10.0, 90.0)).fit(holes),
        "power": PowerTransformer().fit(NUMBERS),
        "box cox": PowerTransformer("box-cox").fit(np.abs(NUMBERS) + 1),
        "quantile": QuantileTransformer(n_quantiles=7, random_state=1).fit(NUMBERS),
        "bins": KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf").fit(NUMBERS),
        "impute": SimpleImputer(strategy="median", add_indicator=True).fit(holes),
        "impute text": SimpleImputer(strategy="most_frequent", missing_values=None).fit(OBJECTS),
        "one hot": OneHotEncoder(handle_unknown="ignore", drop="if_binary").fit(FRAME[["c"]]),
        "one hot objects": OneHotEncoder().fit(OBJECTS),
        "one hot fixed": OneHotEncoder().fit(np.array([["a"], ["bcd"]], "U5")),
        "one hot rare": OneHotEncoder(min_frequency=10, handle_unknown="infrequent_if_exist").fit(
            FRAME[["c"]]
        ),
        "ordinal": OrdinalEncoder(encoded_missing_value=-1).fit(OBJECTS),
        "ordinal numbers": OrdinalEncoder(dtype=np.int32).fit(np.array([[3, 1], [2, 7]])),
        "function": FunctionTransformer(np.log1p, np.expm1, feature_names_out="one-to-one"),
        "columns": columns.fit(FRAME),
        "pipeline": make_pipeline(SimpleImputer(), StandardScaler()).fit(NUMBERS),
        "with model": make_pipeline(RobustScaler(), Ridge()).fit(NUMBERS, TARGET),
        "classifier": make_pipeline(StandardScaler(), LogisticRegression()).fit(
            NUMBERS, NUMBERS[:, 0] > 3
        ),
        "target": TransformedTargetRegressor(Ridge(), transformer=StandardScaler()).fit(
            NUMBERS, TARGET
        ),
        "pair": (Ridge().fit(NUMBERS, TARGET), StandardScaler().fit(NUMBERS)),
        "by name": {"model": Ridge().fit(NUMBERS, TARGET), "scaler": StandardScaler().fit(NUMBERS)},
    }


def assert_same(read: Any, live: Any) -> None:
    """See that what was read holds what the living object holds, to the bit."""
    match live:
        case np.ndarray() if live.dtype.hasobject:
            assert read.dtype == object
            assert read.shape == live.shape
            assert_same(list(read.flat), list(live.flat))
        case np.ndarray():
            assert read.dtype == live.dtype.newbyteorder("=")
            assert read.shape == live.shape
            assert read.tobytes() == live.astype(read.dtype).tobytes()
        case list() | tuple():
            assert type(read) is type(live)
            assert len(read) == len(live)
            for one, other in zip(read, live, strict=True):
                assert_same(one, other)
        case dict():
            assert list(read) == list(live)
            for key, value in live.items():
                assert_same(read[key], value)
        case _:
            _assert_same_thing(read, live)


def _assert_same_thing(read: Any, live: Any) -> None:
    if isinstance(read, Named):
        module = "numpy" if isinstance(live, np.ufunc) else live.__module__
        assert (read.module, read.name) == (module, live.__name__)
    elif isinstance(read, Record):
        assert (read.module, read.name) == (type(live).__module__, type(live).__qualname__)
        assert_same(dict(read.state), live.__getstate__())
    else:
        assert type(read) is type(live)
        assert read == live or (read != read and live != live)
