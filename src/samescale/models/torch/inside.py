"""Whether the preprocessing inside a module is this fitted's: seen by running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from samescale.errors import ModelError
from samescale.ir import nodes as n
from samescale.ir import serial
from samescale.ir.reference import run
from samescale.models._probe import probe
from samescale.targets.torch import cut_for, tensors

if TYPE_CHECKING:
    from samescale.ir.types import Array
    from samescale.targets.torch import RawModule

_INEXACT = (n.Exp, n.Expm1, n.Log, n.Log1p, n.Power)


def compare(model: RawModule, graph: n.Graph) -> None:
    """Run probe columns through the module's preprocessing and through the graph.

    Raises:
        ModelError: If it is another fitted's, or gives other features.
    """
    inner, digest = model.preprocessing, serial.digest(graph)
    if inner.digest != digest:
        raise ModelError(
            "The preprocessing inside the module was learned by another fitted "
            f"({inner.digest[:15]}…, this one is {digest[:15]}…).",
            remedy="Use the fitted that to_torch was called on, or call it on this one.",
        )
    cut = cut_for(graph, "columns" if inner.by_column else "matrix")
    columns = probe(graph)
    host = run(cut.host, columns) if cut.host.outputs else {}
    wanted = list(run(cut.device, {**columns, **host}).values())
    with torch.inference_mode():
        made = inner(tensors(cut.cross(columns)))
    found = [x.numpy() for x in (made.values() if isinstance(made, dict) else [made])]
    exact = not any(isinstance(node, _INEXACT) for node in cut.device.nodes)
    if not all(_same(a, b, exact=exact) for a, b in zip(found, wanted, strict=True)):
        raise ModelError(
            "The preprocessing inside the module gives other features than this fitted.",
            remedy="Call fitted.to_torch(network) again: a module's preprocessing is not edited.",
        )


def _same(found: Array, wanted: Array, *, exact: bool) -> bool:
    if found.shape != wanted.shape:
        return False
    if exact:
        return bool(np.array_equal(found, wanted, equal_nan=found.dtype.kind == "f"))
    # A subtraction behind a Log may make its ulps large beside a result near 0.
    return bool(np.allclose(found, wanted, rtol=1e-5, atol=1e-5, equal_nan=True))
