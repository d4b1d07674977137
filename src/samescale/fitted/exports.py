"""What a fitted value becomes elsewhere: a Keras model, a torch module, a JAX function, ONNX."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from samescale import targets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samescale.ir.nodes import Graph
    from samescale.ir.types import Array


class Exports(ABC):
    """The ways out of a `Fitted`, which is the one class that has them."""

    @property
    @abstractmethod
    def _whole(self) -> Graph:
        """From the raw columns to one output for each column of the spec."""

    @abstractmethod
    def admit(self, table: object) -> dict[str, Array]:
        """Raw rows as the graph takes them."""

    def to_keras(
        self, network: Any = None, *, output: Literal["matrix", "columns"] = "matrix"
    ) -> Any:
        """A plain Keras model that takes raw columns: the preprocessing, then `network`.

        Args:
            network: A Keras model or layer with one input takes all features, joined; one with
                several inputs takes features by column, by its inputs' names; a function is called
                in the functional style. Its weights are used, not copied. Without one, the model
                gives the features.
            output: Without a network, whether the features come joined or by column.

        Returns:
            A `keras.Model` of stock layers and `keras.ops`, whose inputs are a dict by column.
            Strings are looked up, and columns that need float64 scaled, on the host first: such an
            input is called `COLUMN_host`, and `keras_inputs` and `raw_dataset` compute it.

        Raises:
            ModelError: If the network doesn't take the features, or scales them as if they were
                raw.
            MissingExtraError: If Keras isn't installed.
        """
        return _keras().to_keras(self, network, output=output)

    def keras_inputs(
        self, table: object, *, columns: Sequence[str] | None = None
    ) -> dict[str, Array]:
        """What the model of `to_keras` takes for raw rows: for its own `predict`.

        Args:
            table: Raw rows.
            columns: The columns that the network takes one by one, if it does.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.
            MissingExtraError: If Keras isn't installed.
        """
        inputs: dict[str, Array] = _keras().raw_inputs(self, table, columns=columns)
        return inputs

    def raw_dataset(
        self,
        data: object,
        *,
        batch_size: int = 256,
        shuffle: bool = True,
        seed: int = 0,
        columns: Sequence[str] | None = None,
    ) -> Any:
        """Raw rows as a Keras dataset, for the `fit` of what `to_keras` gave; it streams.

        Args:
            data: Raw rows with the target: a path, a frame, arrays by name, a source.
            batch_size: Rows a batch; the last of an epoch has what is left.
            shuffle: Whether rows are shuffled, anew in each epoch.
            seed: Fixes the order.
            columns: The columns that the network takes one by one, if it does.

        Returns:
            A `keras.utils.PyDataset` of `({input: array}, labels)`.

        Raises:
            SourceError: If the data can't be read.
            DataError: While it is iterated, if a row can't be taken.
            MissingExtraError: If Keras isn't installed.
        """
        return _keras().raw_dataset(
            self, data, batch_size=batch_size, shuffle=shuffle, seed=seed, columns=columns
        )

    def to_torch(
        self, network: Any = None, *, output: Literal["matrix", "columns"] = "matrix"
    ) -> Any:
        """A torch module that takes raw columns: the preprocessing, then `network`.

        Args:
            network: An `nn.Module` that takes the features; its weights are used, not copied.
                Without one, the module gives the features.
            output: What the network takes, or the module gives without one: "matrix", all features
                joined, float32 `[rows, width]` (a single feature in its own shape), or "columns",
                a dict of features by column.

        Returns:
            An `nn.Module` whose input is a dict of tensors by column. What was learned is in
            buffers, which `half()` and `double()` leave as they are. Strings are looked up on the
            host first: such an input is called `COLUMN_host`, and `torch_inputs` computes it.

        Raises:
            ModelError: If the network takes raw columns already.
            MissingExtraError: If torch isn't installed.
        """
        return _target("torch").build(self._whole, network, output=output).module

    def torch_inputs(
        self, table: object, *, output: Literal["matrix", "columns"] = "matrix"
    ) -> dict[str, Any]:
        """What the module of `to_torch` takes for raw rows: tensors by name.

        Args:
            table: Raw rows.
            output: As `to_torch` was given it.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.
            MissingExtraError: If torch isn't installed.
        """
        torch = _target("torch")
        inputs: dict[str, Any] = torch.tensors(
            self._sent(torch.cut_for(self._whole, output), table)
        )
        return inputs

    def to_jax(
        self,
        network: Callable[[Any], Any] | None = None,
        *,
        output: Literal["matrix", "columns"] = "matrix",
    ) -> Callable[[Mapping[str, Any]], Any]:
        """A pure JAX function of raw columns: the preprocessing, then `network`.

        Args:
            network: A function of the features, its parameters bound. Without one, the features
                are given.
            output: What the network takes, or the function gives without one: "matrix", all
                features joined, float32 `[rows, width]`, or "columns", a dict by column.

        Returns:
            A function of a dict of arrays, for `jax.jit`, `vmap` and `grad`, of 32 bits. Strings
            are looked up, and columns that need float64 scaled, on the host first: such an input
            is called `COLUMN_host`, and `jax_inputs` computes it.

        Raises:
            MissingExtraError: If JAX isn't installed.
        """
        function: Callable[[Mapping[str, Any]], Any]
        function = _target("jax").build(self._whole, network, output=output).function
        return function

    def jax_inputs(
        self, table: object, *, output: Literal["matrix", "columns"] = "matrix"
    ) -> dict[str, Array]:
        """What the function of `to_jax` takes for raw rows: arrays by name.

        Args:
            table: Raw rows.
            output: As `to_jax` was given it.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.
            MissingExtraError: If JAX isn't installed.
        """
        return self._sent(_target("jax").cut_for(self._whole, output), table)

    def to_onnx(self, network: Any = None) -> Any:
        """An ONNX model of raw columns: the preprocessing, then `network`, then the target back.

        Args:
            network: A trained model of any kind that has a form as ONNX (Keras, torch,
                scikit-learn, …, an `onnx.ModelProto`), or the bytes of a network as
                `ModelKind.network` gives them. Without one, the model gives the features, by
                column.

        Returns:
            An `onnx.ModelProto` of opset 18 and IR 8, whose inputs are the columns, `[rows, 1]`
            for plain ones, text as strings, a missing one as `samescale.targets.onnx.MISSING_TEXT`.
            A number comes in the target's own units, float64 `[rows]`, called as the target;
            classes come as probabilities, `answers`. What ONNX can't compute to the bit runs on
            the host: such an input is called `COLUMN_host`. ONNX Runtime has replayed probe rows
            through it.

        Raises:
            ModelError: If the network doesn't fit the features, or ONNX Runtime gives other
                numbers.
            UnsupportedError: If the network, or the target's inverse, has no form as ONNX.
            MissingExtraError: If onnx or onnxruntime isn't installed.
        """
        targets.load("onnx")  # which says what to install where it is missing
        return import_module("samescale.models.onnx").to_onnx(self, network)

    def _sent(self, cut: Any, table: object) -> dict[str, Array]:
        run = targets.load("numpy").compile(cut.host) if cut.host.outputs else None
        sent: dict[str, Array] = cut.cross(self.admit(table), run)
        return sent


def _target(name: str) -> Any:
    return targets.load(name)


def _keras() -> Any:
    # A way that leads up the house: the methods read best on what people hold, and the module is
    # loaded by name only when one of them is called (docs/decisions/0003).
    targets.load("keras")  # which says what to install where Keras is missing
    return import_module("samescale.models.keras")
