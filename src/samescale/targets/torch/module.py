"""The preprocessing as an `nn.Module`, and a network behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, final

import numpy as np
import torch
from torch import nn

from samescale.errors import DataError
from samescale.targets.torch.lower import DTYPES, lower

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.targets._device import Crossing, Sides

Tensor: TypeAlias = torch.Tensor
Features: TypeAlias = "Tensor | dict[str, Tensor]"

DIGEST: Final = "graph_digest"
"""The buffer that says which graph a module was made of."""


# Both classes are torch's by derivation: `nn.Module` keeps its own registers of buffers, which the
# methods below read and, where torch asks a module to change, set right.
@final
class Preprocessing(nn.Module):  # type: ignore[misc]  # torch isn't followed
    """A device graph over tensors: buffers for all that was learned, and nothing to train.

    Its numbers keep their dtypes: `half()`, `double()` and `to(dtype)` of the whole model change a
    network's and leave these as they are; `to(device)` moves them. A state dict of another
    graph's isn't taken.

    Args:
        cut: The graph's sides.
        digest: The graph's digest, `sha256:…`.
        by_column: Whether the features are a dict by column; else they are one tensor.
    """

    def __init__(self, cut: Sides, digest: str, *, by_column: bool) -> None:
        super().__init__()
        made = lower(cut.device)
        crossings = dict(cut.inputs)
        types = {node.name: node.type for node in cut.device.inputs}
        self.crossings = tuple(crossings[name] for name in made.inputs)
        self.by_column = by_column
        self._shapes = tuple(types[name].shape for name in made.inputs)
        self._steps = made.steps
        self._outputs = made.outputs
        for name, value in made.constants.items():
            self.register_buffer(name, torch.from_numpy(np.array(value)))
        code = np.frombuffer(bytes.fromhex(digest.rpartition(":")[2]), np.uint8)
        self.register_buffer(DIGEST, torch.from_numpy(code.copy()))

    @property
    def digest(self) -> str:
        """The digest of the graph that it was made of: `sha256:…`."""
        return "sha256:" + bytes(self.get_buffer(DIGEST).tolist()).hex()

    def forward(self, inputs: Mapping[str, Tensor]) -> Features:
        """The features.

        Args:
            inputs: For each of `crossings` a tensor of its dtype, `[rows, *shape]`; `[rows]` is
                taken for `[rows, 1]`. Others are ignored.

        Returns:
            float32 `[rows, width]`, or `[rows, *shape]` of a single feature; or a dict by column.

        Raises:
            DataError: If one is missing, or of another dtype or shape.
        """
        pairs = zip(self.crossings, self._shapes, strict=True)
        values = [_taken(crossing, inputs, shape) for crossing, shape in pairs]
        for step in self._steps:
            held = [self.get_buffer(name) for name in step.held]
            values.append(step.run(*(values[place] for place in step.of), *held))
        if self.by_column:
            return {name: values[place] for name, place in self._outputs}
        return values[self._outputs[0][1]]

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Preprocessing:
        before = dict(self._buffers)
        super()._apply(fn, recurse)
        for name, own in before.items():
            made = self._buffers[name]
            if own is not None and made is not None and made.dtype != own.dtype:
                self._buffers[name] = own.to(made.device)
        return self

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *rest: Any) -> None:
        given = state_dict.get(f"{prefix}{DIGEST}")
        if given is not None and given.tolist() != self.get_buffer(DIGEST).tolist():
            rest[-1].append(  # the messages with which torch's own load_state_dict fails
                f"The preprocessing '{prefix.rstrip('.')}' of the state dict was learned by "
                "another fitted. Build the model of the fitted that it was saved with."
            )
            return
        super()._load_from_state_dict(state_dict, prefix, *rest)


@final
class RawModule(nn.Module):  # type: ignore[misc]  # torch isn't followed
    """Raw columns in: the preprocessing, then a network, if there is one.

    Args:
        preprocessing: The preprocessing.
        network: What takes the features; they are cast to the dtype of its weights, if it was
            made half or double.
    """

    def __init__(self, preprocessing: Preprocessing, network: nn.Module | None = None) -> None:
        super().__init__()
        self.preprocessing = preprocessing
        self.network = network

    def forward(self, inputs: Mapping[str, Tensor]) -> Any:
        """The network's answers, or the features; see `Preprocessing.forward`."""
        features = self.preprocessing(inputs)
        return features if self.network is None else self.network(narrowed(features, self.network))


def narrowed(features: Features, network: nn.Module) -> Features:
    """Float features in the dtype of the network's weights, if it was made half or double."""
    dtype = next((p.dtype for p in network.parameters() if p.is_floating_point()), torch.float32)
    if dtype == torch.float32:
        return features
    if isinstance(features, dict):
        return {name: _narrowed(x, dtype) for name, x in features.items()}
    return _narrowed(features, dtype)


def _narrowed(x: Tensor, dtype: torch.dtype) -> Tensor:
    return x.to(dtype) if x.is_floating_point() else x


def _taken(crossing: Crossing, inputs: Mapping[str, Tensor], shape: tuple[int, ...]) -> Tensor:
    name = crossing.name
    if name not in inputs:
        raise DataError(
            f"The input '{name}' is missing.",
            remedy="fitted.torch_inputs(table) gives all of them.",
            column=name,
        )
    x = inputs[name]
    wanted = DTYPES[crossing.dtype]
    fits = tuple(x.shape[1:]) in {crossing.shape, shape} and x.ndim > 0
    if x.dtype != wanted or not fits:
        raise DataError(
            f"The input '{name}' is {x.dtype} of shape {list(x.shape)}, not {wanted} "
            f"[rows, {', '.join(map(str, crossing.shape))}].",
            remedy="fitted.torch_inputs(table) gives what it takes.",
            column=name,
        )
    return x if tuple(x.shape[1:]) == shape else x.reshape(x.shape[0], *shape)
