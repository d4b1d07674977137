"""A recurrent layer over the steps and another one over them backwards."""

from __future__ import annotations

from typing import Any, Final

from samescale.convert.keras.layers.passing import given
from samescale.convert.keras.layers.recurrent import TABLE as KINDS
from samescale.convert.keras.layers.recurrent import run
from samescale.convert.keras.tensors import Call, Tensor

_MERGES = {"sum": "Add", "mul": "Mul", "ave": "Add"}


def _bidirectional(call: Call) -> list[Tensor]:
    layer, x = call.operation, given(call)
    inner = (layer.forward_layer, layer.backward_layer)
    for one in inner:
        own = type(one).__module__.startswith("keras.") and type(one).__name__ in KINDS
        if not own:
            call.refuse(f"it holds a {type(one).__name__}, not an LSTM, GRU or SimpleRNN")
    both = [run(call, one, x, backwards=one.go_backwards) for one in inner]
    pair = [ran.steps if layer.return_sequences else ran.states[0] for ran in both]
    outputs = [*_merged(call, pair)]
    if layer.return_state:
        outputs += [state for ran in both for state in ran.states]
    return [Tensor(y, *out) for y, out in zip(outputs, call.outs, strict=True)]


def _merged(call: Call, pair: list[str]) -> list[str]:
    mode = call.operation.merge_mode
    if mode is None:
        return pair
    if mode == "concat":
        return [call.build.node("Concat", pair, axis=-1)]
    made = call.build.node(_MERGES[mode], pair)
    return [call.build.node("Mul", [made, call.number(0.5)]) if mode == "ave" else made]


TABLE: Final[dict[str, Any]] = {"Bidirectional": _bidirectional}
