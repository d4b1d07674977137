"""Keras' `data_format`: where an image's channels stand, and how they are put elsewhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from samescale.errors import SpecError
from samescale.ir import nodes
from samescale.ir.verify import type_of

if TYPE_CHECKING:
    from samescale.ir.nodes import Node

DataFormat = Literal["channels_last", "channels_first"]
COLOURS = 3
_AXES = 2  # of the smallest image: a place and a channel


def check_format(owner: str, argument: str, given: str) -> None:
    """Refuse a data format that isn't one.

    Raises:
        SpecError: Naming the argument and those that there are.
    """
    if given not in get_args(DataFormat):
        raise SpecError(
            f"{owner}({argument}={given!r}) isn't known.",
            remedy=f"It is one of {', '.join(get_args(DataFormat))}.",
            value=given,
        )


def check_image(owner: str, x: Node) -> None:
    """Refuse a column whose rows aren't images.

    Raises:
        SpecError: Naming the column's type.
    """
    if len(type_of(x).shape) < _AXES:
        raise SpecError(
            f"{owner} takes images, and {type_of(x)} isn't one.",
            remedy="An image is a row of the shape (height, width, channels).",
        )


def check_colours(owner: str, x: Node, data_format: DataFormat) -> None:
    """Refuse what is no image, and an image whose channels aren't three colours.

    Raises:
        SpecError: Naming the image's type and where its channels are said to stand.
    """
    check_image(owner, x)
    if type_of(x).shape[axis(data_format)] != COLOURS:
        raise SpecError(
            f"{owner} takes three colours, and {type_of(x)} hasn't them as {data_format}.",
            remedy="Say where they stand with data_format, and leave out an alpha channel.",
        )


def axis(data_format: DataFormat) -> int:
    """The axis of a row that holds the channels."""
    return -1 if data_format == "channels_last" else 0


def permuted(x: Node, given: DataFormat, wanted: DataFormat, *, reverse: bool) -> Node:
    """The image with its channels where they are wanted, in their order or in the opposite one."""
    shape = type_of(x).shape
    if not reverse and given == wanted:
        return x
    if given == wanted == "channels_last":
        return nodes.Take(x, tuple(reversed(range(shape[-1]))))
    order = np.arange(math.prod(shape)).reshape(shape)
    turned = np.flip(order, axis(given)) if reverse else order
    moved = np.moveaxis(turned, axis(given), axis(wanted))
    entries = nodes.Take(nodes.Reshape(x, (order.size,)), tuple(moved.ravel().tolist()))
    return nodes.Reshape(entries, moved.shape)
