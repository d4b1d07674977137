"""Probe rows: inputs with the answers of the day the bundle was made, asked again at every load."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, Self, final

import numpy as np

from samescale import targets
from samescale.bundle import strict, synthetic, tensors
from samescale.errors import FormatError, ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.ir.types import Answers, Array
    from samescale.models.base import Runtime

JSON: Final = "probe.json"
ARRAYS: Final = "probe.safetensors"
_KEYS = {"rows", "strings", "asked"}


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """Synthetic rows and what was answered.

    Attributes:
        inputs: The admitted raw columns, rows first.
        features: What the graph gave for each column.
        asked: Which rows the model was asked: all of them, or those whose features are finite if
            the model refuses the others.
        answers: What the model gave for these; for several targets, a dict of it by name.
    """

    inputs: Mapping[str, Array]
    features: Mapping[str, Array]
    asked: Array
    answers: Answers

    def to_members(self) -> dict[str, bytes]:
        """The members that hold them."""
        strings = {name: array.tolist() for name, array in self.inputs.items() if _is_text(array)}
        arrays = {
            **{f"input/{name}": a for name, a in self.inputs.items() if not _is_text(a)},
            **{f"feature/{name}": array for name, array in self.features.items()},
            **_named(self.answers),
        }
        header = {
            "rows": len(next(iter(self.inputs.values()))),
            "asked": self.asked.tolist(),
            "strings": strings,
        }
        return {JSON: strict.compact(header), ARRAYS: tensors.dump(arrays)}

    @classmethod
    def from_members(cls, members: Mapping[str, bytes | memoryview], fitted: Fitted) -> Self:
        """The probe rows of a bundle.

        Raises:
            FormatError: If they aren't rows of the schema, or an answer is missing.
        """
        header = strict.parse(members[JSON], JSON)
        arrays = tensors.load(members[ARRAYS], ARRAYS)
        sound = isinstance(header, dict) and set(header) == _KEYS
        if not sound or not isinstance(header["strings"], dict):
            raise FormatError(f"Member '{JSON}' has other fields than {sorted(_KEYS)}.")
        inputs = {
            column.name: _text(header["strings"].get(column.name), column.shape)
            if column.dtype == "string"
            else arrays.pop(f"input/{column.name}", None)
            for column in fitted.schema.columns
        }
        features = {name: arrays.pop(f"feature/{name}", None) for name, _ in fitted.graph.outputs}
        answers = _taken(arrays, fitted)
        _check(header, inputs, features, answers, fitted)
        if arrays:
            raise FormatError(f"Member '{ARRAYS}' holds {min(arrays)!r}, which is no probe.")
        return cls(inputs, features, np.array(header["asked"], np.int64), answers)  # type: ignore[arg-type]


def record(fitted: Fitted, runtime: Runtime) -> Probes:
    """Make the rows, and record what graph and model answer.

    Raises:
        ModelError: If the model answers none of them.
    """
    inputs = synthetic.rows(fitted.schema, fitted.profile)
    features = run(fitted, inputs)
    finite = np.flatnonzero(np.all([_finite_rows(array) for array in features.values()], axis=0))
    everything = np.arange(len(next(iter(inputs.values()))))
    try:
        answers = runtime.predict(inputs)
    except ValueError:  # what scikit-learn raises for the NaN of a value the contract allows
        return Probes(inputs, features, finite, _answers(runtime, take(inputs, finite)))
    return Probes(inputs, features, everything, answers)


def _named(answers: Answers) -> dict[str, Array]:
    """Answers by the names of their arrays."""
    if isinstance(answers, dict):
        return {f"answer/{name}": array for name, array in answers.items()}
    return {"answer": answers}


def _taken(arrays: dict[str, Array], fitted: Fitted) -> Any:
    """The recorded answers, taken from the arrays of a bundle; `None` for what isn't there."""
    if len(fitted.targets) > 1:
        return {name: arrays.pop(f"answer/{name}", None) for name in fitted.by_target}
    return arrays.pop("answer", None)


def _answers(runtime: Runtime, inputs: Mapping[str, Array]) -> Answers:
    try:
        return runtime.predict(inputs)
    except ValueError as error:
        raise ModelError(f"The model refuses every probe row: {error}") from error


def run(fitted: Fitted, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """The graph's columns on the NumPy target."""
    compiled = targets.load("numpy").compile(fitted.graph)
    features: dict[str, Array] = compiled(inputs)
    return features


def take(columns: Mapping[str, Array], places: Array) -> dict[str, Array]:
    """The rows at `places`."""
    return {name: array[places] for name, array in columns.items()}


def _finite_rows(array: Array) -> Array:
    finite: Array = np.isfinite(array.astype(np.float64).reshape(len(array), -1))
    return np.asarray(finite.all(axis=1))


def _is_text(array: Array) -> bool:
    return array.dtype == object


def _text(values: Any, shape: tuple[int, ...]) -> Array | None:
    if not isinstance(values, list):
        return None
    array = np.empty((len(values), *shape), object)
    try:
        array[...] = np.array(values, object).reshape(array.shape)
    except ValueError:
        return None
    known = all(value is None or isinstance(value, str) for value in array.ravel())
    return array if known else None


def _check(
    header: Mapping[str, Any],
    inputs: Mapping[str, Array | None],
    features: Mapping[str, Array | None],
    answers: Any,
    fitted: Fitted,
) -> None:
    rows = header["rows"]
    if type(rows) is not int or not synthetic.FEWEST <= rows <= synthetic.ROWS:
        raise FormatError(
            f"There are {rows!r} probe rows, not {synthetic.FEWEST} to {synthetic.ROWS}."
        )
    for column in fitted.schema.columns:
        array = inputs[column.name]
        expected = (rows, *column.shape)
        if array is None or array.dtype != column.type.numpy or array.shape != expected:
            raise FormatError(f"The probe rows have no column '{column.name}' of {column.type}.")
    for name, array in features.items():
        if array is None or array.shape[:1] != (rows,):
            raise FormatError(f"The probe rows have no recorded features of column '{name}'.")
    recorded = answers.values() if isinstance(answers, dict) else [answers]
    if not all(_are_places(header["asked"], rows, array) for array in recorded):
        raise FormatError("The probe rows have no recorded answer of the model.")


def _are_places(asked: Any, rows: int, answers: Array | None) -> bool:
    """Whether `asked` lists at least one row, none twice, and there is an answer for each."""
    if not isinstance(asked, list) or not asked:
        return False
    if answers is None or answers.shape[:1] != (len(asked),):
        return False
    whole = all(type(row) is int and 0 <= row < rows for row in asked)
    return whole and asked == sorted(set(asked))
