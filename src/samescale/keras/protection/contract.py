"""The input contract of a Keras model: what the first fit was given."""

from __future__ import annotations

import contextlib
import dataclasses as dc
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from samescale.errors import DataError
from samescale.guard import watch
from samescale.ir.nodes import Graph
from samescale.keras._adapt import array_of
from samescale.keras._tables import is_table, names_of, pieces
from samescale.keras.protection.together import (
    MOST_TOGETHER,
    packed,
    sample_for,
    sampled,
    together,
    unpacked,
)
from samescale.profile import ColumnProfile, Profile
from samescale.schema import Column, Schema
from samescale.statistics.batch import Batch
from samescale.statistics.extent import Extent
from samescale.statistics.missing import Missing
from samescale.statistics.moments import Moments
from samescale.statistics.row_sample import RowSample

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samescale.guard import Guard
    from samescale.guard.policies import Policies
    from samescale.ir.types import Array

TOGETHER: Final = "together"
# Wider inputs, and those with more axes, are profiled as a whole.
MOST_FEATURES = 512
_TABLE = 2


@final
@dc.dataclass(frozen=True, slots=True)
class Entry:
    """One input of a model.

    Attributes:
        name: Its key where inputs are a dict, else its place as text.
        columns: The names of its columns, if a frame was given.
        kind: `number`, `text` or `other`; or `together`, for inputs of one number each, which the
            guard compares as one table.
        shape: The shape of a row.
        profile: How its features were distributed; of an input with many, one for all.
    """

    name: str
    columns: tuple[str, ...] | None
    kind: str
    shape: tuple[int, ...]
    profile: Profile | None = None

    def to_json(self) -> dict[str, Any]:
        """The entry as JSON."""
        return {
            "name": self.name,
            "columns": self.columns and list(self.columns),
            "kind": self.kind,
            "shape": list(self.shape),
            "profile": self.profile and self.profile.to_json(),
            "arrays": packed(self.profile.to_arrays()) if self.profile else {},
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Entry:
        """The entry that `to_json` gave.

        Raises:
            FormatError: If its arrays aren't those of a profile.
        """
        columns, profile = fields["columns"], fields["profile"]
        return cls(
            str(fields["name"]),
            None if columns is None else tuple(map(str, columns)),
            str(fields["kind"]),
            tuple(map(int, fields["shape"])),
            # Files of before have no arrays: nothing was learned of features together.
            None if profile is None else Profile.from_json(profile, unpacked(fields)),
        )

    def guard(self, policies: Policies) -> Guard | None:
        """The rules that compare values with the profile; `None` where nothing was profiled."""
        if self.profile is None:
            return None
        shape = self.shape if self.pooled else ()
        columns = [Column(name, "float64", shape) for name in self.profile.columns]
        return watch(Schema(tuple(columns)), self.profile, Graph(()), policies=policies)

    @property
    def pooled(self) -> bool:
        """Whether all features have one profile."""
        return not self.shape or len(self.shape) > 1 or self.shape[0] > MOST_FEATURES

    def named(self, values: Array) -> dict[str, Array]:
        """Rows as the columns that the guard looks at."""
        floats = values.astype(np.float64)
        if self.pooled:
            return {self.name: floats}
        return dict(zip(self.features, floats.T, strict=True))

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features."""
        places = self.shape[0] if len(self.shape) == 1 else 0
        return self.columns or tuple(f"{self.name}[{place}]" for place in range(places))


def inputs_of(x: Any) -> dict[str, Any]:
    """What a model is given, input by input.

    A dict of arrays is a model's inputs by name; a list or a tuple of arrays its inputs by place.
    """
    if isinstance(x, dict):
        return {str(name): values for name, values in x.items()}
    if isinstance(x, list | tuple) and x and all(_is_array(values) for values in x):
        return {str(place): values for place, values in enumerate(x)}
    return {"x": x}


def _is_array(values: Any) -> bool:
    return hasattr(values, "shape") or is_table(values)


def matrix(values: Any) -> Array:
    """An array, a tensor or a frame as an array, rows first."""
    if is_table(values):
        return np.concatenate(list(pieces(values)))
    return array_of(values)


def kind_of(array: Array) -> str:
    """What a caller may send for it."""
    if array.dtype.kind in "biuf":
        return "number"
    return "text" if array.dtype.kind in "OUS" else "other"


@final
class Recorder:
    """What is learned of the inputs, batch by batch."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Any, ...]] = {}
        self._tables: list[RowSample] = [RowSample()]

    def add(self, x: Any) -> None:
        """Add a batch of inputs."""
        for name, values in inputs_of(x).items():
            array = matrix(values)
            entry = Entry(name, names_of(values), kind_of(array), array.shape[1:])
            first = (entry, Moments(), Extent(), Missing(), sample_for(entry, array.dtype))
            before = self._seen.get(name, first)
            self._seen[name] = self._with(before, entry, array)
        self._add_table(x)

    def _add_table(self, x: Any) -> None:
        columns = [np.reshape(matrix(inputs_of(x)[name]), -1) for name in self._singles()]
        if 1 < len(columns) <= MOST_TOGETHER and len({*map(len, columns)}) == 1:
            rows = np.stack(columns, axis=1).astype(np.float64)
            with contextlib.suppress(DataError):  # other inputs than in the batches before
                self._tables[0] = self._tables[0].update(np.where(np.isinf(rows), np.nan, rows))

    def _singles(self) -> tuple[str, ...]:
        """The inputs of one number each."""
        entries = [seen[0] for seen in self._seen.values()]
        return tuple(e.name for e in entries if e.kind == "number" and e.shape in {(), (1,)})

    @staticmethod
    def _with(before: tuple[Any, ...], entry: Entry, array: Array) -> tuple[Any, ...]:
        if entry.kind != "number" or not array.size:
            return (entry, *before[1:])
        # An infinity is for the network to bear; it has no place in a mean.
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            array = np.where(np.isinf(array), np.nan, array)
        rows = array.reshape(-1, 1) if entry.pooled else array
        batch = Batch(rows)
        try:
            exact = [statistic.update(batch) for statistic in before[1:-1]]
        except DataError:  # another shape than the batches before
            return before
        return (entry, *exact, sampled(before[-1], array))

    def entries(self) -> tuple[Entry, ...]:
        """The contract."""
        singles = self._singles()
        sample = self._tables[0]
        if sample.rows and sample.width == len(singles):
            table = Entry("", singles, TOGETHER, (len(singles),))
            exact = [self._seen[name][1:-1] for name in singles]
            others = (
                dc.replace(seen[0], profile=None) if name in singles else _finished(seen)
                for name, seen in self._seen.items()
            )
            return (*others, _together(table, exact, sample))
        return tuple(map(_finished, self._seen.values()))


def _finished(seen: tuple[Any, ...]) -> Entry:
    entry: Entry = seen[0]
    moments, extent, missing, sample = seen[1:]
    if not moments.counts:
        return entry
    names = (entry.name,) if entry.pooled else entry.features
    found = [statistic.value() for statistic in (moments, extent, missing)]
    profiles = {name: _profile(place, *found) for place, name in enumerate(names)}
    return dc.replace(entry, profile=together(profiles, entry.shape, sample))


def _together(entry: Entry, exact: Iterable[Any], sample: RowSample) -> Entry:
    """The inputs of one number each as one table."""
    found = [[statistic.value() for statistic in one] for one in exact]
    profiles = {name: _profile(0, *one) for name, one in zip(entry.features, found, strict=True)}
    return dc.replace(entry, profile=together(profiles, entry.shape, sample))


def _profile(place: int, moments: Any, extent: Any, missing: Any) -> ColumnProfile:
    variance = moments["variance"][place]
    low, high = extent["min"][place], extent["max"][place]
    return ColumnProfile(
        rows=missing["rows"][place],
        missing=missing["missing"][place],
        minimum=None if low is None else float(low),
        maximum=None if high is None else float(high),
        mean=moments["mean"][place],
        deviation=None if variance is None else variance**0.5,
    )


def contract_of(batches: Iterable[Any]) -> tuple[Entry, ...]:
    """The contract of some batches of inputs."""
    recorder = Recorder()
    for x in batches:
        recorder.add(x)
    return recorder.entries()
