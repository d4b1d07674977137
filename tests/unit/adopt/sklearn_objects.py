"""Fitted scikit-learn objects, each class with its options, and the rows that they trip over."""

from __future__ import annotations

import dataclasses as dc
import functools
import warnings
from typing import TYPE_CHECKING, Any, final

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("pandas")
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 120


@final
@dc.dataclass(frozen=True, eq=False)
class Object:
    """An object to fit, on which columns, and how far answers may be apart.

    Attributes:
        name: What the test is called.
        make: Makes the unfitted object.
        columns: The columns of `table`.
        slack: How large the float64 rounding is that the two forms may differ by, in units of
            `2**-53`, given the object and the rows: 0 for what must be the same float64 but for
            one division.
        exact: Whether every feature must be equal.
    """

    name: str
    make: Callable[[], Any]
    columns: tuple[str, ...]
    slack: Callable[[Any, Any, Any], Any] | None = None
    exact: bool = False


@functools.cache
def table() -> Any:
    """Rows to fit on: numbers of several scales, and categories of several kinds."""
    rng = np.random.default_rng(0)
    number = rng.normal(3.0, 2.0, ROWS)
    number[:3] = [0.0, -0.0, 5e-324]
    wide = rng.normal(1e9, 1e3, ROWS)
    amount = rng.lognormal(3.0, 1.5, ROWS)
    gaps = np.where(rng.random(ROWS) < 0.2, np.nan, rng.normal(50.0, 5.0, ROWS))
    city = rng.choice(np.array(["Oslo", "Rome", "Zürich", "", "x y", "雪"], object), ROWS)
    shop = np.where(rng.random(ROWS) < 0.2, None, city)
    gone = np.where(rng.random(ROWS) < 0.2, np.nan, city)
    # Rare ones, so that some are infrequent.
    letter = rng.choice(np.array(list("aaaaaabbbbcd"), object), ROWS)
    letter[:3] = ["c", "d", "e"]
    return pd.DataFrame(
        {
            "number": number,
            "wide": wide,
            "amount": amount,
            "gaps": gaps,
            "constant": np.full(ROWS, 7.25),
            "code": rng.integers(0, 5, ROWS),
            "minus": np.where(rng.random(ROWS) < 0.3, -1.0, rng.integers(0, 9, ROWS)),
            "half": rng.choice([0.5, 1.5, -2.25, 0.1 + 0.2], ROWS),
            "flag": rng.random(ROWS) < 0.5,
            "city": pd.Series(city, dtype=object),
            "shop": pd.Series(shop, dtype=object),
            "gone": pd.Series(gone, dtype=object),
            "letter": pd.Series(letter, dtype=object),
            "mark": pd.Series(np.where(rng.random(ROWS) < 0.3, "?", letter), dtype=object),
        }
    )


HOSTILE: dict[str, list[Any]] = {
    "number": [0.0, -0.0, 5e-324, -5e-324, 2.2e-308, 1e-300, 1e16, -1e16, 1e300, -1e300, 2.0**53],
    "text": ["Oslo", "oslo", "Oslo ", "", " ", "雪", "Zu\u0308rich", "Zürich", "\u0000", "x" * 999],
}


def hostile(columns: tuple[str, ...], fitted_on: Any) -> Any:
    """Rows that nobody fits on: training values and their neighbours, and far ones."""
    made = {}
    for name in columns:
        values = fitted_on[name]
        if values.dtype == object:
            made[name] = [*values, *HOSTILE["text"] * 4]
        elif values.dtype == bool:
            made[name] = [*values, *[True, False] * 20]
        elif name == "code":
            made[name] = [*values, *range(-20, 20)]
        else:
            made[name] = [*values, *HOSTILE["number"]]
            ends = [values.min(), values.max(), values.mean(), values.median()]
            made[name] += [np.nextafter(end, to) for end in ends for to in (np.inf, -np.inf)]
    most = max(map(len, made.values()))
    return pd.DataFrame(
        {
            name: pd.Series(
                np.resize(np.array(rows, fitted_on[name].dtype), most), dtype=fitted_on[name].dtype
            )
            for name, rows in made.items()
        }
    )


@functools.cache
def fitted(given: Object) -> tuple[Any, Any]:
    """The object, fitted, and what on."""
    rows = table()[list(given.columns)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return given.make().fit(rows), rows


def _added(of: Any, rows: Any, answer: Any) -> Any:
    """What is added and what it is added to, where a form has a sum."""
    del answer
    return np.abs(rows.to_numpy(float) * of.scale_) + np.abs(of.min_)


def _powers(of: Any, rows: Any, answer: Any) -> Any:
    """The transform's value before it is standardised, and the logarithm that is raised."""
    del rows
    if not of.standardize:
        return 1000.0 * (1.0 + np.abs(answer))
    scale, mean = of._scaler.scale_, of._scaler.mean_
    return 1000.0 * (np.abs(answer) + (1.0 + np.abs(mean)) / scale)


def _shares(of: Any, rows: Any, answer: Any) -> Any:
    del rows
    # Between two quantiles of 1000 the share is a difference of places; the normal quantile is
    # steepest at its ends, where a share of 1e-7 has an error of 1e-16.
    steep = 1e6 if of.output_distribution == "normal" else 1.0
    return 1e4 * steep * np.ones_like(answer)


NUMBERS = ("number", "wide", "amount")
GAPS = ("number", "gaps")
Quantiles = QuantileTransformer


def _bins(**options: Any) -> Any:
    return KBinsDiscretizer(**{"quantile_method": "averaged_inverted_cdf", **options})


def _mixed(**options: Any) -> Any:
    return ColumnTransformer(
        [
            (
                "num",
                make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()),
                ["gaps", "wide"],
            ),
            ("cat", OneHotEncoder(handle_unknown="ignore"), ["city"]),
        ],
        **options,
    )


def _of(name: str, make: Callable[[], Any], *columns: str, **more: Any) -> Object:
    return Object(name, make, columns, **more)


MIXED = ("number", "gaps", "wide", "city", "code")
OBJECTS = [
    _of("standard", StandardScaler, *NUMBERS, "constant"),
    _of("standard-no-mean", lambda: StandardScaler(with_mean=False), *NUMBERS),
    _of("standard-no-std", lambda: StandardScaler(with_std=False), *NUMBERS),
    _of("standard-neither", lambda: StandardScaler(with_mean=False, with_std=False), *NUMBERS),
    _of("standard-missing", StandardScaler, *GAPS),
    _of("minmax", MinMaxScaler, *NUMBERS, "constant", slack=_added),
    _of("minmax-range", lambda: MinMaxScaler((-3, 7)), *NUMBERS, slack=_added),
    _of(
        "minmax-clip", lambda: MinMaxScaler((0.25, 0.5), clip=True), *NUMBERS, "gaps", slack=_added
    ),
    _of("maxabs", MaxAbsScaler, *NUMBERS, "gaps"),
    _of("robust", RobustScaler, *NUMBERS, "gaps"),
    _of("robust-unit", lambda: RobustScaler(unit_variance=True, quantile_range=(5, 90)), *NUMBERS),
    _of("robust-center", lambda: RobustScaler(with_scaling=False), *NUMBERS),
    _of("robust-scale", lambda: RobustScaler(with_centering=False), *NUMBERS),
    _of("yeo-johnson", PowerTransformer, "number", "amount", "gaps", slack=_powers),
    _of(
        "yeo-johnson-raw",
        lambda: PowerTransformer(standardize=False),
        "number",
        "amount",
        slack=_powers,
    ),
    _of("box-cox", lambda: PowerTransformer("box-cox"), "amount", slack=_powers),
    _of(
        "box-cox-raw",
        lambda: PowerTransformer("box-cox", standardize=False),
        "amount",
        slack=_powers,
    ),
    _of("quantile", lambda: Quantiles(n_quantiles=50), *NUMBERS, "gaps", slack=_shares),
    _of("quantile-constant", lambda: Quantiles(n_quantiles=5), "constant", "code", slack=_shares),
    _of(
        "quantile-subsample",
        lambda: Quantiles(n_quantiles=9, subsample=60, random_state=0),
        *NUMBERS,
        slack=_shares,
    ),
    _of(
        "quantile-normal",
        lambda: Quantiles(n_quantiles=50, output_distribution="normal"),
        *NUMBERS,
        slack=_shares,
    ),
    _of("bins-ordinal", lambda: _bins(encode="ordinal"), *NUMBERS, "code", exact=True),
    _of("bins-onehot", lambda: _bins(n_bins=4), *NUMBERS, exact=True),
    _of("bins-dense", lambda: _bins(n_bins=[2, 3, 7], encode="onehot-dense"), *NUMBERS, exact=True),
    _of("bins-uniform", lambda: _bins(strategy="uniform", encode="ordinal"), *NUMBERS, exact=True),
    _of("bins-kmeans", lambda: _bins(strategy="kmeans", random_state=0), *NUMBERS, exact=True),
    _of("impute-mean", SimpleImputer, *GAPS, exact=True),
    _of("impute-median", lambda: SimpleImputer(strategy="median"), *GAPS, exact=True),
    _of("impute-frequent", lambda: SimpleImputer(strategy="most_frequent"), *GAPS, exact=True),
    _of(
        "impute-constant",
        lambda: SimpleImputer(strategy="constant", fill_value=-7.5),
        *GAPS,
        exact=True,
    ),
    _of("impute-indicator", lambda: SimpleImputer(add_indicator=True), *GAPS, exact=True),
    _of(
        "impute-minus",
        lambda: SimpleImputer(missing_values=-1.0, add_indicator=True),
        "minus",
        "number",
        exact=True,
    ),
    _of("indicator", MissingIndicator, "gaps", exact=True),
    _of("indicator-all", lambda: MissingIndicator(features="all"), *GAPS, exact=True),
    _of("onehot", OneHotEncoder, "city", "letter", "code", "flag", "half", exact=True),
    _of(
        "onehot-ignore",
        lambda: OneHotEncoder(handle_unknown="ignore"),
        "city",
        "shop",
        "code",
        "half",
        exact=True,
    ),
    _of("onehot-missing", OneHotEncoder, "shop", "gaps", exact=True),
    _of("onehot-first", lambda: OneHotEncoder(drop="first"), "city", "letter", "flag", exact=True),
    _of(
        "onehot-binary",
        lambda: OneHotEncoder(drop="if_binary", sparse_output=False),
        "flag",
        "city",
        exact=True,
    ),
    _of("onehot-drop", lambda: OneHotEncoder(drop=["Rome", 3]), "city", "code", exact=True),
    _of(
        "onehot-infrequent",
        lambda: OneHotEncoder(min_frequency=15, handle_unknown="infrequent_if_exist"),
        "letter",
        "city",
        exact=True,
    ),
    _of(
        "onehot-max",
        lambda: OneHotEncoder(max_categories=3, handle_unknown="infrequent_if_exist", drop="first"),
        "letter",
        exact=True,
    ),
    _of(
        "onehot-given",
        lambda: OneHotEncoder(categories=[["Rome", "Oslo"]], handle_unknown="ignore"),
        "city",
        exact=True,
    ),
    _of("ordinal", OrdinalEncoder, "city", "code", "half", "flag", exact=True),
    _of("ordinal-missing", OrdinalEncoder, "gaps", exact=True),
    _of(
        "ordinal-unknown",
        lambda: OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
        ),
        "city",
        "gaps",
        "code",
        exact=True,
    ),
    _of(
        "ordinal-nan",
        lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
        "letter",
        exact=True,
    ),
    _of("ordinal-infrequent", lambda: OrdinalEncoder(max_categories=3), "letter", exact=True),
    _of("binarizer", lambda: Binarizer(threshold=3.0), *NUMBERS, exact=True),
    _of("polynomial", lambda: PolynomialFeatures(3), "number", "amount"),
    _of(
        "polynomial-interactions",
        lambda: PolynomialFeatures((2, 3), interaction_only=True, include_bias=False),
        *NUMBERS,
    ),
    *[
        _of(f"function-{f.__name__}", lambda f=f: FunctionTransformer(f), "number", "gaps")
        for f in (
            np.log1p,
            np.exp,
            np.expm1,
            np.sqrt,
            np.square,
            np.abs,
            np.reciprocal,
            np.floor,
            np.log,
        )
    ],
    _of("function-none", FunctionTransformer, "number", "gaps", exact=True),
    _of("columns", _mixed, *MIXED),
    _of(
        "columns-rest",
        lambda: _mixed(remainder="passthrough", verbose_feature_names_out=False),
        *MIXED,
    ),
    _of("columns-rest-scaled", lambda: _mixed(remainder=StandardScaler()), *MIXED),
    _of("columns-weights", lambda: _mixed(transformer_weights={"cat": 3.0, "num": 0.1}), *MIXED),
    _of(
        "columns-format",
        lambda: _mixed(verbose_feature_names_out="{feature_name}<{transformer_name}"),
        *MIXED,
    ),
    _of(
        "columns-places",
        lambda: ColumnTransformer(
            [
                ("slice", StandardScaler(), slice(0, 2)),
                ("mask", "passthrough", [False, True, False, False, True]),
                ("int", MaxAbsScaler(), [-1, 0]),
                ("gone", "drop", [3]),
                ("none", StandardScaler(), []),
            ]
        ),
        *MIXED,
    ),
    _of(
        "columns-labels",
        lambda: make_column_transformer(
            (StandardScaler(), slice("number", "wide")),
            (OneHotEncoder(), make_column_selector(dtype_include=object)),
        ),
        *MIXED,
    ),
    _of(
        "pipeline",
        lambda: Pipeline(
            [
                ("fill", SimpleImputer()),
                ("none", None),
                ("log", FunctionTransformer(np.abs)),
                ("scale", StandardScaler()),
            ]
        ),
        *GAPS,
    ),
    _of(
        "pipeline-text",
        lambda: make_pipeline(
            SimpleImputer(strategy="constant", fill_value="none"),
            OneHotEncoder(handle_unknown="ignore"),
        ),
        "shop",
        exact=True,
    ),
    _of(
        "pipeline-nan",
        lambda: make_pipeline(
            SimpleImputer(strategy="most_frequent", add_indicator=False), OrdinalEncoder()
        ),
        "gone",
        exact=True,
    ),
    _of(
        "pipeline-mark",
        lambda: make_pipeline(
            SimpleImputer(missing_values="?", strategy="most_frequent"),
            OneHotEncoder(handle_unknown="ignore"),
        ),
        "mark",
        exact=True,
    ),
    _of(
        "union",
        lambda: make_union(
            StandardScaler(),
            make_pipeline(SimpleImputer(), _bins(n_bins=3)),
            MissingIndicator(features="all"),
        ),
        *GAPS,
    ),
    _of(
        "union-weights",
        lambda: FeatureUnion(
            [("a", RobustScaler()), ("b", "drop"), ("c", "passthrough")],
            transformer_weights={"c": 0.5},
        ),
        "number",
        "wide",
    ),
    _of(
        "nested",
        lambda: make_pipeline(
            make_pipeline(SimpleImputer(), StandardScaler()),
            FeatureUnion(
                [("hot", _bins(n_bins=4, encode="onehot-dense")), ("same", "passthrough")]
            ),
            ColumnTransformer(
                [("b", RobustScaler(), [1, 2, 9]), ("a", StandardScaler(), [0, 3])],
                remainder="passthrough",
            ),
            PolynomialFeatures(2),
            StandardScaler(with_mean=False),
        ),
        *GAPS,
    ),
]
