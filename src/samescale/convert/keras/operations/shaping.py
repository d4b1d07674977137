"""Operations that move entries and change none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from samescale.convert.keras.tensors import Call, Tensor, array

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def reshaped(call: Call, x: Tensor, shape: Sequence[int | None]) -> Tensor:
    """`x` in another shape of as many entries a row.

    Raises:
        UnsupportedError: If more than one dimension differs by call.
    """
    sizes = [None if size in (None, -1) else int(size) for size in shape]
    if sizes and sizes[0] is None and x.shape[0] is None and _same_rows(x, call):
        sizes[0] = 0  # ONNX: as it was
    if sizes.count(None) > 1:
        call.refuse("more than one of its sizes differs by call", "Give the input a fixed shape.")
    target = call.integers(*(-1 if size is None else size for size in sizes))
    return call.emit("Reshape", [x.name, target])


def _same_rows(x: Tensor, call: Call) -> bool:
    """Whether a row stays a row: it has as many entries before and after."""
    before = [size for size in x.shape[1:] if size is not None]
    after = [size for size in call.shape[1:] if size is not None]
    if len(before) < len(x.shape) - 1 or len(after) < len(call.shape) - 1:
        return sum(size is None for size in call.shape) > 1
    return math.prod(before) == math.prod(after)


def transposed(call: Call, x: Tensor, axes: Sequence[int]) -> Tensor:
    """`x` with its axes in another order; nothing, if it is theirs already."""
    perm = [int(axis) % len(x.shape) for axis in axes]
    if perm == [*range(len(perm))]:
        return x
    if x.first is not None and perm == [0, len(perm) - 1, *range(1, len(perm) - 1)]:
        return Tensor(x.first, call.shape, x.dtype)
    return call.emit("Transpose", [x.name], perm=perm)


def _reshape(call: Call) -> Tensor:
    return reshaped(call, call.get("x"), call.operation.newshape)


def _ravel(call: Call) -> Tensor:
    return call.refuse("it joins the rows")


def _transpose(call: Call) -> Tensor:
    x = call.get("x")
    axes = call.operation.axes
    return transposed(call, x, range(len(x.shape))[::-1] if axes is None else axes)


def _swapaxes(call: Call) -> Tensor:
    x = call.get("x")
    axes = [*range(len(x.shape))]
    one, other = call.operation.axis1, call.operation.axis2
    axes[one], axes[other] = axes[other], axes[one]
    return transposed(call, x, axes)


def _moveaxis(call: Call) -> Tensor:
    x = call.get("x")
    source, target = (_several(v) for v in (call.operation.source, call.operation.destination))
    rank = len(x.shape)
    kept = [axis for axis in range(rank) if axis not in {s % rank for s in source}]
    for place, axis in sorted((t % rank, s % rank) for s, t in zip(source, target, strict=True)):
        kept.insert(place, axis)
    return transposed(call, x, kept)


def _several(value: Any) -> list[int]:
    return [int(v) for v in value] if isinstance(value, (list, tuple)) else [int(value)]


def _expand(call: Call) -> Tensor:
    x = call.get("x")
    return call.emit("Unsqueeze", [x.name, call.integers(*_several(call.operation.axis))])


def _squeeze(call: Call) -> Tensor:
    x, axis = call.get("x"), call.operation.axis
    if axis is None:
        axis = [place for place, size in enumerate(x.shape) if size == 1]
    return call.emit("Squeeze", [x.name, call.integers(*_several(axis))])


def _concatenate(call: Call) -> Tensor:
    given = [call.tensor(x, call.dtype) for x in call.get("xs")]
    rank = len(call.shape)
    axis = call.operation.axis % rank
    if axis and all(x.first is not None for x in given):
        moved = 1 if axis == rank - 1 else axis + 1
        made = call.build.node("Concat", [x.first or "" for x in given], axis=moved)
        return call.channels_back(made, call.shape, call.dtype)
    return call.emit("Concat", [x.name for x in given], axis=axis)


def _stack(call: Call) -> Tensor:
    axis = call.operation.axis % len(call.shape)
    at = call.integers(axis)
    given = [call.tensor(x, call.dtype).name for x in call.get("x")]
    return call.emit("Concat", [call.build.node("Unsqueeze", [x, at]) for x in given], axis=axis)


def _split(call: Call) -> list[Tensor]:
    x, where = call.get("x"), call.operation.indices_or_sections
    axis = call.operation.axis % len(x.shape)
    if axis == 0:
        call.refuse("it splits the rows")
    sizes = [shape[axis] for shape, _ in call.outs]
    if None in sizes:
        call.refuse(f"the sizes of its parts differ by call ({where})")
    parts = call.integers(*(int(size or 0) for size in sizes))
    made = call.build.nodes("Split", [x.name, parts], len(call.outs), axis=axis)
    return [Tensor(name, *out) for name, out in zip(made, call.outs, strict=True)]


def _unstack(call: Call) -> list[Tensor]:
    x, axis = call.get("x"), call.operation.axis
    if axis % len(x.shape) == 0:
        call.refuse("it takes the rows apart")
    numbers = [call.number(place, "int64") for place in range(len(call.outs))]
    made = [call.build.node("Gather", [x.name, number], axis=axis) for number in numbers]
    return [Tensor(name, *out) for name, out in zip(made, call.outs, strict=True)]


def _item(call: Call) -> Tensor:
    """x[1:3, ..., None, -1]: slices first, then single places, then new axes."""
    x, key = call.get("x"), call.get("key")
    keys = [*key] if isinstance(key, tuple) else [key]
    if any(not isinstance(k, int | slice | type(None) | type(Ellipsis) | np.integer) for k in keys):
        call.refuse("it takes entries by another array", "Use keras.ops.take.")
    name, taken, new = x.name, [], []
    for axis, part in enumerate(_spread(keys, len(x.shape))):
        if isinstance(part, slice):
            name = _sliced(call, name, axis, part)
        elif axis == 0:
            call.refuse("it takes a single row")
        else:
            taken.append(axis)
            name = _sliced(call, name, axis, slice(part, None if part == -1 else part + 1))
    if taken:
        name = call.build.node("Squeeze", [name, call.integers(*taken)])
    place = 0
    for part in _spread(keys, len(x.shape), new=True):
        new += [place] if part is None else []
        place += part is None or isinstance(part, slice)
    return call.emit("Unsqueeze", [name, call.integers(*new)]) if new else _as(call, name)


def _as(call: Call, name: str) -> Tensor:
    return Tensor(name, call.shape, call.dtype)


def _spread(keys: list[Any], rank: int, *, new: bool = False) -> list[Any]:
    """One key an axis, `...` written out, with the new axes or without."""
    used = sum(k is not None and k is not Ellipsis for k in keys)
    rest = [slice(None)] * (rank - used)
    if Ellipsis not in keys:
        keys = [*keys, Ellipsis]
    at = keys.index(Ellipsis)
    full = [*keys[:at], *rest, *keys[at + 1 :]]
    return full if new else [k for k in full if k is not None]


def _sliced(call: Call, name: str, axis: int, part: slice) -> str:
    if part == slice(None):
        return name
    if axis == 0:
        call.refuse("it takes some of the rows")
    return sliced(call, name, axis, part)


def sliced(call: Call, name: str, axis: int, part: slice) -> str:
    """Some of the entries along an axis, as Python's slices take them."""
    step = 1 if part.step is None else int(part.step)
    far = np.iinfo(np.int64).max
    start = part.start if part.start is not None else (0 if step > 0 else far)
    stop = part.stop if part.stop is not None else (far if step > 0 else -far)
    bounds = [call.integers(int(v)) for v in (start, stop, axis, step)]
    return call.build.node("Slice", [name, *bounds])


def _flip(call: Call) -> Tensor:
    x, axis = call.get("x"), call.operation.axis
    if axis is None or 0 in [a % len(x.shape) for a in _several(axis)]:
        call.refuse("it turns the rows around")
    name = x.name
    for one in _several(axis):
        name = sliced(call, name, one % len(x.shape), slice(None, None, -1))
    return _as(call, name)


def _repeat(call: Call) -> Tensor:
    x, axis, times = call.get("x"), call.operation.axis, call.operation.repeats
    if axis is None or axis % len(x.shape) == 0 or not isinstance(times, int):
        call.refuse("it repeats rows, or not all entries as often")
    axis %= len(x.shape)
    size = x.shape[axis]
    if size is None:
        call.refuse("the size along its axis differs by call", "Give the input a fixed shape.")
    places = np.repeat(np.arange(size), times).astype(np.int64)
    if x.first is not None:
        moved = 1 if axis == len(x.shape) - 1 else axis + 1
        made = call.build.node("Gather", [x.first, call.build.constant(places)], axis=moved)
        return call.channels_back(made, call.shape, x.dtype)
    return call.emit("Gather", [x.name, call.build.constant(places)], axis=axis)


def _tile(call: Call) -> Tensor:
    x, times = call.get("x"), _several(call.operation.repeats)
    times = [1] * (len(x.shape) - len(times)) + times
    if len(times) > len(x.shape) or times[0] != 1:
        call.refuse("it repeats the rows")
    return call.emit("Tile", [x.name, call.integers(*times)])


def _broadcast(call: Call) -> Tensor:
    x, shape = call.get("x"), call.operation.shape
    sizes = [1 if size in (None, -1) else int(size) for size in shape]
    return call.emit("Expand", [x.name, call.integers(*sizes)])


def padded(call: Call, x: Tensor, widths: Sequence[Sequence[int]], value: float = 0.0) -> Tensor:
    """`x` with `value` before and behind it on each axis."""
    widths = [(int(a), int(b)) for a, b in widths]
    if widths[0] != (0, 0):
        call.refuse("it adds rows")
    name = x.name
    if x.first is not None:
        widths, name = [widths[0], widths[-1], *widths[1:-1]], x.first
    pads = call.integers(*(a for a, _ in widths), *(b for _, b in widths))
    inputs = [name, pads, call.number(value, x.dtype)]
    made = call.build.node("Pad", inputs)
    return call.channels_back(made, call.shape, x.dtype) if x.first is not None else _as(call, made)


def _pad(call: Call) -> Tensor:
    x, operation = call.tensor(call.get("x"), call.dtype), call.operation
    widths = np.broadcast_to(np.asarray(operation.pad_width), (len(x.shape), 2)).tolist()
    if operation.mode == "constant":
        value = call.get("constant_values")
        return padded(call, x, widths, 0.0 if value is None else float(array(value)))
    mode = {"reflect": "reflect", "edge": "edge", "nearest": "edge"}.get(operation.mode)
    if mode is None or widths[0] != [0, 0]:
        call.refuse(f"it pads by '{operation.mode}'")
    pads = call.integers(*(a for a, _ in widths), *(b for _, b in widths))
    return call.emit("Pad", [x.name, pads], mode=mode)


def _filled(value: float) -> Callable[[Call], Tensor]:
    def convert(call: Call) -> Tensor:
        shape = call.build.node("Shape", [call.get("x").name])
        return call.emit("Expand", [call.number(value, call.dtype), shape])

    return convert


TABLE: Final[dict[str, Any]] = {
    "Reshape": _reshape,
    "Ravel": _ravel,
    "Transpose": _transpose,
    "Swapaxes": _swapaxes,
    "Moveaxis": _moveaxis,
    "ExpandDims": _expand,
    "Squeeze": _squeeze,
    "Concatenate": _concatenate,
    "Stack": _stack,
    "Split": _split,
    "Unstack": _unstack,
    "GetItem": _item,
    "Flip": _flip,
    "Repeat": _repeat,
    "Tile": _tile,
    "BroadcastTo": _broadcast,
    "Pad": _pad,
    "ZerosLike": _filled(0),
    "OnesLike": _filled(1),
}
