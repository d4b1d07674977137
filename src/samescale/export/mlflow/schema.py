"""The input contract as MLflow's signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec

if TYPE_CHECKING:
    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.schema import Column

# MLflow narrows nothing, and frames hold float64 and int64 where nobody has said otherwise: the
# contract narrows, so callers may send the wide ones.
_TYPES: Final = {
    "number": DataType.double,
    "integer": DataType.long,
    "boolean": DataType.boolean,
    "string": DataType.string,
    "datetime": DataType.datetime,
}
_WIDE: Final = {"f": "float64", "i": "int64", "u": "int64"}


def signature(fitted: Fitted) -> ModelSignature:
    """What the model takes and gives."""
    columns = fitted.schema.columns
    taken = [_tensor(c) for c in columns] if is_shaped(fitted) else [_column(c) for c in columns]
    return ModelSignature(inputs=Schema(taken), outputs=Schema(_given(fitted)))


def is_shaped(fitted: Fitted) -> bool:
    """Whether a column holds more than a plain value a row: no data frame has such."""
    return any(column.shape for column in fitted.schema.columns)


def probabilities(fitted: Fitted) -> list[str]:
    """What the columns of probabilities are called, in the order of the classes."""
    return [f"probability_{name}" for name in fitted.classes or ()]


def widened(values: Array) -> Array:
    """Plain values of the widest dtype of their kind, as frames have them."""
    wide = _WIDE.get(values.dtype.kind)
    return values.astype(wide) if wide and values.ndim == 1 else values


def _column(column: Column) -> ColSpec:
    type_ = _TYPES[column.kind]
    # What may be missing is a float here, whatever it counts.
    floats = column.dtype.startswith("float") and column.kind == "integer"
    return ColSpec(DataType.double if floats else type_, column.name)


def _tensor(column: Column) -> TensorSpec:
    dtype = np.dtype("float64" if column.dtype == "float32" and not column.shape else _of(column))
    return TensorSpec(dtype, (-1, *column.shape), column.name)


def _of(column: Column) -> Any:
    if column.kind == "datetime":
        return "datetime64[us]"
    return str if column.dtype == "string" else column.dtype


def _given(fitted: Fitted) -> list[ColSpec]:
    name = "answers" if fitted.target is None else fitted.target.name
    if fitted.classes is None:
        return [ColSpec(DataType.double, name)]
    one = fitted.classes[0]
    type_ = DataType.string if isinstance(one, str) else DataType.long
    kind = DataType.boolean if isinstance(one, bool) else type_
    return [ColSpec(kind, name), *(ColSpec(DataType.double, p) for p in probabilities(fitted))]
