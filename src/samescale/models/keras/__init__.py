"""Keras models as the model half of a bundle: raw columns in, or the feature matrix.

Stored as Keras' own `.keras`, without date and optimizer, and loaded with `safe_mode` after an
audit: no Lambda, no class of the user's own, no more weights than the file holds.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar, Final, final

import numpy as np

from samescale import convert
from samescale.errors import ModelError
from samescale.models import _several
from samescale.models._options import check_options
from samescale.models._probe import rows
from samescale.models.base import ModelKind
from samescale.targets.keras import KerasParts as KerasParts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.models._several import Head
    from samescale.models.base import History, Progress
    from samescale.models.keras.form import Form
    from samescale.sources.base import Source
    from samescale.statistics.base import Json

import keras

from samescale.models.keras import inside, store, twice
from samescale.models.keras.assembly import to_keras as to_keras
from samescale.models.keras.data import raw_dataset as raw_dataset
from samescale.models.keras.data import raw_inputs as raw_inputs
from samescale.models.keras.form import form_of
from samescale.models.keras.heads import check_probabilities, heads_of
from samescale.models.keras.quiet import quiet
from samescale.models.keras.runtime import KerasRuntime
from samescale.models.keras.untrained import untrained


@final
class KerasKind(ModelKind):
    """Keras: any built model of Keras' own layers, of one output for each target.

    Several outputs are the targets' by name (a dict, or layers that are called so), else by order.

    An answer may differ by its batch's size and by the backend: `rtol` of `max(1, |answer|)`.
    """

    name: ClassVar[str] = "keras"
    extra: ClassVar[str] = "keras"
    rtol: ClassVar[float] = 2e-6

    def accepts(self, model: object) -> bool:
        """Whether `model` is a Keras model."""
        return isinstance(model, keras.Model)

    def check(self, model: Any, fitted: Fitted) -> None:
        """See that the model takes and gives what `fitted` does.

        Its preprocessing, if it is inside, is run on probe rows and compared with the graph's.

        Raises:
            ModelError: If its inputs are neither the raw columns nor the features, the
                preprocessing inside is another fitted's, its outputs aren't the targets', or it
                scales its inputs itself, as if they were raw.
        """
        form = form_of(model, fitted)
        twice.check(model, fitted)
        heads = heads_of(model, fitted)
        with quiet():
            if form.kind == "raw":
                inside.compare(model, form, fitted.graph)
            _check_probabilities(model, form, heads, fitted)

    def config(self, model: Any, fitted: Fitted) -> dict[str, Json]:
        """How the model takes its rows: `form`, and the `columns` taken one by one, if so."""
        form = form_of(model, fitted)
        return {"form": form.kind, "columns": None if form.columns is None else [*form.columns]}

    def save(self, model: Any) -> dict[str, bytes]:
        """One `.keras` member: the same model, the same bytes.

        Raises:
            ModelError: If it isn't built, or holds code.
        """
        return store.save(model)

    def load(
        self, members: Mapping[str, bytes], config: Mapping[str, Json], fitted: Fitted
    ) -> KerasRuntime:
        """The runtime of a stored model.

        Raises:
            ModelError: If it isn't a Keras model, brings code or too much, or doesn't fit.
        """
        model = self.restore(members)
        if dict(config) != self.config(model, fitted):
            raise ModelError(
                f"The model takes its rows otherwise than its manifest says: {dict(config)}.",
                remedy="Write the bundle again.",
            )
        sends = form_of(model, fitted).sends(fitted)
        return KerasRuntime(model, sends, heads_of(model, fitted))

    def restore(self, members: Mapping[str, bytes]) -> keras.Model:
        """The Keras model itself.

        Raises:
            ModelError: As `load`.
        """
        return store.load(members)

    def read(self, content: bytes) -> keras.Model:
        """The model of a `.keras` file, without how it was to be trained.

        Raises:
            ModelError: As `load`.
        """
        return store.load({store.MEMBER: untrained(content)})

    def network(self, model: Any, fitted: Fitted) -> bytes:
        """The model without its preprocessing as an ONNX graph; see `ModelKind.network`.

        Raises:
            UnsupportedError: Naming the layer that can't be written, its class, and why.
            MissingExtraError: If `onnx` isn't installed.
        """
        _several.refuse_network(fitted)
        convert.load("keras")
        from samescale.models.keras.graph import network

        (head,) = heads_of(model, fitted)
        return network(model, fitted, sigmoid=head.sigmoid)

    def versions(self) -> dict[str, str]:
        """Keras' version, its backend's, and NumPy's."""
        backend = keras.backend.backend()
        module = sys.modules.get(backend)
        return {
            "keras": keras.__version__,
            backend: str(getattr(module, "__version__", "?")),
            "numpy": np.__version__,
        }

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
        """A small network, its best weights on `validation`, with the preprocessing inside.

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
            The model, which takes raw columns, and `loss` and `val_loss` (mean squared error of
            the transformed target, or cross-entropy and `accuracy`), one an epoch.

        Raises:
            DataError: If a feature is NaN or there are no rows.
            ModelError: If there is no target.
            SpecError: If it has no such option.
        """
        from samescale.models.keras.training import OPTIONS, train

        check_options(options, OPTIONS, "The training of a Keras network")
        return train(fitted, data, validation, seed=seed, progress=progress, **options)


KIND: Final = KerasKind()


def _check_probabilities(
    model: keras.Model, form: Form, heads: tuple[Head, ...], fitted: Fitted
) -> None:
    known = [head for head in heads if head.name and fitted.by_target[head.name].classes]
    if not known:
        return
    sent = form.sends(fitted)(rows(fitted.graph, fitted.profile))
    found = keras.tree.flatten(model.predict_on_batch(sent))
    for head in known:
        check_probabilities(head, np.asarray(found[head.place]))
