"""What a person declares: columns and their chains of transforms."""

from __future__ import annotations

import dataclasses as dc
import json
from collections import abc
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, final

from samescale import declared
from samescale.errors import SpecError
from samescale.frozen import Frozen
from samescale.transforms.base import Transform, read_by

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from samescale.engines.base import Engine
    from samescale.fitted import Fitted
    from samescale.progress import Progress

Task = Literal["regression", "classification"]
_LOOKUPS = ("StringLookup", "IntegerLookup")


@final
@dc.dataclass(frozen=True, slots=True, init=False)
class Target:
    """What the model is to predict: a column, and the transforms that the model sees it through.

    A target that begins with a lookup is a class: the model learns its code, and answers are class
    names and probabilities. Any other target is a number: the model learns the transformed number,
    and answers are in the column's own units.

    Args:
        name: The column.
        transforms: Transforms that have an inverse, in the order in which they are applied, or a
            list of them; or one lookup.

    Raises:
        SpecError: If something stands behind a lookup.

    Examples:
        >>> import samescale as ss
        >>> ss.Target("price", ss.Log1p(), ss.Normalization()).task
        'regression'
        >>> ss.Target("species", ss.StringLookup()).task
        'classification'
    """

    name: str
    transforms: tuple[Transform, ...]

    def __init__(self, name: str, *transforms: Transform | Sequence[Transform]) -> None:
        if not isinstance(name, str):
            raise SpecError(f"The target {name!r} is no name.", remedy="Give the column's name.")
        object.__setattr__(self, "name", name)
        given = transforms[0] if len(transforms) == 1 else transforms
        object.__setattr__(self, "transforms", declared.chain(name, given, empty=True))  # type: ignore[arg-type]
        if any(transform.begins or transform.reads for transform in self.transforms):
            raise SpecError(
                f"Target '{name}' is made of other columns.",
                remedy="Answers come without the columns of their row: give the target transforms "
                "of its own.",
                column=name,
            )
        if self.task == "classification" and len(self.transforms) > 1:
            raise SpecError(
                f"Target '{name}' has a transform behind its lookup.",
                remedy="A class is looked up and nothing else: leave the rest out.",
                column=name,
            )

    @property
    def task(self) -> Task:
        """`regression` or `classification`."""
        first = type(self.transforms[0]).__name__ if self.transforms else ""
        return "classification" if first in _LOOKUPS else "regression"

    def to_json(self) -> dict[str, Any]:
        """The target as JSON."""
        return {"name": self.name, "transforms": [t.to_config() for t in self.transforms]}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Target:
        """The target that `to_json` gave."""
        declared.record(fields, "The target", ("name", "transforms"))
        name = fields["name"]
        return cls(name, *declared.listed(fields["transforms"], f"Target '{name}'"))


@final
@dc.dataclass(frozen=True, slots=True, init=False, eq=False)
class Spec:
    """Columns and, for each, the transforms that it goes through, in order.

    A key names a feature, and the column that it is made of. A feature of another name begins with
    what names its columns: `FromColumn("age")`, `HashedCrossing(("city", "shop"), num_bins=100)`.

    Args:
        columns: A transform, or a sequence of them, for each column; the order of the columns is
            the order of the features.
        target: What the model is to predict, if the spec is to train one; several targets as a
            list, in the order of the model's outputs.

    Attributes:
        targets: The targets: none, one or several.

    Raises:
        SpecError: If there is no column, a chain isn't made of transforms, or a target is an input
            or another target too.

    Examples:
        >>> import samescale as ss
        >>> spec = ss.Spec({
        ...     "age": [ss.Impute("median"), ss.Normalization()],
        ...     "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
        ... })
        >>> fitted = spec.adapt({"age": [20.0, 40.0, None], "city": ["Rome", "Oslo", "Rome"]})
        >>> fitted.matrix({"city": ["Oslo"], "age": [30.0]})
        array([[0., 0., 0., 1.]], dtype=float32)
    """

    columns: Mapping[str, tuple[Transform, ...]]
    targets: tuple[Target, ...]

    def __init__(
        self,
        columns: Mapping[str, Transform | Sequence[Transform]],
        target: Target | Sequence[Target] | None = None,
    ) -> None:
        chains = {name: declared.chain(name, given) for name, given in _items(columns)}
        if not chains:
            raise SpecError("The spec has no column.", remedy="Declare at least one.")
        targets = _targets(target)
        _check_first(chains)
        read = [column for name, chain in chains.items() for column in read_by(name, chain)]
        for one in targets:
            if one.name in {*chains, *read}:
                raise SpecError(
                    f"Column '{one.name}' is the target and an input.",
                    remedy="A model that sees its target learns nothing else: leave it out of one.",
                    column=one.name,
                )
        object.__setattr__(self, "columns", Frozen(chains))
        object.__setattr__(self, "targets", targets)

    @property
    def target(self) -> Target | None:
        """The target, `None` if there is none.

        Raises:
            SpecError: If there are several: what takes one target must not take them for none.
        """
        return declared.one(self.targets)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that are read, in the order in which the features first name them."""
        read = (column for name, chain in self.columns.items() for column in read_by(name, chain))
        return tuple(dict.fromkeys(read))

    def __eq__(self, other: object) -> bool:
        # The order of the columns is that of the features, so it tells two specs apart.
        return isinstance(other, Spec) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def _parts(self) -> tuple[object, ...]:
        return tuple(self.columns.items()), self.targets

    def adapt(
        self,
        data: object,
        *,
        weights: str | None = None,
        engine: Engine | str | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
        scaled: Mapping[str, tuple[float, float]] | None = None,
        **options: Any,
    ) -> Fitted:
        """Learn every statistic from training data, once.

        Args:
            data: Any table: a path, a frame, arrays by name, an iterable of batches (see
                `samescale.sources`).
            weights: The column that says what each row counts for: 0 or more. A row of weight 2
                counts as two rows do, one of weight 0 isn't there; quantiles are values of the
                column then, not interpolated. It is no feature by that.
            engine: What runs the statistics: `threads`, a cluster's URL as `dask://HOST:PORT`,
                `ray://…`, `spark://…`, or an engine; see `samescale.engines`. Threads if left out,
                or the cluster that the data lie on. The result is the same to the bit.
            threads: How many threads, where they are the engine.
            progress: Who is told how far it is; a bar on a terminal if left out.
            scaled: Where training arrives normalised by a scaler of your own, as
                `{"age": (38.6, 13.7)}`: the mean and the standard deviation that it has used, in
                the column's own unit, of any of the plain columns of numbers. Nothing is computed
                with them but the profile, which knows raw values then, and tells them from
                normalised ones when they come in their place.
            options: What the source takes, as `dtypes={"code": "string"}` for a CSV file.

        Returns:
            A new, frozen value; nothing that it does can change what was learned.

        Raises:
            SourceError: If the data can't be read as a table.
            DataError: If a value can't be taken; names column, row and value.
            SpecError: If a chain doesn't fit its column.
        """
        from samescale.adapt import adapt

        return adapt(
            self,
            data,
            weights=weights,
            engine=engine,
            threads=threads,
            progress=progress,
            scaled=scaled,
            **options,
        )

    def to_json(self) -> dict[str, Any]:
        """The spec as JSON."""
        columns = {
            name: [transform.to_config() for transform in chain]
            for name, chain in self.columns.items()
        }
        targets = [target.to_json() for target in self.targets]
        # One target is written as ever, so that the digests of what was fitted hold.
        return {
            "columns": columns,
            "target": targets if len(targets) > 1 else next(iter(targets), None),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Spec:
        """The spec of `to_json`, or of a file that a person wrote.

        Raises:
            SpecError: If it isn't one; names the column and what is wrong.
        """
        declared.record(fields, "A spec", ("columns",), ("target", "why"))
        columns, target = fields["columns"], fields.get("target")
        if not isinstance(columns, abc.Mapping):
            raise SpecError(
                "The columns of the spec are no object.",
                remedy='It is {"columns": {"age": [{"name": "Log1p"}, …]}, "target": …}.',
                value=columns,
            )
        listed = target if isinstance(target, list) else [] if target is None else [target]
        return cls(
            {name: declared.listed(chain, f"Column '{name}'") for name, chain in columns.items()},
            [Target.from_json(one) for one in listed] if listed or target == [] else None,
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Spec:
        """The spec of a JSON file, as `samescale infer` writes it and people edit it.

        Raises:
            SpecError: If the file isn't a spec.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
            fields = json.loads(text, object_pairs_hook=_unique)
        except OSError as error:
            raise SpecError(
                f"'{path}' can't be read: {error.strerror}.", remedy="Check the path."
            ) from error
        except ValueError as error:
            raise SpecError(
                f"'{path}' isn't JSON: {error}.", remedy="Mend it, or infer the spec anew."
            ) from error
        return cls.from_json(fields)


def _targets(given: Target | Sequence[Target] | None) -> tuple[Target, ...]:
    if given is None:
        return ()
    targets = tuple(given) if isinstance(given, list | tuple) else (given,)
    wrong = next((one for one in targets if not isinstance(one, Target)), None)
    if wrong is not None or not targets:
        raise SpecError(
            f"The target {given if wrong is None else wrong!r} is no ss.Target.",
            remedy="Write target=ss.Target('price', ss.Normalization()), or a list of them.",
            value=given,
        )
    names = [one.name for one in targets]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SpecError(
            f"Two targets are of column '{twice}'.",
            remedy="Give each column once: a model's outputs are told apart by its name.",
            column=twice,
        )
    return targets


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice")
    return fields


def _check_first(chains: Mapping[str, tuple[Transform, ...]]) -> None:
    for name, chain in chains.items():
        late = next((transform for transform in chain[1:] if transform.begins), None)
        if late is not None:
            raise SpecError(
                f"Column '{name}' has {type(late).__name__} behind other transforms.",
                remedy="It names the columns that a chain is made of: put it first.",
                column=name,
            )


def _items(columns: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    if not isinstance(columns, abc.Mapping) or not all(isinstance(name, str) for name in columns):
        raise SpecError(
            f"The columns are no dict of names and transforms: {columns!r}.",
            remedy='Write ss.Spec({"age": ss.Normalization()}); names are text.',
        )
    return columns.items()
