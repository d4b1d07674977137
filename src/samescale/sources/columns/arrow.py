"""From Arrow arrays to a `Column` and a NumPy array, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from samescale.errors import SourceError
from samescale.ir.types import numpy_dtype
from samescale.schema import Column
from samescale.sources.columns import times
from samescale.sources.columns.values import inexact, without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.ir.types import Array, DType
    from samescale.schema import Kind

_SHOWN = 40
_MANY = 4_096
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def column(name: str, kind: Any, *, nulls: bool | None) -> Column:
    """The column of an Arrow type.

    Args:
        name: The column's name.
        kind: Its `pyarrow.DataType`.
        nulls: Whether a value is missing, `None` if that isn't known. An integer or boolean
            column that has missing values is float64.

    Raises:
        SourceError: If a column can't have this type.

    >>> column("pixels", pa.list_(pa.uint8(), 3), nulls=False).type
    TensorType(dtype='uint8', shape=(3,))
    """
    if getattr(kind, "extension_name", "") == "pandas.period":
        raise _refused(name, kind)  # its integers count days or months, whichever it is of
    shape, item = tensor(kind)
    family, dtype = _family(name, item)
    if nulls and family in {"integer", "boolean"}:
        dtype = "float64"
    return Column(name, dtype, shape, family, nullable=nulls is not False)


def tensor(kind: Any) -> tuple[tuple[int, ...], Any]:
    """The shape of one row's entry of an Arrow type and the type of its items."""
    if isinstance(kind, pa.FixedShapeTensorType):
        return tuple(kind.shape), kind.value_type
    if isinstance(kind, pa.BaseExtensionType):
        return tensor(kind.storage_type)
    if pa.types.is_fixed_size_list(kind):
        shape, item = tensor(kind.value_type)
        return (kind.list_size, *shape), item
    return (), kind


def _family(name: str, kind: Any) -> tuple[Kind, DType]:
    is_ = pa.types
    if is_.is_dictionary(kind):
        return _family(name, kind.value_type)
    if is_.is_integer(kind):
        dtype: DType = str(kind)  # type: ignore[assignment]  # Arrow and NumPy agree on the names
        return "integer", dtype
    if is_.is_floating(kind):
        return "number", {16: "float16", 32: "float32", 64: "float64"}[kind.bit_width]  # type: ignore[return-value]  # of DType by hand
    if is_.is_boolean(kind):
        return "boolean", "bool"
    if is_.is_decimal(kind) or is_.is_null(kind):
        return "number", "float64"
    if is_.is_string(kind) or is_.is_large_string(kind) or is_.is_string_view(kind):
        return "string", "string"
    if is_.is_timestamp(kind) or is_.is_date(kind):
        return "datetime", "float64"
    raise _refused(name, kind)


def _refused(name: str, kind: Any) -> SourceError:
    return SourceError(
        f"Column '{name}' is of the Arrow type {kind}, which is no type of a column.",
        remedy=_remedy(kind),
        column=name,
    )


def _remedy(kind: Any) -> str:
    if pa.types.is_nested(kind):
        return "Flatten it to columns, or to lists of one fixed length, or leave it out."
    return "Convert it to numbers, text or dates, or leave it out."


def taken(array: Any, wanted: Column, *, arrow: bool) -> Any:
    """An Arrow array as a chunk holds it: as `to_numpy` gives it, or text as it is."""
    return array if arrow and _is_text(array.type, wanted) else to_numpy(array, wanted)


def _is_text(kind: Any, wanted: Column) -> bool:
    item = kind.value_type if pa.types.is_dictionary(kind) else kind
    return wanted.dtype == "string" and str(item) in {"string", "large_string", "string_view"}


def objects(array: Any) -> Array:
    """Text as Arrow has it as an object array of `str` and `None`; a NumPy array as it is.

    Raises:
        SourceError: If a text isn't UTF-8.

    >>> objects(pa.array(["a", None, "a"]).dictionary_encode())
    array(['a', None, 'a'], dtype=object)
    """
    if isinstance(array, np.ndarray):
        return array
    pieces = [_objects(piece) for piece in getattr(array, "chunks", (array,))]
    return pieces[0] if len(pieces) == 1 else np.concatenate([np.empty(0, object), *pieces])


def _objects(array: Any) -> Array:
    return _texts(_decoded(array) if pa.types.is_dictionary(array.type) else array)


def _texts(array: Any) -> Array:
    try:
        if len(array) > _MANY and _repeats(array):
            return _shared(array.dictionary_encode())
        return np.asarray(array.to_numpy(zero_copy_only=False), dtype=object)
    except (UnicodeDecodeError, pa.ArrowException):
        for data in array.cast(pa.large_binary()).to_pylist():
            _check_text(data)
        raise


def _repeats(array: Any) -> bool:
    """Whether few texts come often: each is made an object once then, not once a row."""
    sample = array.slice(0, _MANY // 4)
    plain = str(array.type) in {"string", "large_string"}
    return plain and len(sample.unique()) < len(sample) // 8


def _shared(array: Any) -> Array:
    texts = [*array.dictionary.to_pylist(), None]
    codes = array.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False)
    shared: Array = np.array(texts, object).take(codes)
    return shared


def _check_text(data: bytes | None) -> None:
    try:
        str(data or b"", "utf-8")
    except UnicodeDecodeError:
        shown = (data or b"")[:_SHOWN]
        raise SourceError(
            f"A text column holds {shown!r}, which isn't text in UTF-8.",
            remedy="Decode the column before it is made Arrow data, or leave the row out.",
            value=repr(shown),
        ) from None


def joined(arrays: Sequence[Any]) -> Any:
    """Text as Arrow has it, one array after another, none of them copied."""
    return pa.chunked_array([piece for a in arrays for piece in getattr(a, "chunks", (a,))])


def to_numpy(array: Any, wanted: Column) -> Array:
    """An Arrow array as a chunk holds it: C-contiguous, of the shape of `wanted`.

    Integers and booleans become float64 where a value is missing, or where `wanted` is float64.

    Raises:
        SourceError: If an integer of a column with missing values can't be held by float64.
    """
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    flat, gaps = _flat(array)
    values = _values(flat, wanted)
    if gaps is not None and gaps.any():
        values = _with_gaps(values, np.repeat(gaps, values.size // max(gaps.size, 1)))
    return np.ascontiguousarray(values.reshape(len(array), *wanted.shape))


def _flat(array: Any) -> tuple[Any, Array | None]:
    if isinstance(array.type, pa.BaseExtensionType):
        return _flat(array.storage)
    if not pa.types.is_fixed_size_list(array.type):
        return array, None
    size = array.type.list_size
    gaps = np.asarray(array.is_null())
    items, inner = _flat(array.values.slice(array.offset * size, len(array) * size))
    if inner is not None and inner.any():
        gaps = gaps | inner.reshape(len(array), -1).any(axis=1)
    return items, gaps


def _with_gaps(values: Array, gaps: Array) -> Array:
    if values.dtype.kind == "O":
        return without(values, gaps)
    floats = values.astype(np.float64) if values.dtype.kind != "f" else values.copy()
    floats[gaps] = np.nan
    return floats


def _values(array: Any, wanted: Column) -> Array:
    if pa.types.is_dictionary(array.type):
        array = _decoded(array)
    if pa.types.is_null(array.type):
        array = array.cast(pa.float64() if wanted.dtype != "string" else pa.string())
    match wanted.kind:
        case "string":
            return _texts(array)
        case "datetime":
            return _seconds(array)
        case "boolean" | "integer":
            return _whole(array, wanted)
        case _:
            return _floats(array, wanted)


def _decoded(array: Any) -> Any:
    # Arrow can't take from a view, which is how polars gives the texts of its categoricals.
    if pa.types.is_string_view(array.type.value_type):
        texts = array.dictionary.cast(pa.large_string())
        array = pa.DictionaryArray.from_arrays(array.indices, texts)
    return array.dictionary_decode()


def _floats(array: Any, wanted: Column) -> Array:
    if pa.types.is_integer(array.type):
        return _to_float64(array, wanted.name)
    if not pa.types.is_floating(array.type):
        array = array.cast(pa.float64())
    # Without gaps the buffer is what is asked for; `to_numpy` would import pandas first.
    whole = not array.null_count and array.buffers()[1] is not None
    values = _buffer(array) if whole else array.to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=numpy_dtype(wanted.dtype))


def _buffer(array: Any) -> Array:
    size = array.type.bit_width // 8
    return np.frombuffer(array.buffers()[1], f"f{size}", len(array), array.offset * size)


def _whole(array: Any, wanted: Column) -> Array:
    if array.null_count or wanted.dtype == "float64":
        narrow = array.cast(pa.uint8()) if pa.types.is_boolean(array.type) else array
        return _to_float64(narrow, wanted.name)
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=numpy_dtype(wanted.dtype))


def _to_float64(array: Any, name: str) -> Array:
    try:
        floats = array.cast(pa.float64())
    except pa.ArrowInvalid as error:
        extent = pc.min_max(array)
        low, high = extent["min"].as_py(), extent["max"].as_py()
        value = max(low, high, key=abs)
        raise inexact(name, None, value) from error
    return np.asarray(floats.to_numpy(zero_copy_only=False))


def _seconds(array: Any) -> Array:
    if pa.types.is_floating(array.type):
        return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s" if pa.types.is_date32(array.type) else "ms"))
    ticks = array.cast(pa.int64()).fill_null(np.iinfo(np.int64).min)
    return times.from_ticks(ticks.to_numpy(zero_copy_only=False), _PER_SECOND[array.type.unit])


def from_numpy(array: Array) -> Any:
    """The Arrow array of a chunk's array; an entry with a shape becomes a fixed-size list.

    >>> from_numpy(np.zeros((2, 3), np.float32)).type
    FixedSizeListType(fixed_size_list<item: float>[3])
    """
    if array.ndim == 1:
        return pa.array(array, type=pa.string() if array.dtype.kind == "O" else None)
    flat: Any = from_numpy(np.ascontiguousarray(array).reshape(-1))
    for size in reversed(array.shape[1:]):
        flat = pa.FixedSizeListArray.from_arrays(flat, size)
    return flat
