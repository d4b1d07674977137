"""Whether a program may be run, and whether what it answers is the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from samescale.convert._tracing import tracing
from samescale.errors import ModelError
from samescale.models import _several
from samescale.models._probe import rows
from samescale.models._several import Head
from samescale.models.torch.form import finite, mapped, rows_of
from samescale.models.torch.runtime import ask

if TYPE_CHECKING:
    from samescale.fitted import Fitted
    from samescale.ir.types import Array
    from samescale.models.torch.form import Form, Sent
    from samescale.models.torch.program import Program

_MOST_ENTRIES: Final = 1 << 28  # that an operation may give for one row: a gigabyte of float32
_SUM_MAY_BE_OFF: Final = 0.02  # of probabilities in bfloat16
_APART: Final = 1e-4  # what rounding may do to a row in another batch
_ROWS: Final = 2
_ENDS: Final = (
    "torch.nn.Linear(…, 1).",
    "torch.nn.Linear(…, {count}) and torch.nn.Softmax(-1).",
)


def shapes_of(program: Program) -> list[tuple[int, ...]]:
    """The shape of each answer for one row, found without computing or allocating anything.

    Raises:
        ModelError: If an operation doesn't take what it gets, gives more than a gigabyte for a
            row, or the answers aren't one for each row.
    """
    try:
        with tracing(), FakeTensorMode(allow_non_fake_inputs=True) as mode, torch.no_grad():
            found = _rehearsed(program, mode)
    except ModelError:
        raise
    except Exception as error:  # whatever torch raises at arguments that don't fit
        raise ModelError(
            f"The torch model can't be run: {str(error)[:300] or type(error).__name__}",
            remedy="Write the bundle again with samescale.",
        ) from error
    for shape in found:
        if not shape or shape[0] != _ROWS:
            raise ModelError(
                f"The model gives a tensor of shape {list(shape)} for {_ROWS} rows.",
                remedy="Give one answer for each row, rows first.",
            )
    return [shape[1:] for shape in found]


def _rehearsed(program: Program, mode: FakeTensorMode) -> list[tuple[int, ...]]:
    plan = program.plan
    sent = {
        x.name: torch.empty((_ROWS, *x.shape), dtype=getattr(torch, x.dtype)) for x in plan.inputs
    }
    weights = (mode.from_tensor(x) for x in program.tensors.values())
    values: list[Any] = [*sent.values(), *weights]
    for call in plan.calls:
        made = program.step(call, values)
        for x in made if isinstance(made, list | tuple) else [made]:
            if isinstance(x, torch.Tensor) and x.numel() > _ROWS * _MOST_ENTRIES:
                raise ModelError(
                    f"The operation '{call.op}' gives {x.numel() // _ROWS} numbers for one row, of "
                    f"at most {_MOST_ENTRIES}.",
                    remedy="Load only models that you trust; build a network of smaller layers.",
                )
        values.append(made)
    return [tuple(int(size) for size in values[at.place].shape) for at in plan.outputs]


def heads_of(program: Program, fitted: Fitted) -> tuple[Head, ...]:
    """The outputs in the order of the targets; one where there is no target.

    Those of a dict are matched by its keys, those of a tuple by their order.

    Raises:
        ModelError: If there are more or fewer, they are called otherwise, or one is of another
            shape than its target.
    """
    shapes, named = shapes_of(program), program.plan.named
    if len(shapes) > 1 and len(fitted.targets) <= 1:
        raise ModelError(
            f"The model gives {len(shapes)} tensors.",
            remedy="Give back one, the target: `return answers`, not `return answers, state`. Of "
            "several targets, the spec has a list: target=[ss.Target(…), ss.Target(…)].",
        )
    if not fitted.targets:
        return (Head("", 0, shapes[0], sigmoid=False),)
    places = _several.places(len(shapes), named, fitted, strict=bool(named))
    return tuple(
        _several.head(target, places[target.name], shapes[places[target.name]], _ENDS)
        for target in fitted.targets
    )


def check_answers(program: Program, form: Form, fitted: Fitted) -> None:
    """Ask the program for probe rows, and see that it answers each of them by itself.

    Raises:
        ModelError: If no answer is finite, they aren't probabilities of classes, or a row's
            depends on the rows beside it.
    """
    sent = form.sends(fitted)(rows(fitted.graph, fitted.profile))
    whole = finite(sent)
    if not whole.any():
        return
    sent = mapped(lambda x: x[whole], sent)
    found = ask(program, sent)
    flat = np.concatenate([one.reshape(len(one), -1) for one in found], axis=1)
    good = np.isfinite(flat).all(axis=1)
    if not good.any():
        raise ModelError(
            "The model gives no finite answer to any probe row: are its weights NaN?",
            remedy="Train it again, with a smaller learning rate.",
        )
    sent = mapped(lambda x: x[good], sent)
    found = [one[good].astype(np.float64) for one in found]
    for head in heads_of(program, fitted):
        _check_rows(program, sent, found[head.place], head.place)
        if head.name and fitted.by_target[head.name].classes is not None:
            _check_probabilities(found[head.place], sigmoid=head.sigmoid)


def _check_rows(program: Program, sent: Sent, found: Array, place: int) -> None:
    half = max(1, rows_of(sent) // 2)
    again = ask(program, mapped(lambda x: x[:half][::-1], sent))[place][::-1].astype(np.float64)
    bound = _APART * np.maximum(1.0, np.abs(found[:half]))
    if not (np.abs(again - found[:half]) <= bound).all():
        raise ModelError(
            "The model's answer to a row depends on the rows beside it.",
            remedy="Use no mean, deviation or other statistic over the rows of a batch; call "
            "model.eval() before torch.export.",
        )


def _check_probabilities(found: Array, *, sigmoid: bool) -> None:
    sums = np.ones(1) if sigmoid else found.sum(axis=-1)
    inside = (found >= 0).all() and (found <= 1 + _SUM_MAY_BE_OFF).all()
    if not inside or (np.abs(sums - 1) > _SUM_MAY_BE_OFF).any():
        last = "torch.nn.Sigmoid()" if sigmoid else "torch.nn.Softmax(-1)"
        raise ModelError(
            "The model's answers aren't probabilities: are they logits?",
            remedy=f"Put {last} behind it: torch.nn.Sequential(model, {last}).",
        )
    if sigmoid and (found == 1).all():
        raise ModelError(
            "The model gives exactly 1 for every row: so does a softmax of one number.",
            remedy="End it with torch.nn.Sigmoid().",
        )
