"""Preprocessing that is learned once, carried in the model's file, and the same everywhere.

>>> import samescale as ss
>>> fitted = ss.Spec({"age": ss.Normalization()}).adapt({"age": [20.0, 40.0, 60.0]})
>>> fitted.transform({"age": [40.0]})["age"]
array([0.], dtype=float32)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from samescale.adopt import Adopted as Adopted
    from samescale.adopt import adopt as adopt
    from samescale.bundle import Bundle as Bundle
    from samescale.diagnose import diagnose as diagnose
    from samescale.draft import infer as infer
    from samescale.errors import SamescaleError as SamescaleError
    from samescale.findings import Finding as Finding
    from samescale.fitted import Fitted as Fitted
    from samescale.guard import GuardWarning as GuardWarning
    from samescale.keras import protect as protect
    from samescale.predictor import Predictor as Predictor
    from samescale.predictor import load as load
    from samescale.schema import Column as Column
    from samescale.schema import Schema as Schema
    from samescale.spec import Spec as Spec
    from samescale.spec import Target as Target
    from samescale.train import fit as fit
    from samescale.transforms.category_encoding import CategoryEncoding as CategoryEncoding
    from samescale.transforms.channel_order import ChannelOrder as ChannelOrder
    from samescale.transforms.clip import Clip as Clip
    from samescale.transforms.computed import Computed as Computed
    from samescale.transforms.date_time_features import DateTimeFeatures as DateTimeFeatures
    from samescale.transforms.discretization import Discretization as Discretization
    from samescale.transforms.from_column import FromColumn as FromColumn
    from samescale.transforms.hashed_crossing import HashedCrossing as HashedCrossing
    from samescale.transforms.hashing import Hashing as Hashing
    from samescale.transforms.image_convention import ImageConvention as ImageConvention
    from samescale.transforms.impute import Impute as Impute
    from samescale.transforms.integer_lookup import IntegerLookup as IntegerLookup
    from samescale.transforms.log1p import Log1p as Log1p
    from samescale.transforms.max_abs import MaxAbs as MaxAbs
    from samescale.transforms.min_max import MinMax as MinMax
    from samescale.transforms.missing_indicator import MissingIndicator as MissingIndicator
    from samescale.transforms.normalization import Normalization as Normalization
    from samescale.transforms.power_transform import PowerTransform as PowerTransform
    from samescale.transforms.quantile_transform import QuantileTransform as QuantileTransform
    from samescale.transforms.rescaling import Rescaling as Rescaling
    from samescale.transforms.robust import Robust as Robust
    from samescale.transforms.string_lookup import StringLookup as StringLookup
    from samescale.transforms.text_vectorization import TextVectorization as TextVectorization

# Where each public name lives; it is imported when it is first asked for, so that
# `import samescale` costs next to nothing.
_HOMES = {
    "Adopted": "adopt",
    "Bundle": "bundle",
    "CategoryEncoding": "transforms.category_encoding",
    "ChannelOrder": "transforms.channel_order",
    "Clip": "transforms.clip",
    "Column": "schema",
    "Computed": "transforms.computed",
    "DateTimeFeatures": "transforms.date_time_features",
    "Discretization": "transforms.discretization",
    "Finding": "findings",
    "Fitted": "fitted",
    "FromColumn": "transforms.from_column",
    "GuardWarning": "guard",
    "HashedCrossing": "transforms.hashed_crossing",
    "Hashing": "transforms.hashing",
    "ImageConvention": "transforms.image_convention",
    "Impute": "transforms.impute",
    "IntegerLookup": "transforms.integer_lookup",
    "Log1p": "transforms.log1p",
    "MaxAbs": "transforms.max_abs",
    "MinMax": "transforms.min_max",
    "MissingIndicator": "transforms.missing_indicator",
    "Normalization": "transforms.normalization",
    "PowerTransform": "transforms.power_transform",
    "Predictor": "predictor",
    "QuantileTransform": "transforms.quantile_transform",
    "Rescaling": "transforms.rescaling",
    "Robust": "transforms.robust",
    "SamescaleError": "errors",
    "Schema": "schema",
    "Spec": "spec",
    "StringLookup": "transforms.string_lookup",
    "Target": "spec",
    "TextVectorization": "transforms.text_vectorization",
    "adopt": "adopt",
    "diagnose": "diagnose",
    "fit": "train",
    "infer": "draft",
    "load": "predictor",
    "protect": "keras",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605 - the list and the homes can't fall apart


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'samescale' has no attribute '{name}'")
    found = getattr(import_module(f"samescale.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
