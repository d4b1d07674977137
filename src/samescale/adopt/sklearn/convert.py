"""Which converter a class has, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from samescale.adopt._record import Record, record
from samescale.adopt.sklearn import (
    bins,
    compose,
    encoders,
    functions,
    imputers,
    polynomial,
    power,
    quantiles,
    scalers,
)
from samescale.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.adopt.sklearn.blocks import Block
    from samescale.adopt.sklearn.contract import Contract

    Converter: TypeAlias = Callable[[Record, list[Block], Contract], list[Block]]

CONVERTERS: dict[str, Converter] = {
    "Binarizer": bins.binarizer,
    "FunctionTransformer": functions.function,
    "KBinsDiscretizer": bins.bins,
    "MaxAbsScaler": scalers.max_abs,
    "MinMaxScaler": scalers.min_max,
    "MissingIndicator": imputers.indicator,
    "OneHotEncoder": encoders.one_hot,
    "OrdinalEncoder": encoders.ordinal,
    "PolynomialFeatures": polynomial.polynomial,
    "PowerTransformer": power.power,
    "QuantileTransformer": quantiles.quantiles,
    "RobustScaler": scalers.robust,
    "SimpleImputer": imputers.simple,
    "StandardScaler": scalers.standard,
    "Pipeline": lambda given, blocks, contract: compose.pipeline(given, blocks, contract, convert),
    "FeatureUnion": lambda given, blocks, contract: compose.union(given, blocks, contract, convert),
    "ColumnTransformer": lambda given, blocks, contract: compose.columns(
        given, blocks, contract, convert
    ),
}
# Classes whose answer for a row no graph of row-wise nodes gives to the bit, and why.
REASONS = {
    "Normalizer": "It divides a row by its norm, a sum over columns in an order of its own.",
}


def convert(given: Any, blocks: list[Block], contract: Contract) -> list[Block]:
    """What a transformer makes of some features.

    Args:
        given: A record, a live object, `None` or `passthrough`.
        blocks: The features.
        contract: What is demanded of the raw columns.

    Raises:
        SpecError: If it isn't fitted, isn't known, or has an option that can't be exact.
    """
    if given is None or (isinstance(given, str) and given == "passthrough"):
        return blocks
    found = record(given)
    converter = CONVERTERS.get(found.name) if found.root == "sklearn" else None
    if converter is None:
        raise unknown(found)
    return converter(found, blocks, contract)


def unknown(given: Record) -> SpecError:
    """The error of a class that isn't adopted."""
    why = REASONS.get(given.name, "Its transform isn't known.") if given.root == "sklearn" else ""
    known = ", ".join(sorted(CONVERTERS))
    return SpecError(
        f"A {given.module}.{given.name} can't be adopted. {why}".rstrip(". "),
        remedy=f"Known are {known}; or adapt a ss.Spec on the training data.",
        value=given.name,
    )
