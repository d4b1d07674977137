"""Scaled twice: a network whose first layer is a BatchNorm that learned the raw columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.errors import ModelError
from samescale.models import _twice
from samescale.models.torch.program import At

if TYPE_CHECKING:
    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.models.torch.form import Form
    from samescale.models.torch.program import Program

_NORM: Final = "aten._native_batch_norm_legit_no_training.default"
_FEATURES: Final = At(0)


def check(program: Program, form: Form, fitted: Fitted) -> None:
    """See that no BatchNorm at the network's entrance expects raw columns.

    One that learned the features is part of the network.

    Raises:
        ModelError: Naming the column.
    """
    if form.kind != "matrix":
        return
    for call in program.plan.calls:
        if call.op != _NORM or call.args[0] != _FEATURES:
            continue
        mean, variance = (_weight(program, call.args[place]) for place in (3, 4))
        learned = _twice.Learned(mean, np.sqrt(variance), _twice.moments)
        column = _twice.learned_raw(fitted, _twice.layout(fitted), learned)
        if column is not None:
            raise ModelError(
                "The network normalises its inputs itself (its first layer is a BatchNorm), with "
                f"the mean of the raw column '{column}': its input would be scaled twice.",
                remedy="Take the layer out, or give the column no Normalization.",
                column=column,
            )


def _weight(program: Program, at: At) -> Array:
    name = program.plan.weights[at.place - len(program.plan.inputs)]
    found: Array = program.tensors[name].double().numpy()
    return found
