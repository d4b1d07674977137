"""Inspect: what is in a bundle, for a reader; nothing is run and no framework is imported."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

from samescale.bundle import members
from samescale.bundle.read import audit, contents, parse
from samescale.ir import show

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from samescale.bundle.read import Audited
    from samescale.schema import Column
    from samescale.transforms.base import Transform

_LONG = 6


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """What a bundle holds.

    Attributes:
        audited: The file, parsed and audited.
    """

    audited: Audited

    def text(self) -> str:
        """Everything on a page: made when and from what, columns, transforms, graph, digests."""
        return "\n".join(_lines(self.audited))

    def mermaid(self) -> str:
        """The features graph as a Mermaid flowchart."""
        return show.mermaid(self.audited.fitted.graph)

    def to_json(self) -> dict[str, Any]:
        """The manifest, the spec, what was learned, and the graphs as text."""
        fitted = self.audited.fitted
        return {
            "digest": self.audited.parsed.digest,
            "manifest": self.audited.parsed.manifest.to_json(),
            "spec": fitted.spec.to_json(),
            "learned": {name: list(values) for name, values in fitted.learned.items()},
            "profile": fitted.profile.to_json(),
            "graphs": {name: show.text(graph) for name, graph in members.graphs(fitted).items()},
            "mermaid": self.mermaid(),
        }


def inspect(path: str | os.PathLike[str]) -> Inspection:
    """Look into a bundle.

    Args:
        path: The file.

    Raises:
        FormatError: If it isn't a bundle, is cut short or malformed.
        IntegrityError: If a byte differs from what was written.
    """
    return Inspection(audit(parse(contents(path))))


def _lines(audited: Audited) -> Iterator[str]:
    manifest, fitted = audited.parsed.manifest, audited.fitted
    yield f"samescale bundle, format 1, {audited.parsed.digest}"
    yield f"made      {manifest.created}"
    if manifest.notes:
        yield f"notes     {manifest.notes}"
    yield f"with      {_listed(manifest.versions)}"
    yield from (f"from      {line}" for line in _provenance(manifest.provenance))
    yield f"model     {manifest.kind}: {_listed(manifest.model['config'])}"
    yield from _target(audited)
    yield ""
    yield "columns"
    for column in fitted.schema.columns:
        yield from _column(column, audited)
    for name, graph in members.graphs(fitted).items():
        yield ""
        yield f"graph '{name}', {manifest.graphs[name]}"
        yield from (f"  {line}" for line in show.text(graph).splitlines())
    yield ""
    yield "members"
    for name, listed in manifest.members.items():
        yield f"  {listed['sha256']}  {listed['size']:>10}  {name}"


def _provenance(provenance: Mapping[str, Any]) -> Iterator[str]:
    for name, value in provenance.items():
        yield f"{name}: {_listed(value) if isinstance(value, dict) else value}"


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in values.items())


def _target(audited: Audited) -> Iterator[str]:
    target = audited.fitted.target
    if target is None:
        return
    classes = "" if target.classes is None else f" of {_short(list(target.classes))}"
    yield f"target    {target.name} ({target.task}{classes})"
    declared = audited.fitted.spec.target
    if declared is not None:
        yield from _chain(declared.transforms, target.learned)


def _column(column: Column, audited: Audited) -> Iterator[str]:
    fitted = audited.fitted
    nullable = ", may be missing" if column.nullable else ""
    yield f"  {column.name}: {column.kind}, {column.type}{nullable}"
    profile = fitted.profile.columns[column.name]
    if profile.minimum is not None:
        yield f"      training: {profile.minimum} … {profile.maximum}, {profile.rows} rows"
    yield from _chain(fitted.spec.columns[column.name], fitted.learned[column.name])


def _chain(chain: tuple[Transform, ...], learned: tuple[Mapping[str, Any], ...]) -> Iterator[str]:
    for transform, values in zip(chain, learned, strict=True):
        configuration = transform.to_config()["configuration"]
        found = {
            f"{name}.{key}": value
            for name, answer in values.items()
            for key, value in answer.items()
        }
        learned_text = f"  learned {_listed(found)}" if found else ""
        yield f"      {type(transform).__name__}({_listed(configuration)}){learned_text}"


def _short(value: Any) -> str:
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, list | tuple) and len(value) > _LONG:
        head = ", ".join(map(_short, value[:_LONG]))
        return f"[{head}, … {len(value)} in all]"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_short, value))}]"
    return str(value)
