"""What a model kind is: how the model half of a bundle is checked, stored, loaded and asked."""

from __future__ import annotations

import dataclasses as dc
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, final

from samescale.errors import ModelError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Answers, Array
    from samescale.sources.base import Source
    from samescale.statistics.base import Json

Progress: TypeAlias = "Callable[[int, int, Mapping[str, float]], None]"
"""Called with what is done, what there is to do, and the scores so far."""

History: TypeAlias = "dict[str, list[float]]"
"""The scores of a training by name, one a step of it."""


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class OneRow:
    """A place for one row of plain numbers, and for its answer: nothing is made anew for a call.

    For one thread at a time.

    Attributes:
        columns: The columns whose values stand in `buffer`, in that order.
        format: Their types, as `struct` writes them: `d` and `f`.
        buffer: Where they go.
        run: Answers what stands in `buffer`.
        answers: What `run` writes, of the shape that `Runtime.predict` gives for one row.
    """

    columns: tuple[str, ...]
    format: str
    buffer: memoryview
    run: Callable[[], None]
    answers: Array


class Runtime(ABC):
    """A loaded model that answers raw columns, its preprocessing included.

    Laws, held by the contract suite for every kind: the same call twice gives the same bits; a
    row's answer doesn't depend on its batch by more than the kind's `rtol`; no call changes it.
    """

    @abstractmethod
    def predict(self, columns: Mapping[str, Array]) -> Answers:
        """The model's answers, before the target is inverted.

        Args:
            columns: The admitted raw columns, of exactly the dtypes and shapes of the schema.

        Returns:
            float32 or float64: regression `[rows]` or `[rows, k]`; classification probabilities
            `[rows, classes]`, in the order of the target's classes. Of several targets, a dict of
            that by name, in their order.
        """

    @property
    def label(self) -> str:
        """What answers, in the words of people who look after it."""
        return type(self).__name__

    def bind(self) -> OneRow | None:
        """A place for one row of the raw columns, if they're plain numbers and it has such."""
        return None


class ModelKind(ABC):
    """One framework's models. Stateless; the module of a kind gives one as `KIND`.

    Attributes:
        name: The kind's name: the module's, and what a bundle's manifest says.
        extra: The extra that installs its framework.
        rtol: How far two answers for one row may differ, however it was batched and wherever the
            bundle is loaded: `|a - b| <= rtol * max(1, |b|)`; 0 promises bits.
    """

    name: ClassVar[str]
    extra: ClassVar[str]
    rtol: ClassVar[float]

    @abstractmethod
    def accepts(self, model: object) -> bool:
        """Whether `model` is of this kind. Must not raise."""

    @abstractmethod
    def check(self, model: Any, fitted: Fitted) -> None:
        """See that `model` fits the preprocessing of `fitted`.

        Raises:
            ModelError: If its inputs or its outputs don't, or if the preprocessing inside the
                model is another one.
        """

    @abstractmethod
    def config(self, model: Any, fitted: Fitted) -> dict[str, Json]:
        """What `load` must know beside the members: plain JSON, kept in the manifest."""

    @abstractmethod
    def save(self, model: Any) -> dict[str, bytes]:
        """The model as members of a bundle, by path under `model/`. The same model, the same bytes.

        Raises:
            ModelError: If something in it can't be stored without code, by name.
        """

    @abstractmethod
    def load(
        self, members: Mapping[str, bytes], config: Mapping[str, Json], fitted: Fitted
    ) -> Runtime:
        """The runtime of what `save` and `config` gave. Runs no code that the members bring.

        Raises:
            ModelError: If the members aren't a model of this kind, or ask for code.
        """

    @abstractmethod
    def restore(self, members: Mapping[str, bytes]) -> Any:
        """The framework's own model object of what `save` gave, as safely as `load`."""

    def read(self, content: bytes) -> Any:
        """The model of a file of the framework's own format, as safely as `restore`.

        Args:
            content: The file, of at most 256 MiB.

        Raises:
            ModelError: If this kind reads no such file, it isn't sound, or asks for code.
        """
        del content
        raise ModelError(
            f"A file of {self.name}'s own isn't read here: nothing tells that it is safe.",
            remedy="In Python, load it and bundle it: ss.Bundle(fitted, model).save(path).",
        )

    def network(self, model: Any, fitted: Fitted) -> bytes:
        """The model without its preprocessing as an ONNX graph, for ONNX Runtime.

        Args:
            model: A model that `check` has let pass.
            fitted: The preprocessing that it was trained behind.

        Returns:
            A serialised ONNX model as `samescale.convert` describes it: the features in, and out
            what `Runtime.predict` gives.

        Raises:
            UnsupportedError: If the model can't be written so; names what can't, and why.
            MissingExtraError: If `onnx` isn't installed.
        """
        del model, fitted
        raise UnsupportedError(
            f"A model of kind '{self.name}' has no form as an ONNX graph.",
            remedy="It is served by its own framework.",
        )

    @abstractmethod
    def versions(self) -> dict[str, str]:
        """The packages whose versions an answer may depend on, and the versions at hand."""

    @abstractmethod
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
        """The kind's default model, trained on `data`, stopped and scored by `validation`.

        Args:
            fitted: The preprocessing and the target. Adapted on `data` only.
            data: The training rows, raw.
            validation: Rows that neither `fitted` nor the weights have seen.
            seed: Fixes everything random: the same seed, rows and machine, the same model.
            progress: Told after every step.
            options: The kind's own, documented there.
        """
