"""Folding: the scale and mean of the preprocessing inside the weights of the first layer.

`(x - m)·s @ W + b` is `x @ (s·W) + (b - (m·s) @ W)`, with one or two nodes less. Rounded, it isn't
the same: what the mean cancels is then cancelled behind the sum, and the error grows with
`|mean| / sd` (measured, beside answers of about 1: 7e-7 times it). So a column's mean is folded
only where that ratio is small, its scale nearly always, and rows decide in the end.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, final

import numpy as np
import onnx
from onnx import numpy_helper

from samescale.convert._entrance import Entrance, Part, entrances
from samescale.convert._graph import checked
from samescale.errors import DataError
from samescale.targets.onnx.session import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array

What: TypeAlias = Literal["all", "scale", "none"]

_LIMITS: Final = np.finfo(np.float32)
_HALVINGS: Final = 3


@final
@dc.dataclass(frozen=True, slots=True)
class FoldedColumn:
    """What became of one column.

    Attributes:
        layer: The output's name of the layer that takes it.
        place: Its place among the layer's inputs (a channel, for a convolution).
        ratio: |mean| / sd, as the preprocessing has them.
        folded: `all`: scale and mean; `scale`: the mean is still taken away by a node; `none`.
        why: Why no more of it was folded; "" if all was.
    """

    layer: str
    place: int
    ratio: float
    folded: What
    why: str = ""


@final
@dc.dataclass(frozen=True, slots=True)
class Folded:
    """A folded model.

    Attributes:
        model: The model: the one given, where nothing could be folded.
        columns: Every column that is scaled before a first layer.
        error: The largest |a - b| / max(1, |b|) that the rows showed.
    """

    model: onnx.ModelProto
    columns: tuple[FoldedColumn, ...]
    error: float


def fold(
    model: onnx.ModelProto,
    probes: Mapping[str, Array],
    *,
    most: float = 4.0,
    rtol: float = 2e-6,
) -> Folded:
    """`model` with scale and mean folded into its first layers, as far as `probes` allow.

    Args:
        model: Preprocessing and network as one graph: `Sub` and `Mul` by constants, perhaps a
            `Cast`, a `Concat` or a `Transpose`, before a `Gemm`, `MatMul` or `Conv`. Where a
            convolution pads, only the scale is folded: zeros stand for the mean.
        probes: Rows for its inputs, by name. They should reach as far as the columns do.
        most: The largest |mean| / sd of a column whose mean is folded. It is halved, three times
            at most and then to nothing, until the rows agree.
        rtol: How far an answer may differ: `|a - b| <= rtol * max(1, |b|)`.

    Returns:
        The model, every column with what was done and why no more, and the error that is left.

    Raises:
        DataError: If `most` or `rtol` isn't a number of at least 0.
    """
    for name, value in (("most", most), ("rtol", rtol)):
        if not value >= 0:
            raise DataError(f"{name} is {value}.", remedy="Give a number of at least 0.")
    found = tuple(entrances(model))
    before = _answers(model, probes) if found else []
    bounds = [most / 2**step for step in range(_HALVINGS + 1)] + [-1.0]
    for bound in bounds if found else []:
        plans = [_plan(entrance, bound) for entrance in found]
        folded = checked(_folded(model, found, plans))
        error = _apart(_answers(folded, probes), before)
        if error <= rtol:
            why = "" if bound == most else f"with more folded, the rows differed by over {rtol:g}"
            return Folded(folded, _report(found, plans, why), error)
    plans = [np.zeros((2, _width(entrance)), bool) for entrance in found]
    return Folded(model, _report(found, plans, f"the rows differed by over {rtol:g}"), 0.0)


def _width(entrance: Entrance) -> int:
    return int(entrance.kernel.shape[entrance.axis])


def _plan(entrance: Entrance, bound: float) -> Array:
    """Whether the scale, and whether the mean, of each input of the layer is folded."""
    plan = np.zeros((2, _width(entrance)), bool)
    for part in entrance.parts:
        plan[0, part.places] = _scalable(entrance, part)
        ratio = np.abs(part.mean) * np.abs(part.scale)
        means = (ratio <= bound * (1 + _LIMITS.eps)) & (
            not entrance.padded and entrance.bias is not None
        )
        plan[1, part.places] = plan[0, part.places] & (means | (part.mean == 0))
    return plan


def _scalable(entrance: Entrance, part: Part) -> Array:
    """Whether the scaled weights are numbers that float32 holds in full."""
    weights = np.moveaxis(entrance.kernel, entrance.axis, 0)[part.places].astype(np.float64)
    sizes = np.abs(weights.reshape(len(weights), -1)) * np.abs(part.scale)[:, None]
    held = (sizes == 0) | ((sizes >= _LIMITS.tiny) & (sizes <= _LIMITS.max))
    return np.asarray(held.all(axis=1) & np.isfinite(part.scale) & np.isfinite(part.mean))


def _folded(
    model: onnx.ModelProto, found: tuple[Entrance, ...], plans: list[Array]
) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    nodes = {node.output[0]: node for node in copy.graph.node}
    for entrance, plan in zip(found, plans, strict=True):
        _weigh(copy, nodes, entrance, plan)
        for part in entrance.parts:
            scaled, meant = plan[:, part.places]
            _keep(copy, nodes, part, part.sub, np.where(meant, 0.0, part.mean))
            _keep(copy, nodes, part, part.mul, np.where(scaled, 1.0, part.scale))
    _sweep(copy.graph)
    return copy


def _weigh(
    copy: onnx.ModelProto, nodes: dict[str, onnx.NodeProto], entrance: Entrance, plan: Array
) -> None:
    """Give the layer its weights and its bias."""
    scale, mean = np.ones(_width(entrance)), np.zeros(_width(entrance))
    for part in entrance.parts:
        scaled, meant = plan[:, part.places]
        scale[part.places] = np.where(scaled, part.scale, 1.0)
        mean[part.places] = np.where(meant, part.mean, 0.0)
    kernel = np.moveaxis(entrance.kernel, entrance.axis, -1).astype(np.float64) * scale
    node = nodes[entrance.node.output[0]]
    weights = np.moveaxis(kernel, -1, entrance.axis).astype(entrance.kernel.dtype)
    node.input[1] = _constant(copy, f"{node.output[0]}/weights", weights)
    if mean.any():
        shift = kernel @ mean
        _bias(copy, nodes, entrance, shift.reshape(len(shift), -1).sum(axis=1))


def _bias(
    copy: onnx.ModelProto, nodes: dict[str, onnx.NodeProto], entrance: Entrance, shift: Array
) -> None:
    node, old = nodes[entrance.node.output[0]], entrance.bias or ""
    held = {t.name: t for t in copy.graph.initializer}
    before = numpy_helper.to_array(held[old]).astype(np.float64) if old else 0.0
    bias = (before - shift).astype(entrance.kernel.dtype)
    name = _constant(copy, f"{node.output[0]}/bias", bias)
    if node.op_type == "MatMul":
        after = next(n for n in copy.graph.node if node.output[0] in n.input)
        after.input[:] = [name if x == old else x for x in after.input]
    else:
        node.input[:] = [*node.input[:2], name]


def _keep(
    copy: onnx.ModelProto,
    nodes: dict[str, onnx.NodeProto],
    part: Part,
    given: onnx.NodeProto | None,
    value: Array,
) -> None:
    """Let a node do what is left of it, or nothing."""
    if given is None:
        return
    node = nodes[given.output[0]]
    held = {t.name: t for t in copy.graph.initializer}
    place = next(i for i, x in enumerate(node.input) if x in held)
    old = numpy_helper.to_array(held[node.input[place]])
    if (value == (0.0 if node.op_type == "Sub" else 1.0)).all():
        data, name = node.input[1 - place], node.output[0]
        for other in copy.graph.node:
            other.input[:] = [data if x == name else x for x in other.input]
        return
    shaped = value.reshape(len(value), *[1] * (part.axis - 1)).astype(old.dtype)
    node.input[place] = _constant(copy, f"{node.output[0]}/left", shaped)


def _constant(copy: onnx.ModelProto, name: str, value: Array) -> str:
    taken = {t.name for t in copy.graph.initializer}
    while name in taken:  # a model that was folded before
        name += "_"
    copy.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
    return name


def _sweep(graph: onnx.GraphProto) -> None:
    """Take away nodes and constants that nothing needs any more."""
    wanted = {x.name for x in graph.output}
    kept = []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            kept.append(node)
            wanted.update(node.input)
    tensors = [t for t in graph.initializer if t.name in wanted]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept[::-1])
    graph.initializer.extend(tensors)


def _answers(model: onnx.ModelProto, probes: Mapping[str, Array]) -> list[Array]:
    run = session(model.SerializeToString(deterministic=True))
    return list(run.run(None, dict(probes)))


def _apart(found: list[Array], wanted: list[Array]) -> float:
    """The largest difference; infinite, if one has an answer where the other has none."""
    most = 0.0
    for a, b in zip(found, wanted, strict=True):
        if not np.issubdtype(b.dtype, np.floating):
            most = max(most, 0.0 if np.array_equal(a, b) else np.inf)
            continue
        exact, same = b.astype(np.float64), (a == b) | (np.isnan(a) & np.isnan(b))
        with np.errstate(invalid="ignore"):
            apart = np.abs(a - exact) / np.maximum(1, np.abs(exact))
        apart = np.where(same, 0.0, np.where(np.isfinite(apart), apart, np.inf))
        most = max(most, float(apart.max(initial=0.0)))
    return most


def _report(found: tuple[Entrance, ...], plans: list[Array], why: str) -> tuple[FoldedColumn, ...]:
    return tuple(
        _column(entrance, part, place, plan[:, part.first + place].tolist(), why)
        for entrance, plan in zip(found, plans, strict=True)
        for part in entrance.parts
        for place in range(len(part.mean))
    )


def _column(entrance: Entrance, part: Part, place: int, plan: list[bool], why: str) -> FoldedColumn:
    ratio = abs(float(part.mean[place] * part.scale[place]))
    scaled, meant = plan
    folded: What = "all" if meant else "scale" if scaled else "none"
    name = entrance.node.output[0]
    if folded == "all":
        return FoldedColumn(name, part.first + place, ratio, folded)
    if entrance.padded and scaled:
        reason = "the layer pads with zeros, which stand for the mean"
    elif entrance.bias is None and scaled:
        reason = "the layer has no bias to take the mean"
    elif not scaled and not why:
        reason = "its weights would leave float32"
    else:
        reason = why or f"|mean| / sd is {ratio:.3g}"
    return FoldedColumn(name, part.first + place, ratio, folded, reason)
