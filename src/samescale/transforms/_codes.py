"""Keras' `output_mode`: codes as they are, or as vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from samescale.errors import SpecError
from samescale.ir import nodes
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    from samescale.ir.nodes import Node

VectorMode = Literal["one_hot", "multi_hot", "count"]
OutputMode = Literal["int", "one_hot", "multi_hot", "count"]


def check_mode(owner: str, mode: str, *, allow_int: bool = True) -> None:
    """Refuse an output mode that isn't one.

    Raises:
        SpecError: Naming the mode and those that there are.
    """
    known = get_args(OutputMode) if allow_int else get_args(VectorMode)
    if mode not in known:
        raise SpecError(
            f"{owner}(output_mode={mode!r}) isn't known.",
            remedy=f"It is one of {', '.join(known)}.",
            value=mode,
        )


def encode(codes: Node, depth: int, mode: OutputMode) -> Node:
    """Codes of 0…depth-1 in an output mode; as in Keras, a last axis of length 1 is joined."""
    if mode == "int":
        return codes
    shape = type_of(codes).shape
    if mode == "one_hot" and shape[-1:] == (1,):
        return nodes.OneHot(nodes.Reshape(codes, shape[:-1]), depth, "one_hot", "float32")
    return nodes.OneHot(codes, depth, mode if shape else "one_hot", "float32")
