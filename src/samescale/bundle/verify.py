"""Verify: every check that loading makes, told one by one instead of stopping at the first."""

from __future__ import annotations

import contextlib
import dataclasses as dc
from importlib import metadata
from typing import TYPE_CHECKING, Any, final

from samescale import models
from samescale.bundle.read import audit, by_onnx, construct, contents, parse
from samescale.bundle.replay import Replayed, replay
from samescale.bundle.served import installed, told
from samescale.bundle.write import core_versions
from samescale.errors import SamescaleError

if TYPE_CHECKING:
    import os

    from samescale.bundle.read import Audited, Parsed


@final
@dc.dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: What was checked.
        ok: Whether it passed.
        detail: What was found.
    """

    name: str
    ok: bool
    detail: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'FAIL'}  {self.name}: {self.detail}"


@final
@dc.dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found.

    Attributes:
        checks: The checks in order; those behind a failed one weren't made.
        versions: For each package, the version that made the bundle and the one at hand (`None`
            if it isn't installed).
        replayed: How far the probe rows' answers are from the recorded ones, if it came to that.
    """

    checks: tuple[Check, ...]
    versions: dict[str, tuple[str, str | None]]
    replayed: Replayed | None

    @property
    def ok(self) -> bool:
        """Whether every check passed, the replay included."""
        return self.replayed is not None and all(check.ok for check in self.checks)

    def text(self) -> str:
        """The checks and the versions, a line each."""
        versions = (
            f"      {name} {then}" + ("" if now == then else f", here {now or 'not installed'}")
            for name, (then, now) in self.versions.items()
        )
        verdict = "The bundle is whole." if self.ok else "The bundle is refused."
        return "\n".join([*map(str, self.checks), *versions, verdict])

    def to_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "ok": self.ok,
            "checks": [dc.asdict(check) for check in self.checks],
            "versions": {name: list(pair) for name, pair in self.versions.items()},
            "replayed": None if self.replayed is None else dc.asdict(self.replayed),
        }


def verify(path: str | os.PathLike[str]) -> Verification:
    """Check a bundle as loading does, and say what was found.

    Args:
        path: The file.

    Returns:
        Every check; `ok` only if the bundle would load.

    Raises:
        OSError: If the file can't be read.
    """
    checks: list[Check] = []
    versions: dict[str, tuple[str, str | None]] = {}
    replayed: Replayed | None = None
    name = "layout and digests"
    try:
        parsed = parse(contents(path))
        checks.append(Check(name, ok=True, detail=_parsed(parsed)))
        name = "contents"
        versions = _versions(parsed, {})
        audited = audit(parsed)
        checks.append(Check(name, ok=True, detail=_audited(audited)))
        name = "model"
        kind = models.load(parsed.manifest.kind, parsed.manifest.versions)
        versions = _versions(parsed, kind.versions())
        runtime = construct(audited)
        checks.append(Check(name, ok=True, detail=f"{kind.name}, loaded without running code"))
        name = "probe rows"
        replayed = replay(audited.probes, audited.fitted, runtime, kind.rtol)
        checks.append(Check(name, ok=True, detail=_replayed(replayed)))
        name = "served form"
        checks.append(Check(name, ok=True, detail=_served(audited)))
    except SamescaleError as error:
        checks.append(Check(name, ok=False, detail=str(error)))
    return Verification(tuple(checks), versions, replayed)


def _versions(parsed: Parsed, of_kind: dict[str, str]) -> dict[str, tuple[str, str | None]]:
    here = {**core_versions(), **of_kind}
    then = parsed.manifest.versions
    return {name: (then[name], here.get(name) or _installed(name)) for name in then}


def _installed(package: str) -> str | None:
    """The version at hand of a package, by its own name or that of what is imported of it."""
    for name in (package, *metadata.packages_distributions().get(package, ())):
        with contextlib.suppress(metadata.PackageNotFoundError, ValueError):
            return metadata.version(name)
    return None


def _parsed(parsed: Parsed) -> str:
    size = sum(map(len, parsed.members.values()))
    return f"{len(parsed.members) + 1} members, {size} bytes, {parsed.digest}"


def _audited(audited: Audited) -> str:
    columns = len(audited.fitted.schema.columns)
    return f"{columns} columns, preprocessing {audited.fitted.digest}"


def _replayed(replayed: Replayed) -> str:
    features = _distance(replayed.feature_ulps)
    answers = _distance(replayed.answer_ulps)
    return f"{replayed.rows} rows: features {features}, the model's answers {answers}"


def _served(audited: Audited) -> str:
    """What ONNX Runtime gives for the probe rows, if the bundle has a form for it.

    Raises:
        ProbeError: If it isn't what the model gave.
    """
    if audited.served is None or audited.served.network is None or not installed():
        return told(audited.served)
    runtime, replayed = by_onnx(audited)
    return f"{runtime.label}: answers {_distance(replayed.answer_ulps)}"


def _distance(ulps: int) -> str:
    return "bit-equal" if ulps == 0 else f"within {ulps} ulp"
