"""LSTM, GRU and SimpleRNN as ONNX's: steps first, gates in another order."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from samescale.convert.keras.layers.passing import given
from samescale.convert.keras.operations.shaping import sliced
from samescale.convert.keras.tensors import Call, Tensor, array

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array

# ONNX Runtime's activations, and alpha and beta where they have some.
_ACTIVATIONS: Final[Mapping[str, tuple[str, float, float]]] = {
    "tanh": ("Tanh", 0.0, 0.0),
    "sigmoid": ("Sigmoid", 0.0, 0.0),
    "relu": ("Relu", 0.0, 0.0),
    "linear": ("Affine", 1.0, 0.0),
    "hard_sigmoid": ("HardSigmoid", 1 / 6, 0.5),
    "softsign": ("Softsign", 0.0, 0.0),
    "softplus": ("Softplus", 0.0, 0.0),
    "elu": ("Elu", 1.0, 0.0),
    "leaky_relu": ("LeakyRelu", 0.2, 0.0),
}


@final
@dc.dataclass(frozen=True, slots=True)
class _Gates:
    """How a kind's gates stand.

    Attributes:
        op: ONNX's name of the kind.
        order: Of Keras' gates, as ONNX wants them.
        activations: Which of the layer's activations ONNX asks for.
    """

    op: str
    order: tuple[int, ...]
    activations: tuple[str, ...]


_KINDS: Final[Mapping[str, _Gates]] = {
    # Keras: input, forget, cell, output. ONNX: input, output, forget, cell.
    "LSTM": _Gates("LSTM", (0, 3, 1, 2), ("recurrent_activation", "activation", "activation")),
    "GRU": _Gates("GRU", (0, 1, 2), ("recurrent_activation", "activation")),
    "SimpleRNN": _Gates("RNN", (0,), ("activation",)),
}


@final
@dc.dataclass(frozen=True, slots=True)
class Ran:
    """What a recurrent layer gave, in its own order of steps undone: the first step first."""

    steps: str  # [rows, steps, units], each at the place of its input
    states: tuple[str, ...]  # each [rows, units]


def run(call: Call, layer: Any, x: Tensor, *, backwards: bool) -> Ran:
    """A recurrent layer over the steps of `x`.

    Raises:
        UnsupportedError: For masks, states that are kept or given, and activations that ONNX
            lacks.
    """
    gates = _KINDS[type(layer).__name__]
    if x.mask is not None or call.get("mask") is not None:
        call.refuse("its input is masked", "Serve it by Keras, or leave mask_zero off.")
    if call.get("initial_state") is not None:
        call.refuse("it is called with initial_state")
    if layer.stateful:
        call.refuse("it is stateful: its answer depends on the rows before")
    by_step = call.build.node("Transpose", [x.name], perm=[1, 0, 2])
    made = call.build.nodes(
        gates.op,
        [by_step, *_weights(call, layer, gates)],
        3 if gates.op == "LSTM" else 2,
        hidden_size=int(layer.units),
        direction="reverse" if backwards else "forward",
        linear_before_reset=_resets_after(layer),
        **_activations(call, layer, gates),
    )
    steps = call.build.node("Squeeze", [made[0], call.integers(1)])
    states = tuple(call.build.node("Squeeze", [name, call.integers(0)]) for name in made[1:])
    return Ran(call.build.node("Transpose", [steps], perm=[1, 0, 2]), states)


def _resets_after(layer: Any) -> int | None:
    return int(layer.reset_after) if hasattr(layer, "reset_after") else None


def _activations(call: Call, layer: Any, gates: _Gates) -> dict[str, Any]:
    found = []
    for name in gates.activations:
        used = getattr(layer, name)
        known = _ACTIVATIONS.get(getattr(used, "__name__", ""))
        if known is None or not getattr(used, "__module__", "").startswith("keras."):
            call.refuse(f"ONNX's recurrent layers have no activation {used}")
        found.append(known)
    return {
        "activations": [name for name, _, _ in found],
        "activation_alpha": [alpha for _, alpha, _ in found],
        "activation_beta": [beta for _, _, beta in found],
    }


def _weights(call: Call, layer: Any, gates: _Gates) -> list[str]:
    cell, order = layer.cell, gates.order
    kernel, recurrent = (array(w) for w in (cell.kernel, cell.recurrent_kernel))
    bias = np.zeros((2, kernel.shape[1]), np.float32)
    if cell.use_bias:
        held = np.atleast_2d(array(cell.bias))  # only a GRU that resets after has two
        bias[: len(held)] = held
    parts = [_ordered(kernel, order).T, _ordered(recurrent, order).T]
    parts.append(_ordered(bias, order).reshape(-1))
    return [call.build.constant(part[None].astype(np.float32)) for part in parts]


def _ordered(weights: Array, order: tuple[int, ...]) -> Array:
    gates = np.split(weights, len(order), axis=1)
    return np.concatenate([gates[place] for place in order], axis=1)


def _recurrent(call: Call) -> list[Tensor]:
    layer, x = call.operation, given(call)
    ran = run(call, layer, x, backwards=layer.go_backwards)
    name = ran.states[0]
    if layer.return_sequences:
        name = ran.steps
        if layer.go_backwards:
            name = sliced(call, name, 1, slice(None, None, -1))
    outputs = [name, *(ran.states if layer.return_state else ())]
    return [Tensor(y, *out) for y, out in zip(outputs, call.outs, strict=True)]


TABLE: Final[dict[str, Any]] = dict.fromkeys(_KINDS, _recurrent)
