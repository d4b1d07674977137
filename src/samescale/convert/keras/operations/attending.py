"""Attention: what a sequence takes of another, by the products of queries and keys."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from samescale.convert.keras.tensors import Call, Tensor, array

_NEVER = -0.7 * float(np.finfo(np.float32).max)  # a masked score


def _attention(call: Call) -> Tensor:
    """Heads stand behind the rows while they are worked on, and behind the steps outside."""
    operation = call.operation
    if operation.attn_logits_soft_cap is not None or call.get("bias") is not None:
        call.refuse("it caps or shifts its scores")
    query, key, value = (call.tensor(call.get(k), call.dtype) for k in ("query", "key", "value"))
    heads = call.build.node("Transpose", [query.name], perm=[0, 2, 1, 3])
    keys = call.build.node("Transpose", [key.name], perm=[0, 2, 3, 1])
    values = call.build.node("Transpose", [value.name], perm=[0, 2, 1, 3])
    scores = call.build.node("MatMul", [heads, keys])
    scores = call.build.node("Mul", [scores, call.number(_scale(call, query), call.dtype)])
    for allowed in _masks(call, query, key):
        scores = call.build.node("Where", [allowed, scores, call.number(_NEVER, call.dtype)])
    weights = call.build.node("Softmax", [scores], axis=-1)
    mixed = call.build.node("MatMul", [weights, values])
    return call.emit("Transpose", [mixed], perm=[0, 2, 1, 3])


def _scale(call: Call, query: Tensor) -> float:
    scale, size = call.get("scale"), query.shape[-1]
    if scale is not None:
        return float(array(scale))
    return 1 / math.sqrt(int(size or 1))


def _masks(call: Call, query: Tensor, key: Tensor) -> list[str]:
    masks = []
    if call.get("mask") is not None:
        masks.append(call.tensor(call.get("mask"), "bool").name)
    if call.operation.is_causal:
        steps, before = query.shape[1], key.shape[1]
        if steps is None or before is None:
            call.refuse("its number of steps differs by call", "Give the input a fixed shape.")
        masks.append(call.build.constant(np.tri(steps, before, dtype=bool)))
    return masks


TABLE: Final[dict[str, Any]] = {"DotProductAttention": _attention}
