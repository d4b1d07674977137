"""What stands for a Keras tensor while a graph is written, and how nodes are made of it."""

from __future__ import annotations

import dataclasses as dc
import inspect
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, final

import keras
import numpy as np

from samescale.convert._graph import dtype_number
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.convert._graph import Builder
    from samescale.ir.types import Array

Shape: TypeAlias = "tuple[int | None, ...]"


@final
@dc.dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of the graph.

    Attributes:
        name: What it is called in the ONNX graph.
        shape: As Keras knows it, rows first.
        dtype: NumPy's name of it.
        first: The same values with the channels moved behind the rows, where a convolution has
            just made them so: whatever takes them there too needs no transposition.
        mask: Keras' mask of it.
        biased: Makes it again with a constant added, if what makes it can add one for nothing.
    """

    name: str
    shape: Shape
    dtype: str
    first: str | None = None
    mask: Tensor | None = None
    biased: Callable[[Array], Tensor | None] | None = None


@final
@dc.dataclass(frozen=True, slots=True)
class Call:
    """One call of a Keras operation, on tensors of the graph in the making.

    Attributes:
        build: The graph in the making.
        operation: The layer, or the operation of `keras.ops`.
        args: What it is called with: `Tensor` where Keras has a symbolic tensor, constants else.
        kwargs: The same, by name.
        outs: Shape and dtype of each of its outputs.
        traced: Writes what a function calls on symbolic tensors, for the tensors that it is given.
    """

    build: Builder
    operation: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    outs: tuple[tuple[Shape, str], ...]
    traced: Callable[..., list[Tensor]] | None = None

    @property
    def shape(self) -> Shape:
        """The first output's shape."""
        return self.outs[0][0]

    @property
    def dtype(self) -> str:
        """The first output's dtype."""
        return self.outs[0][1]

    def get(self, name: str) -> Any:
        """The argument `name`, or its default."""
        signature = inspect.signature(self.operation.call)
        bound = signature.bind(*self.args, **self.kwargs)
        bound.apply_defaults()
        return bound.arguments[name]

    def tensor(self, value: Any, dtype: str | None = None) -> Tensor:
        """A value as a tensor of `dtype`: constants are stored, others are cast if need be."""
        if not isinstance(value, Tensor):
            held = array(value)
            held = held.astype(dtype) if dtype else held
            return Tensor(self.build.constant(held), held.shape, held.dtype.name)
        if dtype is None or value.dtype == dtype:
            return value
        return self.through(value, "Cast", dtype=dtype, to=dtype_number(dtype))

    def run(self, function: Callable[..., Any], *tensors: Tensor) -> Tensor:
        """What `function`, written in Keras operations and layers, gives for `tensors`.

        Raises:
            UnsupportedError: If it isn't.
        """
        if self.traced is None:
            self.refuse("nothing may be called inside it")
        return self.traced(self.operation, function, *tensors)[0]

    def emit(self, op: str, inputs: list[str], **attributes: Any) -> Tensor:
        """A new node that gives the call's first output."""
        return Tensor(self.build.node(op, inputs, **attributes), self.shape, self.dtype)

    def through(
        self, x: Tensor, op: str, *constants: str, dtype: str | None = None, **attributes: Any
    ) -> Tensor:
        """A node that works entry by entry, wherever the channels stand.

        `constants` are further inputs, of one entry each.
        """
        if x.first is not None:
            made = self.build.node(op, [x.first, *constants], **attributes)
            return self.channels_back(made, x.shape, dtype or x.dtype)
        name = self.build.node(op, [x.name, *constants], **attributes)
        return Tensor(name, x.shape, dtype or x.dtype)

    def channels_back(self, first: str, shape: Shape, dtype: str) -> Tensor:
        """What has its channels behind the rows, as Keras sees it: with the channels last."""
        perm = [0, *range(2, len(shape)), 1]
        return Tensor(self.build.node("Transpose", [first], perm=perm), shape, dtype, first)

    def channels_first(self, x: Tensor) -> str:
        """`x`, whose channels are last, with its channels behind the rows."""
        if x.first is not None:
            return x.first
        last = len(x.shape) - 1
        return self.build.node("Transpose", [x.name], perm=[0, last, *range(1, last)])

    def integers(self, *values: int) -> str:
        """A constant vector of int64, as axes and shapes are given."""
        return self.build.constant(np.array(values, np.int64))

    def number(self, value: float, dtype: str = "float32") -> str:
        """A constant of one entry and no dimension."""
        return self.build.constant(np.array(value, dtype))

    def refuse(self, why: str, remedy: str = "") -> NoReturn:
        """Refuse the operation.

        Raises:
            UnsupportedError: Always.
        """
        refuse(self.operation, why, remedy)


def refuse(operation: Any, why: str, remedy: str = "") -> NoReturn:
    """Refuse `operation` by name.

    Raises:
        UnsupportedError: Always.
    """
    kind = type(operation).__name__
    what = "layer" if isinstance(operation, keras.Layer) else "operation"
    raise UnsupportedError(
        f"The {what} '{operation.name}' ({kind}) can't be written as ONNX: {why}.",
        remedy=remedy or "The model is served by Keras itself.",
        layer=operation.name,
        kind=kind,
    )


def array(value: Any) -> Array:
    """A constant of Keras' (a variable, a backend's tensor, a number) as NumPy's.

    Numbers of Python become what Keras makes of them: int32 and float32.
    """
    if isinstance(value, bool | np.bool_):
        return np.array(value)
    if isinstance(value, int):
        return np.array(value, np.int32 if abs(value) < 1 << 31 else np.int64)
    if isinstance(value, float):
        return np.array(value, np.float32)
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    return np.array(keras.ops.convert_to_numpy(value))
