"""What `adapt` gives: spec, learned numbers and graph, frozen together."""

from __future__ import annotations

import dataclasses as dc
import hashlib
import json
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale import declared, targets
from samescale.door import answers, door
from samescale.errors import DataError, SpecError
from samescale.fitted.exports import Exports
from samescale.fitted.target import FittedTarget as FittedTarget  # noqa: TC001 - given on
from samescale.frozen import Frozen, frozen
from samescale.ir import serial
from samescale.ir.names import names
from samescale.ir.nodes import Graph
from samescale.ir.simplify import concatenate
from samescale.schema import Schema
from samescale.spec import Spec

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from samescale.door import Admitted
    from samescale.ir.types import Answers, Array
    from samescale.profile import Profile
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, eq=False)
class Fitted(Exports):
    """Spec, learned numbers and graph. Nothing that it does can change what was learned.

    Made by `Spec.adapt`, or read by `Fitted.load`, never by hand.

    Attributes:
        spec: What was declared.
        schema: The input contract: which columns, of what type, missing or not.
        learned: For each column, what each transform of its chain learned.
        graph: From the raw columns to one output for each column of the spec.
        targets: The learned targets, in the spec's order: none, one or several.
        profile: The training distribution of each column.
        provenance: From what and how it was learned.
    """

    spec: Spec
    schema: Schema
    learned: Mapping[str, tuple[Mapping[str, Learned], ...]]
    graph: Graph
    targets: tuple[FittedTarget, ...]
    profile: Profile
    provenance: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "learned", frozen(self.learned))
        object.__setattr__(self, "provenance", frozen(self.provenance))

    def __repr__(self) -> str:
        told = " and ".join(f"{target.name!r} ({target.task})" for target in self.targets)
        of = f", for {told}" if told else ""
        columns = len(self.schema.columns)
        plural = "s" * (columns != 1)
        return f"<Fitted from {columns} column{plural}{of}, {self.digest[:15]}…>"

    @property
    def target(self) -> FittedTarget | None:
        """The learned target, `None` if there is none.

        Raises:
            SpecError: If there are several: what takes one target must not take them for none.
        """
        return declared.one(self.targets)

    @cached_property
    def by_target(self) -> Mapping[str, Fitted]:
        """For each target, the same preprocessing with that target alone."""
        if len(self.targets) == 1:
            return Frozen({self.targets[0].name: self})
        columns = self.spec.columns
        return Frozen(
            {
                target.name: dc.replace(self, spec=Spec(columns, one), targets=(target,))
                for target, one in zip(self.targets, self.spec.targets, strict=True)
            }
        )

    def transform(self, table: object) -> dict[str, Array]:
        """The features of raw rows, by column.

        Args:
            table: Raw rows: a frame, arrays by name, a list of dicts, a path.

        Returns:
            For each column of the spec an array, rows first: float32, or int64 for codes.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.
        """
        return self._run(self.admit(table))

    def matrix(self, table: object) -> Array:
        """The features of raw rows as one float32 matrix, rows × features, in the spec's order.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.
        """
        return self.matrix_of(self.admit(table))

    def admit(self, table: object) -> dict[str, Array]:
        """Raw rows as the graph takes them: checked, in the spec's order, of its dtypes.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.
        """
        return dict(door(self.schema, table, extra="ignore").columns)

    def matrix_of(self, columns: Mapping[str, Array]) -> Array:
        """The feature matrix of columns that `admit` has let in."""
        return self._run_matrix(columns)["features"]

    def labels(self, table: object) -> Answers:
        """What the model is to learn, from a table that holds the target.

        Returns:
            float32 of shape (rows,), or int64 class codes; for several targets, a dict of them by
            name.

        Raises:
            SpecError: If the spec has no target.
            DataError: If a class wasn't met in training; names row and class.
        """
        targets_ = self._some()
        admitted = door(self._contract, table, extra="ignore")
        found = self._run_targets(admitted.columns)
        for target in targets_:
            _check_known(target, found[target.name], admitted)
        return found if len(targets_) > 1 else found[targets_[0].name]

    def inverse(self, predictions: Answers) -> Answers:
        """A model's answers in the target's own units.

        Args:
            predictions: For a number, what the model gave, of shape (rows,). For a class,
                probabilities (rows, classes) or codes (rows,). For several targets, a dict of them
                by name.

        Returns:
            float64 of shape (rows,), or classes: strings as objects, int64, or booleans; for
            several targets, a dict of them by name.

        Raises:
            ModelError: If they have another shape, are no codes of the target's classes, or aren't
                of each target.
        """
        if len(self.targets) > 1:
            given = answers.by_name(predictions, tuple(self.by_target))
            return {name: one.inverse(given[name]) for name, one in self.by_target.items()}
        return self._inverse(np.asarray(predictions))

    def _inverse(self, given: Array) -> Array:
        target = self._some()[0]
        if target.classes is None:
            return self._run_inverse({"prediction": answers.numbers(given)})[target.name]
        return answers.classes(given, target.answers or ())

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write a file of its own, to train a model elsewhere. It appears whole, or not at all.

        It isn't a bundle: there is no model in it, and nothing answers from it.

        Args:
            path: Where to, as `store.fitted`; a file that is there is replaced.

        Returns:
            `sha256:…` of the file, as `sha256sum` gives it. The file says when it was written
            (now, or `SOURCE_DATE_EPOCH` where that is set); all else in it follows from the value.

        Raises:
            BundleError: If the file can't be written, or what is there under its name is no file.
        """
        return str(_file().save(self, path))

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Fitted:
        """Read what `save` wrote, after everything in it was verified.

        Args:
            path: The file.

        Returns:
            The value, of the same `digest`: spec, schema, learned numbers, graphs, target, profile
            and provenance.

        Raises:
            FormatError: If it is a bundle or another file, is cut short or malformed.
            IntegrityError: If a byte differs from what was written.
            OSError: If the file can't be read.

        Examples:
            >>> import samescale as ss
            >>> from tempfile import TemporaryDirectory
            >>> fitted = ss.Spec({"age": ss.Normalization()}).adapt({"age": [20.0, 40.0, 60.0]})
            >>> with TemporaryDirectory() as folder:
            ...     _ = fitted.save(f"{folder}/age.fitted")
            ...     back = ss.Fitted.load(f"{folder}/age.fitted")
            >>> back.digest == fitted.digest
            True
        """
        fitted: Fitted = _file().load(path)
        return fitted

    @cached_property
    def matrix_graph(self) -> Graph:
        """From the raw columns to one output `features`, float32, rows × features."""
        return concatenate(self.graph)

    @property
    def _whole(self) -> Graph:
        return self.graph

    @property
    def classes(self) -> tuple[str, ...] | tuple[int, ...] | None:
        """The classes, in the order of probabilities; `None` unless the target is a class.

        Those of a boolean column are `False` and `True`.

        Raises:
            SpecError: If there are several targets: `by_target` has the classes of each.
        """
        return None if self.target is None else self.target.answers

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """A name for each column of the matrix: `age`, `age missing`, `city=Oslo`, `image[0]`."""
        told = {
            feature: entries
            for feature, chain in self.spec.columns.items()
            for transform in chain
            if (entries := transform.entries(feature))
        }
        return names(self.graph, told)

    @property
    def float64_columns(self) -> tuple[str, ...]:
        """The columns that would lose what tells their values apart if they came as float32."""
        return tuple(column.name for column in self.schema.columns if column.dtype == "float64")

    @cached_property
    def digest(self) -> str:
        """`sha256:…` of spec, schema, learned numbers and graphs: equal if all of them are."""
        learned = dict(self.learned) | {target.name: target.learned for target in self.targets}
        own = [graph for target in self.targets for graph in (target.graph, target.inverse)]
        content = {
            "spec": self.spec.to_json(),
            "schema": self.schema.to_json(),
            "learned": {name: list(values) for name, values in learned.items()},
            "graphs": [graph and serial.digest(graph) for graph in (self.graph, *own)],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def __getstate__(self) -> dict[str, Any]:
        # What is compiled is compiled again where it is unpickled.
        made = ("_run", "by_target")
        return {name: value for name, value in vars(self).items() if not name.startswith(made)}

    @cached_property
    def _contract(self) -> Schema:
        return Schema(tuple(target.column for target in self._some()))

    @cached_property
    def _run(self) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
        return targets.load("numpy").compile(self.graph)

    @cached_property
    def _run_matrix(self) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
        return targets.load("numpy").compile(self.matrix_graph)

    @cached_property
    def _run_targets(self) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
        outputs = (output for target in self._some() for output in target.graph.outputs)
        return targets.load("numpy").compile(Graph(tuple(outputs)))

    @cached_property
    def _run_inverse(self) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
        target = self._some()[0]
        return targets.load("numpy").compile(target.inverse or target.graph)

    def _some(self) -> tuple[FittedTarget, ...]:
        """The targets, of which there is at least one."""
        if not self.targets:
            raise SpecError(
                "The spec has no target.", remedy="Declare one: ss.Spec(…, target=ss.Target(…))."
            )
        return self.targets


def _check_known(target: FittedTarget, codes: Array, admitted: Admitted) -> None:
    if target.classes is None or not (codes < 0).any():
        return
    value = admitted.columns[target.name][np.argmax(codes < 0)]
    row = admitted.start + int(np.argmax(codes < 0))
    raise DataError(
        f"Target '{target.name}', row {row}: class {value!r} wasn't in the training data.",
        remedy="Adapt on data that holds every class, or give the vocabulary in the spec.",
        column=target.name,
        row=row,
        value=value,
    )


def _file() -> Any:
    # One of the ways that lead up the house: the methods read best on what people hold, and the
    # module is loaded by name only when one of them is called (docs/decisions/0003).
    return import_module("samescale.bundle.preprocessing")
