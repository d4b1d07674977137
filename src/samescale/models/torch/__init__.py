"""torch models as the model half of a bundle.

Stored as the operations that `torch.export` gives and plain tensors: no pickle, no code of the
model's own, nothing that names this machine. They answer in `eval()`, without gradients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np
import torch
from torch import nn

from samescale.errors import ModelError
from samescale.models import _several
from samescale.models._options import check_options
from samescale.models.base import ModelKind
from samescale.models.torch import inside, soundness, store, twice
from samescale.models.torch.export import program
from samescale.models.torch.form import form_of
from samescale.models.torch.runtime import TorchRuntime
from samescale.targets.torch import RawModule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.models.base import History, Progress
    from samescale.models.torch.form import Form
    from samescale.models.torch.program import Program
    from samescale.sources.base import Source
    from samescale.statistics.base import Json


@final
class TorchKind(ModelKind):
    """torch: any `nn.Module` that `torch.export` takes, or a program that it gave.

    One of several targets gives a tuple of tensors in their order, or a dict of them by name.

    Of a module that `to_torch` made the network is stored, once the preprocessing inside is seen to
    be this fitted's; a bundle holds that anyhow.
    """

    name: ClassVar[str] = "torch"
    extra: ClassVar[str] = "torch"
    rtol: ClassVar[float] = 5e-6

    def accepts(self, model: object) -> bool:
        """Whether `model` is a module or an exported program."""
        return isinstance(model, nn.Module | torch.export.ExportedProgram)

    def check(self, model: Any, fitted: Fitted) -> None:
        """See that the model takes and gives what `fitted` does.

        A module is looked at in `eval()` and left in the mode that it was in.

        Raises:
            ModelError: If it can't be exported for any number of rows, takes other features, gives
                another shape than the target's, no probabilities, nothing finite, or answers that
                depend on the batch; if the preprocessing inside it is another fitted's, or its
                first layer normalises as if its inputs were raw.
        """
        if isinstance(model, RawModule):
            inside.compare(model, fitted.graph)
        made = program(model, fitted)
        soundness.heads_of(made, fitted)
        form = _form(made, fitted)
        twice.check(made, form, fitted)
        soundness.check_answers(made, form, fitted)

    def config(self, model: Any, fitted: Fitted) -> dict[str, Json]:
        """How the model was given (`raw` or `features`), and how it takes them."""
        form = "raw" if isinstance(model, RawModule) else "features"
        return {"form": form, "takes": _form(program(model, fitted), fitted).kind}

    def save(self, model: Any) -> dict[str, bytes]:
        """The program and its weights: the same model, the same bytes.

        Raises:
            ModelError: If it wasn't checked before, or can't be stored.
        """
        return store.dump(program(model))

    def load(
        self, members: Mapping[str, bytes], config: Mapping[str, Json], fitted: Fitted
    ) -> TorchRuntime:
        """The runtime of a stored model.

        Raises:
            ModelError: If it isn't one, holds an operation that isn't allowed, or doesn't fit.
        """
        made = self.restore(members)
        form = _form(made, fitted)
        if config.get("form") not in {"raw", "features"} or config.get("takes") != form.kind:
            raise ModelError(
                f"The model takes its features otherwise than its manifest says: {dict(config)}.",
                remedy="Write the bundle again.",
            )
        return TorchRuntime(made, form.sends(fitted), soundness.heads_of(made, fitted))

    def restore(self, members: Mapping[str, bytes]) -> Program:
        """The network as an `nn.Module` that takes the features.

        Raises:
            ModelError: As `load`.
        """
        made = store.load(members)
        soundness.shapes_of(made)
        return made

    def versions(self) -> dict[str, str]:
        """The versions of torch and NumPy."""
        return {"torch": str(torch.__version__), "numpy": np.__version__}

    def network(self, model: Any, fitted: Fitted) -> bytes:
        """The model as an ONNX graph, by torch's exporter; see `ModelKind.network`.

        Raises:
            UnsupportedError: If torch can't write it, with torch's words; or `onnxscript` is
                missing, with which it writes.
        """
        from samescale import convert

        _several.refuse_network(fitted)
        made = program(model, fitted)
        (head,) = soundness.heads_of(made, fitted)
        inputs = [(x.name, x.dtype, x.shape) for x in made.plan.inputs]
        found = convert.load("torch").to_onnx(
            made, inputs, by_name=made.plan.by_name, sigmoid=head.sigmoid
        )
        content: bytes = found.SerializeToString(deterministic=True)
        return content

    def train(
        self,
        fitted: Fitted,
        data: Source,
        validation: Source,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        **options: Any,
    ) -> tuple[Any, History]:
        """A small network, its best weights on `validation`, with the preprocessing in front.

        Args:
            fitted: The preprocessing and the target.
            data: The training rows, raw.
            validation: Rows that `fitted` hasn't seen.
            seed: Fixes weights and order.
            progress: Told after every epoch.
            options: `hidden` (units of each hidden layer, (64, 32)), `epochs` (at most, 200),
                `patience` (epochs without a better score, 15), `batch_size` (by the rows),
                `learning_rate` (Adam's, 0.003).

        Returns:
            The module, which takes raw columns, and `loss` and `val_loss` (mean squared error of
            the transformed target, or cross-entropy and `accuracy`), one an epoch.

        Raises:
            DataError: If a feature is NaN or there are no rows.
            ModelError: If there is no target.
            SpecError: If it has no such option.
        """
        from samescale.models.torch.training import OPTIONS, train

        check_options(options, OPTIONS, "The training of a torch network")
        return train(fitted, data, validation, seed=seed, progress=progress, **options)


KIND: Final = TorchKind()


def _form(made: Program, fitted: Fitted) -> Form:
    found = form_of(made.plan, fitted)
    if found is None:
        told = ", ".join(f"'{x.name}' {x.dtype} {x.shape}" for x in made.plan.inputs)
        raise ModelError(
            f"The network takes {told}, which aren't the features of this fitted.",
            remedy="Use it with the fitted that it was trained behind.",
        )
    return found
