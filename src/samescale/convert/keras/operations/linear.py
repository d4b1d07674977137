"""Products of matrices, with the bias inside where ONNX takes it."""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, Any, Final

from samescale.convert.keras.tensors import Call, Tensor, array

if TYPE_CHECKING:
    from collections.abc import Callable

    from samescale.ir.types import Array

_MATRIX = 2


def _matmul(call: Call) -> Tensor:
    a, b = call.get("x1"), call.get("x2")
    if isinstance(a, Tensor) and not isinstance(b, Tensor):
        return product(call, call.tensor(a, call.dtype), array(b).astype(call.dtype))
    names = [call.tensor(x, call.dtype).name for x in (a, b)]
    return call.emit("MatMul", names)


def product(call: Call, x: Tensor, kernel: Array) -> Tensor:
    """`x @ kernel`: of two matrices one `Gemm`, which takes a bias too."""
    weights = call.build.constant(kernel)
    if len(x.shape) != _MATRIX or kernel.ndim != _MATRIX:
        return call.emit("MatMul", [x.name, weights])
    made = call.emit("Gemm", [x.name, weights])
    return dc.replace(made, biased=_biased(call, [x.name, weights], kernel.shape[1]))


def _biased(call: Call, inputs: list[str], units: int) -> Callable[[Array], Tensor | None]:
    def biased(bias: Array) -> Tensor | None:
        if bias.size != units or bias.shape[-1:] != (units,):
            return None
        return call.emit("Gemm", [*inputs, call.build.constant(bias.reshape(units))])

    return biased


def _einsum(call: Call) -> Tensor:
    equation = "".join(call.operation.subscripts.split())
    given = [call.tensor(x, call.dtype) for x in call.args]
    constant = [place for place, x in enumerate(call.args) if not isinstance(x, Tensor)]
    plain = _plain_product(equation)
    if constant == [1] and plain is not None:
        return _as_product(call, given[0], array(call.args[1]).astype(call.dtype), *plain)
    return call.emit("Einsum", [x.name for x in given], equation=equation)


def _plain_product(equation: str) -> tuple[int, int] | None:
    """How many axes `x` and the kernel share, and how many the kernel adds, if it is so simple.

    `abc,cd->abd`, `abc,cde->abde`, `abcd,cde->abe`, …: the last axes of the one are the first of
    the other, and what is left stands in order.
    """
    if "->" not in equation or equation.count(",") != 1:
        return None
    left, out = equation.replace("...", "").split("->")
    x, kernel = left.split(",")
    shared = next((n for n in range(len(kernel), 0, -1) if x[-n:] == kernel[:n]), 0)
    kept, added = x[: len(x) - shared], kernel[shared:]
    simple = shared and kept + added == out and len(set(x + added)) == len(x) + len(added)
    return (shared, len(added)) if simple and set(kept).isdisjoint(kernel) else None


def _as_product(call: Call, x: Tensor, kernel: Array, shared: int, added: int) -> Tensor:
    rows = math.prod(kernel.shape[:shared])
    matrix = kernel.reshape(rows, -1)
    name = x.name
    if shared > 1:
        name = call.build.node(
            "Reshape", [name, call.integers(*[0] * (len(x.shape) - shared), rows)]
        )
    rank = len(x.shape) - shared + 1
    if rank == _MATRIX and added == 1:
        return product(call, Tensor(name, (None, rows), x.dtype), matrix)
    made = call.build.node("MatMul", [name, call.build.constant(matrix)])
    if added == 1:
        return Tensor(made, call.shape, call.dtype)
    target = [*[0] * (rank - 1), *kernel.shape[shared:]]
    return call.emit("Reshape", [made, call.integers(*target)])


def _dot(call: Call) -> Tensor:
    a, b = call.get("x1"), call.get("x2")
    constant_matrix = not isinstance(b, Tensor) and array(b).ndim == _MATRIX
    if not constant_matrix:
        call.refuse("it is a product of two tensors, rows with rows", "Use keras.ops.matmul.")
    return product(call, call.tensor(a, call.dtype), array(b).astype(call.dtype))


def _tensordot(call: Call) -> Tensor:
    a, b, axes = call.get("x1"), call.get("x2"), call.operation.axes
    rank = len(a.shape) if isinstance(a, Tensor) else 0
    lists = [axes] if isinstance(axes, int) else [list(map(int, _several(v))) for v in axes]
    simple = lists in ([1], [[rank - 1], [0]], [[-1], [0]])
    if not simple or isinstance(b, Tensor):
        call.refuse("its axes are others than the last and the first", "Use keras.ops.einsum.")
    kernel = array(b).astype(call.dtype)
    return _as_product(call, call.tensor(a, call.dtype), kernel, 1, kernel.ndim - 1)


def _several(value: Any) -> list[int]:
    return [*value] if isinstance(value, (list, tuple)) else [value]


TABLE: Final[dict[str, Any]] = {
    "Matmul": _matmul,
    "Einsum": _einsum,
    "Dot": _dot,
    "Tensordot": _tensordot,
}
