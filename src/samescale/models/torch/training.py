"""The network that `samescale fit` trains with torch where nothing else is asked for."""

from __future__ import annotations

import copy
import itertools
import math
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
import torch
from torch import nn

from samescale.convert._tracing import without_triton
from samescale.errors import DataError, ModelError
from samescale.models.torch.rows import Rows, read
from samescale.targets.torch import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samescale.fitted import Fitted
    from samescale.models.base import History, Progress
    from samescale.sources.base import Source

_BATCHES: Final = 64  # at least so many steps in an epoch, where rows allow it
_ASKED: Final = 4_096

OPTIONS: Final = ("hidden", "epochs", "patience", "batch_size", "learning_rate")
"""What `train` takes of a person's own."""


def train(  # noqa: PLR0913 - the options of a training, each by keyword
    fitted: Fitted,
    data: Source,
    validation: Source,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    hidden: Sequence[int] = (64, 32),
    epochs: int = 200,
    patience: int = 15,
    batch_size: int | None = None,
    learning_rate: float = 3e-3,
) -> tuple[nn.Module, History]:
    """See `TorchKind.train`."""
    if fitted.target is None:
        raise ModelError(
            "There is nothing to learn: the spec has no target.",
            remedy="Declare one: ss.Spec(…, target=ss.Target(…)).",
        )
    seen, unseen = read(fitted, data), read(fitted, validation)
    if not seen.count:
        raise DataError("There are no rows to train on.", remedy="Give a table with rows.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _network(fitted, hidden)
    with without_triton():
        optimizer = torch.optim.Adam(network.parameters(), learning_rate)
    order = np.random.default_rng(seed)
    watched = "val_loss" if unseen.count else "loss"
    history: History = {}
    best, kept = math.inf, copy.deepcopy(network.state_dict())
    since = 0
    for epoch in range(epochs):
        scores = _learned(network, optimizer, seen.batches(batch_size or _size(seen.count), order))
        scores |= {f"val_{name}": x for name, x in _scored(network, unseen).items()}
        for name, value in scores.items():
            history.setdefault(name, []).append(value)
        if progress is not None:
            progress(epoch + 1, epochs, scores)
        since += 1
        if scores[watched] < best:
            best, kept, since = scores[watched], copy.deepcopy(network.state_dict()), 0
        if since >= patience:
            break
    network.load_state_dict(kept)
    return _with_preprocessing(fitted, network), history


def _network(fitted: Fitted, hidden: Sequence[int]) -> nn.Sequential:
    """Layers up to a number, or to the logits of classes."""
    sizes = (len(fitted.feature_names), *hidden)
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(sizes):
        layers += [nn.Linear(before, after, dtype=torch.float32), nn.ReLU()]
    answers = 1 if fitted.classes is None else len(fitted.classes)
    return nn.Sequential(*layers, nn.Linear(sizes[-1], answers, dtype=torch.float32))


def _losses(found: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Each row's: squared error, or cross-entropy of logits."""
    if y.is_floating_point():
        return (found[:, 0] - y) ** 2
    return nn.functional.cross_entropy(found, y, reduction="none")


def _learned(network: nn.Module, optimizer: Any, batches: Any) -> dict[str, float]:
    network.train()
    told: list[dict[str, float]] = []
    for x, y in batches:
        optimizer.zero_grad()
        found = network(x)
        losses = _losses(found, y)
        losses.mean().backward()
        optimizer.step()
        told.append(_told(found.detach(), losses.detach(), y))
    return _mean(told)


def _scored(network: nn.Module, rows: Rows) -> dict[str, float]:
    network.eval()
    with torch.no_grad():
        batches = rows.batches(_ASKED, None)
        told = [_told(found := network(x), _losses(found, y), y) for x, y in batches]
    return _mean(told)


def _told(found: torch.Tensor, losses: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    """The sums of a batch."""
    told = {"rows": float(len(y)), "loss": float(losses.double().sum())}
    if not y.is_floating_point():
        told["accuracy"] = float((found.argmax(1) == y).sum())
    return told


def _mean(told: list[dict[str, float]]) -> dict[str, float]:
    rows = sum(batch["rows"] for batch in told)
    names = [name for name in (told[0] if told else {}) if name != "rows"]
    return {name: sum(batch[name] for batch in told) / rows for name in names}


def _size(rows: int) -> int:
    """A power of two from 16 to 1,024, such that an epoch has many steps.

    >>> _size(100), _size(10_000), _size(10_000_000)
    (16, 128, 1024)
    """
    return int(min(1024, max(16, 2 ** int(math.log2(max(1, rows / _BATCHES))))))


def _with_preprocessing(fitted: Fitted, network: nn.Sequential) -> nn.Module:
    """Raw columns in; a single column may have a shape of its own, and be codes."""
    parts: list[nn.Module] = list(network)
    if fitted.classes is not None:
        parts.append(nn.Softmax(-1))
    if len(fitted.graph.outputs) == 1:
        parts = [nn.Flatten(), _Floats(), *parts]
    module: nn.Module = build(fitted.graph, nn.Sequential(*parts).eval()).module.eval()
    return module


@final
class _Floats(nn.Module):  # type: ignore[misc]  # torch's by derivation, as every layer
    """Codes as float32, which is what the network has learned them as."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The same values."""
        return x.to(torch.float32)
