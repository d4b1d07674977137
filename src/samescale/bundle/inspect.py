"""Inspect: what is in a file, for a reader; nothing is run and no framework is imported."""

from __future__ import annotations

import dataclasses as dc
import datetime as dt
from typing import TYPE_CHECKING, Any, final

from samescale.bundle import densities, members, preprocessing, served
from samescale.bundle.making import making
from samescale.bundle.manifest import FITTED
from samescale.bundle.read import audit, contents, parse
from samescale.bundle.shown import listed, shown
from samescale.ir import show

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from samescale.bundle.read import Parsed
    from samescale.fitted import Fitted, FittedTarget
    from samescale.schema import Column
    from samescale.spec import Target
    from samescale.transforms.base import Transform

_LABEL = 14


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """What a bundle or a fitted file holds.

    Attributes:
        parsed: The file, whose digests are right.
        fitted: Its preprocessing.
    """

    parsed: Parsed
    fitted: Fitted

    def text(self) -> str:
        """Everything on a page: made when and from what, columns, transforms, graph, digests."""
        return "\n".join(_lines(self))

    def mermaid(self) -> str:
        """The features graph as a Mermaid flowchart."""
        return show.mermaid(self.fitted.graph)

    def to_json(self) -> dict[str, Any]:
        """The manifest, the spec, what was learned, and the graphs as text."""
        fitted = self.fitted
        return {
            "digest": self.parsed.digest,
            "manifest": self.parsed.manifest.to_json(),
            "spec": fitted.spec.to_json(),
            "learned": {name: list(values) for name, values in fitted.learned.items()},
            "profile": fitted.profile.to_json(),
            "graphs": {name: show.text(graph) for name, graph in members.graphs(fitted).items()},
            "mermaid": self.mermaid(),
        }


def inspect(path: str | os.PathLike[str]) -> Inspection:
    """Look into a bundle or a fitted file.

    Args:
        path: The file.

    Raises:
        FormatError: If it is neither of them, is cut short or malformed.
        IntegrityError: If a byte differs from what was written.
    """
    parsed = parse(contents(path))
    alone = parsed.manifest.kind == FITTED
    return Inspection(parsed, preprocessing.audit(parsed) if alone else audit(parsed).fitted)


def _lines(found: Inspection) -> Iterator[str]:
    manifest, fitted = found.parsed.manifest, found.fitted
    yield f"samescale {'fitted' if manifest.kind == FITTED else 'bundle'}, format 1"
    for label, text in _head(found):
        first, *more = text.splitlines() or [""]
        yield f"{label:<{_LABEL}}{first}".rstrip()
        yield from (f"{'':{_LABEL}}{line}" for line in more)
    for place, target in enumerate(fitted.targets):
        yield from _target(target, fitted.spec.targets[place])
    yield ""
    yield "columns"
    for column in fitted.schema.columns:
        yield from _column(column, fitted)
    yield from _features(fitted)
    for name, graph in members.graphs(fitted).items():
        yield ""
        yield f"graph '{name}', {manifest.graphs[name]}"
        yield from (f"  {line}" for line in show.text(graph).splitlines())
    yield ""
    yield "members"
    for name, entry in manifest.members.items():
        yield f"  {entry['sha256']}  {entry['size']:>10}  {name}"


def _head(found: Inspection) -> Iterator[tuple[str, str]]:
    manifest = found.parsed.manifest
    yield "digest", found.parsed.digest
    if manifest.kind == FITTED:
        yield "fitted", manifest.fitted
    yield "made", manifest.created
    if manifest.notes:
        yield "notes", manifest.notes
    yield "versions", listed(manifest.versions)
    yield from making(manifest.provenance)
    yield "profile", _profile(found)
    yield "model", _model(manifest.kind, manifest.model["config"])
    if manifest.kind != FITTED:
        yield "answers", served.told(served.Served.from_members(found.parsed.members))


def _profile(found: Inspection) -> str:
    """What the guard knows of training, and how large that is."""
    profile, held = found.fitted.profile, found.parsed.members
    size = sum(len(held.get(name, b"")) for name in (members.PROFILE, densities.NAME))
    together = () if profile.table is None else profile.table.names
    known = [
        *([f"{len(together)} together"] if together else []),
        *(f"pictures of '{name}'" for name in profile.pictures),
    ]
    columns = "1 column" if len(profile.columns) == 1 else f"{len(profile.columns)} columns"
    return f"{', '.join([columns, *known])}; {size / 1024:.1f} KiB"


def _model(kind: str, config: Mapping[str, Any]) -> str:
    """The model's kind and form in words, those of a kind that isn't known here as they are."""
    match kind, config.get("form"), config.get("columns"):
        case "fitted", _, _:
            return "none; ss.fit(table, fitted=ss.Fitted.load(…)) trains one behind it"
        case "keras", "raw", None:
            return "keras: takes raw columns, the preprocessing is inside it"
        case "keras", "raw", columns:
            return f"keras: takes the raw columns {shown(columns)}, the preprocessing is inside it"
        case "keras", "features", _:
            return "keras: takes the features that the preprocessing gives"
        case "sklearn", _, _ if "estimator" in config:
            return f"scikit-learn: {config['estimator']}, takes the matrix of features"
        case _:
            return f"{kind}: {listed(config)}"


def _target(target: FittedTarget, declared: Target) -> Iterator[str]:
    classes = "" if target.classes is None else f" of {len(target.classes)}"
    named = "" if target.classes is None else f": {shown(list(target.classes))}"
    yield f"{'target':<{_LABEL}}{target.name} ({target.task}{classes}{named})"
    yield from _chain(declared.transforms, target.learned)


def _column(column: Column, fitted: Fitted) -> Iterator[str]:
    nullable = ", may be missing" if column.nullable else ""
    closed = f", one of {len(column.categories or ())} categories" if column.closed else ""
    yield f"  {column.name}: {column.kind}, {column.type}{nullable}{closed}"
    profile = fitted.profile.columns[column.name]
    if profile.minimum is not None:
        edges = (_edge(column, edge) for edge in (profile.minimum, profile.maximum))
        rows = "1 row" if profile.rows == 1 else f"{profile.rows} rows"
        yield f"      training: {' … '.join(edges)}, {rows}"
    if column.name in fitted.learned:
        yield from _chain(fitted.spec.columns[column.name], fitted.learned[column.name])


def _features(fitted: Fitted) -> Iterator[str]:
    """The features that aren't called like a column."""
    names = [name for name in fitted.learned if name not in fitted.schema.names]
    if names:
        yield ""
        yield "features of other columns"
    for name in names:
        yield f"  {name}"
        yield from _chain(fitted.spec.columns[name], fitted.learned[name])


def _chain(chain: tuple[Transform, ...], learned: tuple[Mapping[str, Any], ...]) -> Iterator[str]:
    for transform, values in zip(chain, learned, strict=True):
        configuration = transform.to_config()["configuration"]
        found = {
            f"{name}.{key}": value
            for name, answer in values.items()
            for key, value in answer.items()
        }
        learned_text = f"  learned {listed(found)}" if found else ""
        yield f"      {type(transform).__name__}({_arguments(configuration)}){learned_text}"


def _arguments(configuration: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name}={value!r}" if isinstance(value, str) else f"{name}={shown(value)}"
        for name, value in configuration.items()
    )


def _edge(column: Column, value: float | None) -> str:
    """An end of a column's range; a date as people write it."""
    if column.kind != "datetime" or value is None:
        return shown(value)
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=value)).isoformat()
