"""What `torch.export` gives, as a `Program`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import torch
from torch.export.graph_signature import InputKind, OutputKind
from torch.utils._pytree import tree_unflatten  # as torch.export says what a model gives

from samescale.errors import ModelError
from samescale.models.torch import ops
from samescale.models.torch.program import At, Call, Plan, Program, Taken

if TYPE_CHECKING:
    from collections.abc import Mapping

Tensor: TypeAlias = torch.Tensor
Exported: TypeAlias = torch.export.ExportedProgram

_WEIGHTS: Final = {InputKind.PARAMETER, InputKind.BUFFER, InputKind.CONSTANT_TENSOR}
_EVAL: Final = "Call model.eval() before torch.export, and use layers that don't use their batch."
_PLAIN: Final = (int, float, bool, str, torch.dtype, torch.memory_format, torch.layout)


def captured(exported: Exported, inputs: tuple[Taken, ...], *, by_name: bool) -> Program:
    """The program of an exported model.

    Args:
        exported: What `torch.export.export` gave, functional or not.
        inputs: How its inputs are called, in the order in which it takes them.
        by_name: Whether it takes them as a dict.

    Raises:
        ModelError: If it has other inputs, gives anything but a tensor or a tuple, list or dict of
            them, changes its own buffers, is random, or needs an operation that a program can't
            hold.
    """
    exported = exported.run_decompositions({})  # what is written in place becomes plain
    _check_outputs(exported)
    weights = _weights(exported)
    places: dict[Any, At] = {}
    users = [spec.arg.name for spec in exported.graph_signature.input_specs if _is_user(spec)]
    if len(users) != len(inputs):
        raise ModelError(
            f"The model takes {len(users)} tensors, not {len(inputs)}.",
            remedy="Give it one, the features.",
        )
    nodes = {node.name: node for node in exported.graph.nodes if node.op == "placeholder"}
    needed = {name: value for name, value in weights.items() if nodes[name].users}
    for name in (*users, *needed):
        places[nodes[name]] = At(len(places))
    calls = _calls(exported, places)
    outputs = tuple(places[node] for node in _given(exported))
    names = tuple(target for target, _ in needed.values())
    plan = Plan(inputs, by_name, names, tuple(calls), outputs, _named(exported))
    return Program(plan, dict(needed.values()))


def _is_user(spec: Any) -> bool:
    return bool(spec.kind is InputKind.USER_INPUT)


def _check_outputs(exported: Exported) -> None:
    kinds = [spec.kind for spec in exported.graph_signature.output_specs]
    if any(kind is not OutputKind.USER_OUTPUT for kind in kinds):
        raise ModelError(
            "The model changes its own buffers when it answers, as layers do in training.",
            remedy=_EVAL,
        )
    given = _structure(exported)
    flat = [*given.values()] if isinstance(given, dict) else given
    wanted = list(range(len(kinds)))
    if flat not in (0, wanted, tuple(wanted)) or not all(map(_is_tensor, _given(exported))):
        raise ModelError(
            f"The model gives {len(kinds)} tensors, or what is none, one inside the other.",
            remedy="Give back one, the target: `return answers`, not `return answers, state`; of "
            "several targets, a tuple or a dict of tensors.",
        )


def _given(exported: Exported) -> Any:
    return next(node for node in exported.graph.nodes if node.op == "output").args[0]


def _is_tensor(node: Any) -> bool:
    return isinstance(node, torch.fx.Node)


def _structure(exported: Exported) -> Any:
    """What the model gives, with the number of a tensor for each tensor."""
    spec = exported.call_spec.out_spec
    return tree_unflatten(range(spec.num_leaves), spec)


def _named(exported: Exported) -> tuple[str, ...]:
    found = _structure(exported)
    return tuple(map(str, found)) if isinstance(found, dict) and len(found) > 1 else ()


def _weights(exported: Exported) -> dict[str, tuple[str, Tensor]]:
    """For each placeholder that isn't the caller's, its name in the model and its tensor."""
    found: dict[str, tuple[str, Tensor]] = {}
    for spec in exported.graph_signature.input_specs:
        if _is_user(spec):
            continue
        held: Mapping[str, Any] = {**exported.state_dict, **exported.constants}
        value = held.get(spec.target or "")
        if spec.kind not in _WEIGHTS or not isinstance(value, torch.Tensor):
            raise ModelError(
                f"The model holds '{spec.target or spec.arg.name}', which is no tensor.",
                remedy="Keep in it nothing but parameters and buffers.",
            )
        found[spec.arg.name] = (spec.target, value)
    return found


def _calls(exported: Exported, places: dict[Any, At]) -> list[Call]:
    calls: list[Call] = []
    for node in exported.graph.nodes:
        if node.op in {"placeholder", "output"}:
            continue
        name = (
            ops.name_of(node.target) if node.op == "call_function" else f"{node.op} {node.target}"
        )
        if name in ops.IGNORED:
            continue
        _check_settled(name, node)
        args = tuple(_argument(x, places, name) for x in node.args)
        kwargs = {key: _argument(x, places, name) for key, x in node.kwargs.items()}
        kwargs = {key: x for key, x in kwargs.items() if key not in {"device", "pin_memory"}}
        calls.append(Call(name, args, kwargs))
        places[node] = At(len(places))
    return calls


def _check_settled(name: str, node: Any) -> None:
    """Refuse what is drawn anew in every call."""
    schema = getattr(node.target, "_schema", None)
    names = [argument.name for argument in schema.arguments] if schema is not None else []
    given = {**dict(zip(names, node.args, strict=False)), **node.kwargs}
    training = given.get("train") is True or given.get("training") is True
    if training or (given.get("dropout_p") or 0) != 0:
        raise ModelError(
            f"The model was exported in training mode: '{name}' draws random numbers.",
            remedy=_EVAL,
        )


def _argument(x: Any, places: Mapping[Any, At], name: str) -> Any:
    if isinstance(x, torch.fx.Node):
        return places[x]
    if isinstance(x, list | tuple):
        return [_argument(item, places, name) for item in x]
    if x is None or isinstance(x, _PLAIN):
        return x
    if isinstance(x, torch.device):
        return None
    raise ModelError(
        f"The model's operation '{name}' takes a {type(x).__name__}, which can't be stored.",
        remedy="Build it of torch's own layers and functions.",
    )
