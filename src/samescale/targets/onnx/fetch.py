"""One-hot features before a matrix: the rows of the matrix are fetched instead.

A one-hot vector times a matrix is one of its rows. Written so, a table of ten text columns of
twenty categories needs ten rows and no two hundred products, and no vector is ever made. The
products are the same numbers, but they are added in another order: what a network answers may move
by its last bits, as it does from one library to the next. So this is for answering, where probe
rows tell; an export keeps the graph as it is.
"""

from __future__ import annotations

import dataclasses as dc
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
import onnx
from onnx import helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from samescale.ir.types import Array

_OWN: Final = "fetch/"
_FEWEST: Final = 8  # entries of all the vectors: below, the product is as quick


@final
@dc.dataclass(frozen=True, slots=True)
class _Hot:
    """A part of the features that is one-hot: of which column of which codes, and how long."""

    codes: str
    column: int
    depth: int


@final
@dc.dataclass(frozen=True, slots=True)
class _Place:
    """Where features meet a matrix.

    Attributes:
        number: Which of the places it is, for the names of what is written there.
        concat: What joins the features.
        cast: What widens them, if anything does.
        product: The Gemm or MatMul.
        matrix: Its matrix, features × units.
        hots: Those parts of the features that are one-hot, by their place.
        widths: How many features each part has.
    """

    number: int
    concat: onnx.NodeProto
    cast: onnx.NodeProto | None
    product: onnx.NodeProto
    matrix: Array
    hots: Mapping[int, _Hot]
    widths: tuple[int, ...]

    def name(self, own: str) -> str:
        """A name of this place."""
        return f"{_OWN}{self.number}/{own}"

    @property
    def bias(self) -> str:
        """What the product adds; empty for nothing."""
        return self.product.input[2] if len(self.product.input) > 2 else ""  # noqa: PLR2004 - Gemm's

    @property
    def rest(self) -> list[int]:
        """The places of the other parts."""
        return [at for at in range(len(self.widths)) if at not in self.hots]

    def blocks(self) -> list[Array]:
        """The rows of the matrix that belong to each part."""
        starts = np.cumsum([0, *self.widths]).tolist()
        return [self.matrix[a:b] for a, b in pairwise(starts)]


def fetched(model: onnx.ModelProto) -> onnx.ModelProto:
    """`model` with rows fetched where one-hot features meet a matrix; itself, where none do.

    Args:
        model: Features and a network, as `build` makes them.
    """
    made = onnx.ModelProto()
    made.CopyFrom(model)
    number = 0
    while (place := _place(made, number)) is not None:
        arrays, nodes = _written(place)
        groups = [nodes if node is place.product else [node] for node in made.graph.node]
        _keep(made.graph, [node for group in groups for node in group], arrays)
        number += 1
    if not number:
        return model
    onnx.checker.check_model(made, full_check=True)
    return made


def _place(model: onnx.ModelProto, number: int) -> _Place | None:
    graph = model.graph
    makers = {name: node for node in graph.node for name in node.output}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for product in graph.node:
        if not _is_product(product, constants):
            continue
        matrix = _matrix(product, constants[product.input[1]])
        concat, cast = _joined(product, makers)
        if matrix is None or concat is None or not _only_multiplied(graph, concat, constants):
            continue
        hots, widths = _parts(concat, makers, constants, model)
        if hots and sum(widths) == len(matrix):
            return _Place(number, concat, cast, product, matrix, hots, widths)
    return None


def _is_product(node: onnx.NodeProto, constants: Mapping[str, onnx.TensorProto]) -> bool:
    return node.op_type in {"Gemm", "MatMul"} and node.input[1] in constants


def _only_multiplied(
    graph: onnx.GraphProto, node: onnx.NodeProto, constants: Mapping[str, onnx.TensorProto]
) -> bool:
    """Whether what a node gives is multiplied by matrices everywhere: else it is made anyway."""
    name = node.output[0]
    takers = [other for other in graph.node if name in other.input]
    if any(value.name == name for value in graph.output):
        return False
    return all(
        _only_multiplied(graph, other, constants)
        if other.op_type == "Cast"
        else _is_product(other, constants)
        and other.input[0] == name
        and _matrix(other, constants[other.input[1]]) is not None
        for other in takers
    )


def _joined(
    product: onnx.NodeProto, makers: Mapping[str, onnx.NodeProto]
) -> tuple[onnx.NodeProto | None, onnx.NodeProto | None]:
    """The Concat that a product takes, if it takes one, and the Cast between them."""
    above = makers.get(product.input[0])
    cast = above if above is not None and above.op_type == "Cast" else None
    concat = makers.get(cast.input[0]) if cast is not None else above
    return (concat if concat is not None and concat.op_type == "Concat" else None), cast


def _matrix(product: onnx.NodeProto, tensor: onnx.TensorProto) -> Array | None:
    settings = {a.name: helper.get_attribute_value(a) for a in product.attribute}
    scaled = [settings.get(name, 1.0) for name in ("alpha", "beta")] != [1.0, 1.0]
    plain = not scaled and not settings.get("transA", 0)
    matrix: Array = numpy_helper.to_array(tensor)
    if not plain or matrix.ndim != 2 or not np.isfinite(matrix).all():  # noqa: PLR2004 - a matrix
        return None
    return matrix.T if settings.get("transB", 0) else matrix


def _parts(
    concat: onnx.NodeProto,
    makers: Mapping[str, onnx.NodeProto],
    constants: Mapping[str, onnx.TensorProto],
    model: onnx.ModelProto,
) -> tuple[dict[int, _Hot], tuple[int, ...]]:
    """The one-hot parts of the features, none where it isn't worth it; and the widths of all."""
    shapes = onnx.shape_inference.infer_shapes(model).graph
    known = {v.name: v.type.tensor_type.shape for v in (*shapes.value_info, *shapes.input)}
    found = {at: _hot(name, makers, constants) for at, name in enumerate(concat.input)}
    hots = {at: hot for at, hot in found.items() if hot is not None}
    sizes = [list(known[name].dim) if name in known else [] for name in concat.input]
    widths = tuple(dims[1].dim_value if len(dims) == 2 else 0 for dims in sizes)  # noqa: PLR2004 - a matrix
    same = len({hot.codes for hot in hots.values()}) == 1
    worth = sum(hot.depth for hot in hots.values()) >= _FEWEST
    return (hots if same and worth and all(widths) else {}), widths


def _hot(
    name: str, makers: Mapping[str, onnx.NodeProto], constants: Mapping[str, onnx.TensorProto]
) -> _Hot | None:
    """A value that is `Cast(Equal(Gather(codes, column), 0…depth-1))`."""
    cast = makers.get(name)
    equal = makers.get(cast.input[0]) if cast is not None and cast.op_type == "Cast" else None
    if equal is None or equal.op_type != "Equal" or equal.input[1] not in constants:
        return None
    numbers = numpy_helper.to_array(constants[equal.input[1]])
    if numbers.ndim != 1 or numbers.tolist() != list(range(len(numbers))):
        return None
    codes, column = equal.input[0], 0
    gather = makers.get(codes)
    if gather is not None and gather.op_type == "Gather" and gather.input[1] in constants:
        places = numpy_helper.to_array(constants[gather.input[1]]).ravel()
        if len(places) != 1 or helper.get_attribute_value(gather.attribute[0]) != 1:
            return None
        codes, column = gather.input[0], int(places[0])
    return _Hot(codes, column, len(numbers))


def _written(place: _Place) -> tuple[dict[str, Array], list[onnx.NodeProto]]:
    blocks = place.blocks()
    arrays: dict[str, Array] = {}
    output, nodes = place.product.output[0], []
    hot = place.rest == [] or any(blocks[at].any() for at in place.hots)
    if hot:
        alone = not place.rest and not place.bias
        found, made = _summed(place, output if alone else place.name("sum"))
        arrays, nodes = found, made
    if place.rest:
        arrays["matrix"] = np.concatenate([blocks[at] for at in place.rest])
    nodes += _dense(place, hot=hot)
    return {place.name(name): array for name, array in arrays.items()}, nodes


def _summed(place: _Place, output: str) -> tuple[dict[str, Array], list[onnx.NodeProto]]:
    """The rows of the table that the codes ask for, added up."""
    hots, blocks, name = list(place.hots.values()), place.blocks(), place.name
    zero = np.zeros((1, place.matrix.shape[1]), place.matrix.dtype)
    arrays = {
        # Behind the rows of each column stands one of zeros, for a code that is none of its own.
        "table": np.concatenate([part for at in place.hots for part in (blocks[at], zero)]),
        "columns": np.array([hot.column for hot in hots], np.int64),
        "depths": np.array([hot.depth for hot in hots], np.uint64),
        "offsets": np.cumsum([0, *(hot.depth + 1 for hot in hots)])[:-1].astype(np.int64),
        "axis": np.array([1], np.int64),
    }
    return arrays, [
        _node("Gather", (hots[0].codes, name("columns")), name("picked"), axis=1),
        # As unsigned, a negative code is a large one, and so none of the column's.
        _node("Cast", (name("picked"),), name("unsigned"), to=onnx.TensorProto.UINT64),
        _node("Min", (name("unsigned"), name("depths")), name("known")),
        _node("Cast", (name("known"),), name("signed"), to=onnx.TensorProto.INT64),
        _node("Add", (name("signed"), name("offsets")), name("rows")),
        _node("Gather", (name("table"), name("rows")), name("found"), axis=0),
        _node("ReduceSum", (name("found"), name("axis")), output, keepdims=0),
    ]


def _dense(place: _Place, *, hot: bool) -> Iterator[onnx.NodeProto]:
    """The product of the other features, and the sum of both."""
    output, name = place.product.output[0], place.name
    rest = [place.concat.input[at] for at in place.rest]
    if not rest:
        if place.bias:
            yield _node("Add", (name("sum"), place.bias), output)
        return
    features = rest[0]
    if len(rest) > 1:
        features = name("features")
        yield _node("Concat", rest, features, axis=1)
    if place.cast is not None:
        to = helper.get_attribute_value(place.cast.attribute[0])
        yield _node("Cast", (features,), name("wide"), to=to)
        features = name("wide")
    product = name("product") if hot else output
    if place.bias:
        yield _node("Gemm", (features, name("matrix"), place.bias), product)
    else:
        yield _node("MatMul", (features, name("matrix")), product)
    if hot:
        yield _node("Add", (product, name("sum")), output)


def _node(op: str, inputs: Sequence[str], output: str, **settings: Any) -> onnx.NodeProto:
    return helper.make_node(op, list(inputs), [output], name=output, **settings)


def _keep(
    graph: onnx.GraphProto, nodes: Sequence[onnx.NodeProto], arrays: Mapping[str, Array]
) -> None:
    """Make these the graph's nodes and add these constants, but for what nothing needs."""
    needed = {value.name for value in graph.output}
    kept = []
    for node in reversed(nodes):
        if needed & set(node.output):
            kept.append(node)
            needed.update(node.input)
    made = [numpy_helper.from_array(np.ascontiguousarray(a), n) for n, a in arrays.items()]
    constants = [tensor for tensor in (*graph.initializer, *made) if tensor.name in needed]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(constants)
