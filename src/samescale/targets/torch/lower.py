"""The device graph as steps of torch operations over tensors and buffers.

A step is plain data and a function of this module, so a module that holds steps is copied, pickled,
exported and compiled like any other.
"""

from __future__ import annotations

import dataclasses as dc
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, assert_never, final

import numpy as np
import torch

from samescale.errors import UnsupportedError
from samescale.ir import nodes as n
from samescale.ir.verify import types

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.ir.types import Array, DType, TensorType

Tensor: TypeAlias = torch.Tensor

DTYPES: Mapping[DType, torch.dtype] = {
    "bool": torch.bool,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
    "uint8": torch.uint8,
    "float32": torch.float32,
    "float64": torch.float64,
}


@final
@dc.dataclass(frozen=True, slots=True)
class Step:
    """One operation.

    Attributes:
        run: What is called with the values of `of`, then the constants of `held`.
        of: The places of its arguments among the values so far: inputs, constants and steps.
        held: The names of the buffers that it needs beside them.
    """

    run: Callable[..., Tensor]
    of: tuple[int, ...]
    held: tuple[str, ...] = ()


@final
@dc.dataclass(frozen=True, slots=True)
class Steps:
    """A device graph as steps.

    Attributes:
        inputs: The names of the inputs: values 0, 1, …
        steps: Each gives the next value.
        constants: What the buffers hold, by name, without an axis of rows.
        outputs: For each output the place of its value.
    """

    inputs: tuple[str, ...]
    steps: tuple[Step, ...]
    constants: Mapping[str, Array]
    outputs: tuple[tuple[str, int], ...]


def lower(graph: n.Graph) -> Steps:
    """The steps of a device graph.

    Args:
        graph: What `sides` gives for the device.

    Raises:
        UnsupportedError: If a node of it belongs on the host.
    """
    found = types(graph)
    place = {id(node): number for number, node in enumerate(graph.inputs)}
    constants: dict[str, Array] = {}
    steps: list[Step] = []
    for node in graph.nodes:
        if isinstance(node, n.Input):
            continue
        of, (run, own) = n.arguments(node), _operation(node, found)
        held = {f"c{len(steps)}_{name}": value for name, value in own.items()}
        constants |= held
        place[id(node)] = len(graph.inputs) + len(steps)
        steps.append(Step(run, tuple(place[id(x)] for x in of), tuple(held)))
    outputs = tuple((name, place[id(node)]) for name, node in graph.outputs)
    return Steps(tuple(node.name for node in graph.inputs), tuple(steps), constants, outputs)


Operation: TypeAlias = "tuple[partial[Tensor], dict[str, Array]]"


def _operation(node: n.Node, found: Mapping[int, TensorType]) -> Operation:
    match node:
        case n.Const(value):
            return partial(_constant), {"value": value[None]}
        case n.Sub() | n.Mul() | n.Equal() | n.Less() | n.Where():
            shapes = tuple(found[id(x)].shape for x in n.arguments(node))
            return partial(_together, _TOGETHER[type(node)], _ranks(shapes)), {}
        case n.Exp() | n.Expm1() | n.Log() | n.Log1p() | n.Floor() | n.IsNan():
            return partial(_POINTWISE[type(node)]), {}
        case n.Cast(x, dtype):
            return _cast(found[id(x)].dtype, dtype)
        case n.Clip(_, low, high):
            return partial(_clip), {"low": np.asarray(low)[None], "high": np.asarray(high)[None]}
        case n.Bucketize(_, edges):
            return partial(_bucketize), {"edges": edges}
        case n.Lookup():
            return _lookup_operation(node)
        case n.OneHot():
            codes = np.arange(node.depth, dtype=np.int64)
            return partial(_one_hot, node.mode, DTYPES[node.dtype]), {"codes": codes}
        case n.Take(_, indices):
            return partial(_take), {"indices": np.array(indices, np.int64)}
        case n.Reshape(_, shape):
            return partial(_reshape, shape), {}
        case n.Concat():
            return partial(_concat), {}
        case n.Power(_, exponent):
            return partial(_power, exponent), {}
        case n.HashBucket() | n.Bag() | n.Strip() | n.Lower() | n.Erase() | n.Split():
            raise UnsupportedError(
                f"{type(node).__name__} runs on the host, not in a torch module.",
                remedy="Cut the graph with samescale.targets.torch.sides first.",
            )
        case n.Input():
            raise UnsupportedError("Input is no operation.")
        case _:
            assert_never(node)


_TOGETHER = {
    n.Sub: torch.sub,
    n.Mul: torch.mul,
    n.Equal: torch.eq,
    n.Less: torch.lt,
    n.Where: torch.where,
}
_POINTWISE = {
    n.Exp: torch.exp,
    n.Expm1: torch.expm1,
    n.Log: torch.log,
    n.Log1p: torch.log1p,
    n.Floor: torch.floor,
    n.IsNan: torch.isnan,
}


def _constant(value: Tensor) -> Tensor:
    return value


def _ranks(shapes: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...] | None, ...]:
    """For each argument the row shape to give it, 1s first; `None` where it has it."""
    rank = max(map(len, shapes))
    return tuple(
        None if len(shape) == rank else (*(1,) * (rank - len(shape)), *shape) for shape in shapes
    )


def _together(
    function: Callable[..., Tensor], ranks: Sequence[tuple[int, ...] | None], *of: Tensor
) -> Tensor:
    return function(
        *(x if row is None else _reshape(row, x) for x, row in zip(of, ranks, strict=True))
    )


def _power(exponent: float, x: Tensor) -> Tensor:
    return torch.pow(x, exponent)


def _reshape(shape: Sequence[int], x: Tensor) -> Tensor:
    return x.reshape(x.shape[0], *shape)


def _concat(*xs: Tensor) -> Tensor:
    return torch.cat(xs, -1)


def _take(x: Tensor, indices: Tensor) -> Tensor:
    return torch.index_select(x, -1, indices)


def _clip(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    # As the definition compares: torch's clamp leaves the sign of zero open.
    above = torch.where(x < low, low, x)
    return torch.where(high < above, high, above)


def _cast(before: DType, after: DType) -> Operation:
    if before in {"float32", "float64"} and after not in {"float32", "float64", "bool"}:
        limits = np.iinfo(after)
        ends = np.array([limits.min, limits.max], after)
        return partial(_whole, DTYPES[after], float(limits.min), float(limits.max)), {"ends": ends}
    return partial(_to, DTYPES[after]), {}


def _to(dtype: torch.dtype, x: Tensor) -> Tensor:
    return x.to(dtype)


def _whole(dtype: torch.dtype, low: float, high: float, x: Tensor, ends: Tensor) -> Tensor:
    """Towards zero, and to the nearest end outside: what a plain cast does there differs."""
    wide = x.to(torch.float64)
    below, above = wide <= low, wide >= high
    inside = torch.where(below | above | torch.isnan(wide), 0.0, wide).to(dtype)
    return torch.where(above, ends[1], torch.where(below, ends[0], inside))


def _bucketize(x: Tensor, edges: Tensor) -> Tensor:
    counted = torch.searchsorted(edges, x.contiguous(), right=True)
    return torch.where(torch.isnan(x), 0, counted) if x.is_floating_point() else counted


def _lookup_operation(node: n.Lookup) -> Operation:
    order = np.argsort(np.array(node.keys, np.int64))
    keys = np.array(node.keys, np.int64)[order]
    values = np.array(node.values, np.int64)[order]
    if not len(keys):
        return partial(_always, node.default), {}
    return partial(_lookup, node.default), {"keys": keys, "values": values}


def _always(value: int, x: Tensor) -> Tensor:
    return torch.full_like(x, value, dtype=torch.int64)


def _lookup(default: int, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    codes = x.to(torch.int64).contiguous()
    at = torch.searchsorted(keys, codes).clamp(max=keys.shape[0] - 1)
    return torch.where(keys[at] == codes, values[at], default)


def _one_hot(mode: str, dtype: torch.dtype, x: Tensor, codes: Tensor) -> Tensor:
    hits = x.to(torch.int64).unsqueeze(-1) == codes
    if mode == "multi_hot":
        hits = hits.any(-2)
    elif mode == "count":
        hits = hits.sum(-2)
    return hits.to(dtype)
