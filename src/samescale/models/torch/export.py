"""A module as a `Program`: exported in `eval()`, with any number of rows."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, final
from weakref import WeakKeyDictionary

import torch
from torch import nn

from samescale.convert._tracing import tracing
from samescale.errors import ModelError
from samescale.models.torch.capture import captured
from samescale.models.torch.form import Form, form, forms
from samescale.models.torch.program import Program, Taken
from samescale.targets.torch import RawModule
from samescale.targets.torch.module import DIGEST, narrowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.fitted import Fitted

_ROWS: Final = 3  # of an example: 0 and 1 are special to torch.export
_LONGEST: Final = 300

# How modules that were checked take their features. A module doesn't say what it takes, and
# `ModelKind.save` isn't told: only that is remembered, never what the module holds.
_FORMS: WeakKeyDictionary[nn.Module, Form] = WeakKeyDictionary()


@contextlib.contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """The module in `eval()`, and each part of it back in its mode after."""
    before = {part: part.training for part in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for part, training in before.items():
            part.training = training


def program(model: Any, fitted: Fitted | None = None) -> Program:
    """The program of a module, an exported program, or one that was stored.

    Args:
        model: The model. Of a module that `to_torch` made, the network is taken.
        fitted: The preprocessing; without it, the model must have been checked before.

    Raises:
        ModelError: If it can't be exported, or doesn't take the features.
    """
    if isinstance(model, Program):
        return model
    if isinstance(model, torch.export.ExportedProgram):
        return _of_exported(model, fitted)
    if isinstance(model, RawModule):
        return _of_raw(model, fitted)
    return _of_module(model, fitted)


def _of_raw(model: RawModule, fitted: Fitted | None) -> Program:
    network = model.network
    if network is None:
        raise ModelError(
            "The module gives the features: there is no network in it.",
            remedy="Give to_torch the network: fitted.to_torch(network).",
        )
    if isinstance(network, Program):
        return network
    if fitted is not None:
        alone = len(fitted.graph.outputs) == 1
        kind = "columns" if model.preprocessing.by_column else "feature" if alone else "matrix"
        _FORMS[network] = form(fitted, kind)  # type: ignore[arg-type]  # one of the three
    return _exported(network, _remembered(network))


def _of_module(model: nn.Module, fitted: Fitted | None) -> Program:
    if isinstance(model, torch.jit.ScriptModule):
        raise ModelError(
            "A TorchScript module can't be exported.",
            remedy="Give the nn.Module that it was made of.",
        )
    if fitted is None:
        return _exported(model, _remembered(model))
    reasons: list[ModelError] = []
    for found in forms(fitted):
        try:
            made = _exported(model, found)
        except ModelError as error:
            reasons.append(error)
        else:
            _FORMS[model] = found
            return made
    raise reasons[0]


def _of_exported(model: Any, fitted: Fitted | None) -> Program:
    if fitted is not None:
        _FORMS[model] = _form_of_exported(model, fitted)
    found = _remembered(model)
    return captured(model, found.inputs, by_name=found.by_name)


def _form_of_exported(model: Any, fitted: Fitted) -> Form:
    if any(name.endswith(DIGEST) for name in model.state_dict):
        raise ModelError(
            "The exported program holds preprocessing, which can't be told from the network in it.",
            remedy="Give the module that fitted.to_torch(network) made, or the network's program.",
        )
    users = {*model.graph_signature.user_inputs}
    nodes = [node for node in model.graph.nodes if node.op == "placeholder" and node.name in users]
    given = [node.meta.get("val") for node in nodes]
    told = [f"{x.dtype} {list(x.shape)}" for x in given if isinstance(x, torch.Tensor)]
    for found in forms(fitted):
        if len(given) == 1 and not found.by_name and _takes(given[0], found.inputs[0]):
            _check_rows(given[0])
            return found
    wanted = forms(fitted)[0].inputs[0]
    raise ModelError(
        f"The exported program takes {', '.join(told) or 'no tensor'}, not the features, "
        f"{wanted.dtype} of shape {wanted.shape} a row.",
        remedy="Export the network with fitted.matrix(table) as its example.",
    )


def _takes(given: Any, wanted: Taken) -> bool:
    if not isinstance(given, torch.Tensor):
        return False
    return (str(given.dtype), tuple(given.shape[1:])) == (f"torch.{wanted.dtype}", wanted.shape)


def _check_rows(given: torch.Tensor) -> None:
    if isinstance(given.shape[0], int):
        raise ModelError(
            f"The exported program takes exactly {given.shape[0]} rows.",
            remedy="Export it with dynamic_shapes=({0: torch.export.Dim('rows')},).",
        )


def _remembered(model: nn.Module) -> Form:
    found = _FORMS.get(model)
    if found is None:
        raise _unchecked(model)
    return found


def _unchecked(model: object) -> ModelError:
    return ModelError(
        f"It isn't known what {type(model).__name__} takes.",
        remedy="Check it against its preprocessing first: KIND.check(model, fitted).",
    )


# It is torch's by derivation, as all that torch.export takes.
@final
class _Narrowed(nn.Module):  # type: ignore[misc]  # torch isn't followed
    """A network whose features are cast to the dtype of its weights."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Any) -> Any:
        return self.network(narrowed(features, self.network))


def _exported(model: nn.Module, found: Form) -> Program:
    example = {
        x.name: torch.zeros((_ROWS, *x.shape), dtype=getattr(torch, x.dtype)) for x in found.inputs
    }
    rows = torch.export.Dim("rows", min=1)
    shapes: Any = {name: {0: rows} for name in example}
    sent: Any = example
    if not found.by_name:
        ((name, sent),) = example.items()
        shapes = shapes[name]
    with evaluating(model), tracing(), torch.no_grad():
        try:
            exported = torch.export.export(
                _Narrowed(model), (sent,), dynamic_shapes=(shapes,), strict=False
            )
        except Exception as error:  # whatever a module raises at what it doesn't take
            raise ModelError(
                f"The network doesn't take the features, {_shapes(found)}: {_brief(error)}",
                remedy="Build it for that width and for any number of rows.",
            ) from error
        return captured(exported, found.inputs, by_name=found.by_name)


def _shapes(found: Form) -> str:
    told = ", ".join(f"'{x.name}' {x.dtype} {['rows', *x.shape]}" for x in found.inputs)
    return told.replace("'rows'", "rows")


def _brief(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0][:_LONGEST].rstrip(".") + "."
