"""From Keras' tensors back to what they are made of, and from there the nodes, one by one."""

from __future__ import annotations

import contextlib
import dataclasses as dc
import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeAlias

import keras

from samescale.convert.keras.layers import LAYERS
from samescale.convert.keras.operations import OPERATIONS
from samescale.convert.keras.reach import before, functional, handed, keras_own, maker
from samescale.convert.keras.tensors import Call, Tensor, refuse
from samescale.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from samescale.convert._graph import Builder

Known: TypeAlias = "dict[int, Tensor]"

_COMPUTED = {"float32", "int32", "int64", "int8", "int16", "uint8", "uint16", "uint32", "bool"}


def written(build: Builder, outputs: Sequence[Any], known: Mapping[int, Tensor]) -> list[Tensor]:
    """The nodes for `outputs`.

    Args:
        build: The graph in the making.
        outputs: Symbolic tensors of Keras.
        known: What is given, by the symbolic tensors' `id`: nothing before it is looked at.

    Returns:
        One tensor an output.

    Raises:
        UnsupportedError: If an operation can't be written, naming it.
    """
    env = dict(known)
    todo = list(outputs)
    while todo:
        if id(todo[-1]) in env:
            todo.pop()
            continue
        node = maker(todo[-1])
        missing = [x for x in before(node, known) if id(x) not in env]
        todo.extend(missing)
        if not missing:
            made = _made(build, node, env, known)
            env.update((id(x), y) for x, y in zip(node.outputs, made, strict=True))
    return [env[id(x)] for x in outputs]


def _made(
    build: Builder, node: Any, env: Mapping[int, Tensor], known: Mapping[int, Tensor]
) -> list[Tensor]:
    graph = functional(node.operation)
    if graph is not None:
        return _nested(build, node, graph, env, known)
    args, kwargs = keras.tree.map_structure(
        lambda x: env.get(id(x), x), (node.arguments.args, node.arguments.kwargs)
    )
    outs = tuple((tuple(x.shape), x.dtype) for x in node.outputs)
    return called(build, Call(build, node.operation, tuple(args), dict(kwargs), outs))


def _nested(
    build: Builder,
    node: Any,
    graph: Any,
    env: Mapping[int, Tensor],
    known: Mapping[int, Tensor],
) -> list[Tensor]:
    inner = dict(known)
    for x, given in zip(graph.inputs, handed(node, graph), strict=True):
        if id(given) in env:
            inner[id(x)] = taken(build, x, env[id(given)], node.operation)
    return written(build, graph.outputs, inner)


def taken(build: Builder, x: Any, given: Tensor, operation: Any) -> Tensor:
    """`given` as the input `x` of a model takes it: of its dtype and rank."""
    call = Call(build, operation, (), {}, ((tuple(x.shape), x.dtype),))
    value = call.tensor(given, x.dtype)
    if len(value.shape) == len(x.shape):
        return value
    axis = call.integers(-1)
    if len(value.shape) == len(x.shape) + 1:
        return call.emit("Squeeze", [value.name, axis])
    return call.emit("Unsqueeze", [value.name, axis])


def called(build: Builder, call: Call) -> list[Tensor]:
    """The outputs of one call of a layer or an operation, masks included."""
    operation = call.operation
    for _, dtype in call.outs:
        if dtype not in _COMPUTED:
            refuse(
                operation,
                f"it computes in {dtype}, which differs by framework",
                "Build the model with dtype policy 'float32', or serve it by Keras.",
            )
    if not isinstance(operation, keras.Layer):
        convert = OPERATIONS.get(type(operation).__name__)
        if convert is None or not type(operation).__module__.startswith("keras."):
            refuse(operation, "samescale has no ONNX form of this operation")
        return _listed(convert(call))
    return _layer(build, call)


def _listed(made: Tensor | Sequence[Tensor]) -> list[Tensor]:
    return [made] if isinstance(made, Tensor) else list(made)


def _layer(build: Builder, call: Call) -> list[Tensor]:
    layer = call.operation
    if getattr(layer, "quantization_mode", None):
        refuse(layer, f"it is quantized ({layer.quantization_mode})")
    policy = layer.dtype_policy
    if policy.compute_dtype not in _COMPUTED:
        refuse(
            layer,
            f"it computes in {policy.compute_dtype} (policy '{policy.name}'), which differs by "
            "framework",
            "Build the model with dtype policy 'float32', or serve it by Keras.",
        )
    call = dc.replace(_autocast(call), traced=functools.partial(_operations, build))
    convert = LAYERS.get(type(layer).__name__) if keras_own(layer) else None
    made = _listed(convert(call)) if convert is not None else _traced(build, call)
    return [
        dc.replace(x, mask=mask) for x, mask in zip(made, _masks(build, call, made), strict=True)
    ]


def _autocast(call: Call) -> Call:
    """The call with its floats in the dtype that the layer computes in, as Keras casts them."""
    layer = call.operation
    wanted = layer.input_dtype
    if not layer.autocast or not keras.backend.is_float_dtype(wanted):
        return call

    def cast(x: Any) -> Any:
        if isinstance(x, Tensor) and keras.backend.is_float_dtype(x.dtype):
            return dc.replace(call.tensor(x, wanted), mask=x.mask)
        return x

    args, kwargs = keras.tree.map_structure(cast, (call.args, dict(call.kwargs)))
    return dc.replace(call, args=args, kwargs=kwargs)


def _traced(build: Builder, call: Call) -> list[Tensor]:
    """A layer that is written in Keras operations: those that it calls."""
    layer = call.operation
    parameters = inspect.signature(layer.call).parameters
    kwargs = {k: v for k, v in call.kwargs.items() if v is not None}
    if "training" in parameters:
        kwargs["training"] = False
    kwargs |= _mask_arguments(call, parameters)
    return _operations(
        build, layer, lambda args, named: layer.call(*args, **named), call.args, kwargs
    )


def _operations(
    build: Builder, layer: Any, function: Callable[..., Any], *given: Any
) -> list[Tensor]:
    """The operations that `function` calls on symbolic tensors in the place of those given."""
    known: Known = {}
    symbol = _symbols(known)
    symbols = keras.tree.map_structure(symbol, given)
    with leaving_no_nodes(layer):
        outputs = _symbolic(layer, lambda: function(*symbols))
        return written(build, keras.tree.flatten(outputs), known)


def _mask_arguments(call: Call, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The masks that Keras hands to a layer of its own accord."""
    names = [name for name in parameters if name not in call.kwargs]
    bound = dict(zip(parameters, call.args, strict=False)) | dict(call.kwargs)
    tensors = {
        k: v for k, v in bound.items() if any(isinstance(x, Tensor) for x in keras.tree.flatten(v))
    }
    found = {}
    for key, value in tensors.items():
        name = "mask" if len(tensors) == 1 else f"{key}_mask"
        masks = keras.tree.map_structure(lambda x: getattr(x, "mask", None), value)
        if name in names and any(x is not None for x in keras.tree.flatten(masks)):
            found[name] = masks
    return found


def _masks(build: Builder, call: Call, made: list[Tensor]) -> list[Tensor | None]:
    """The masks of what a layer gives."""
    layer = call.operation
    known: Known = {}
    nothing: list[Tensor | None] = [None] * len(made)
    first = next(iter([*call.args, *call.kwargs.values()]), None)
    before = keras.tree.map_structure(lambda x: getattr(x, "mask", None), first)
    makes_one = bool(getattr(layer, "mask_zero", False)) or type(layer).__name__ == "Masking"
    had_one = any(x is not None for x in keras.tree.flatten(before))
    if not layer.supports_masking or not (makes_one or had_one):
        return nothing
    symbol = _symbols(known)
    inputs, masks = keras.tree.map_structure(symbol, (first, before))
    with leaving_no_nodes(layer):
        after = _symbolic(layer, lambda: layer.compute_mask(inputs, masks))
        flat = keras.tree.flatten(after)
        if after is None or len(flat) != len(made):
            return nothing
        given = [x for x in flat if x is not None]
        by_id = dict(zip(map(id, given), written(build, given, known), strict=True))
        return [None if x is None else by_id[id(x)] for x in flat]


def _symbols(known: Known) -> Callable[[Any], Any]:
    """A symbolic tensor for each of the graph's, which is `known` by its `id`.

    What this gives holds them: a layer may drop a mask, and its `id` be another tensor's.
    """
    kept: list[Any] = []

    def symbol(x: Any) -> Any:
        if not isinstance(x, Tensor):
            return x
        made = keras.KerasTensor(x.shape, x.dtype)
        known[id(made)] = x
        kept.append(made)
        if x.mask is not None:
            made._keras_mask = symbol(x.mask)  # noqa: SLF001 - as Keras marks them
        return made

    return symbol


def _symbolic(layer: Any, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except UnsupportedError:
        raise
    except Exception as error:  # noqa: BLE001 - a layer's code, of any kind
        reason = str(error).strip().splitlines() or [type(error).__name__]
        refuse(layer, f"it isn't made of Keras operations alone ({reason[0][:200]})")


@contextlib.contextmanager
def leaving_no_nodes(layer: Any) -> Iterator[None]:
    """Take away, afterwards, what Keras notes in the layers inside `layer` when they are called."""
    inside = list(layer._flatten_layers())  # noqa: SLF001 - Keras' own walk over them
    lists = [notes for x in inside for notes in (x._inbound_nodes, x._outbound_nodes)]  # noqa: SLF001
    lengths = [len(notes) for notes in lists]
    try:
        yield
    finally:
        for notes, length in zip(lists, lengths, strict=True):
            del notes[length:]
