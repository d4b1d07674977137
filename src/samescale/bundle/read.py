"""Reading: parse, audit, construct, replay. Each step begins when the one before has passed.

No framework is imported before the audit is over, and nothing answers before the replay is.
"""

from __future__ import annotations

import dataclasses as dc
import hashlib
import stat
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, final, get_args

from samescale import models
from samescale.bundle import archive, densities, members, probe, served
from samescale.bundle.format import MANIFEST, MAX_FILE
from samescale.bundle.manifest import FITTED, Manifest
from samescale.bundle.probe import Probes
from samescale.bundle.replay import Replayed, replay
from samescale.bundle.served import Choice, Served
from samescale.errors import (
    FormatError,
    ModelError,
    ProbeError,
    SamescaleError,
    SpecError,
    UnsupportedError,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from samescale.fitted import Fitted
    from samescale.models.base import Runtime

MODEL = "model/"
Answering: TypeAlias = "tuple[Runtime, Replayed]"


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """A file whose layout and digests are right.

    Attributes:
        digest: `sha256:…` of the whole file, as `sha256sum` gives it.
        manifest: What it says about itself.
        members: The bytes of every other member, by name.
    """

    digest: str
    manifest: Manifest
    members: Mapping[str, memoryview]


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Audited:
    """A file whose contents are what they must be, before any framework was imported.

    Attributes:
        parsed: The file.
        fitted: Its preprocessing.
        probes: Its probe rows.
        served: Its form for ONNX Runtime; `None` for one that was made before there was such.
    """

    parsed: Parsed
    fitted: Fitted
    probes: Probes
    served: Served | None


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class LoadedBundle:
    """A bundle that has passed everything.

    Attributes:
        fitted: The preprocessing.
        runtime: The model, ready to answer.
        manifest: What the bundle says about itself.
        digest: `sha256:…` of the file.
        replayed: How far the probe rows' answers are from the recorded ones.
    """

    fitted: Fitted
    runtime: Runtime
    manifest: Manifest
    digest: str
    replayed: Replayed


def read(path: str | os.PathLike[str], *, runtime: Choice = "auto") -> LoadedBundle:
    """Read a bundle, or refuse it.

    Args:
        path: The file.
        runtime: What is to answer: `onnx` is ONNX Runtime, `native` the model's own framework,
            and `auto` the first of them that is installed and gives the recorded answers.

    Returns:
        Preprocessing and model, ready to answer.

    Raises:
        FormatError: If it isn't a bundle, is cut short or malformed.
        IntegrityError: If a byte differs from what was written.
        ModelError: If the model can't be loaded without running code.
        MissingExtraError: If the model's framework isn't installed.
        ProbeError: If the probe rows no longer give the recorded answers.
    """
    _check_choice(runtime)
    audited = audit(parse(contents(path)))
    answering, replayed = _quickest(audited) if runtime == "auto" else _chosen(audited, runtime)
    parsed = audited.parsed
    return LoadedBundle(audited.fitted, answering, parsed.manifest, parsed.digest, replayed)


def native(audited: Audited) -> Answering:
    """The model's own framework, its answers replayed.

    Raises:
        ModelError: If it can't be loaded.
        ProbeError: If the probe rows no longer give the recorded answers.
    """
    runtime, kind = construct(audited), models.load(audited.parsed.manifest.kind)
    return runtime, replay(audited.probes, audited.fitted, runtime, kind.rtol)


def by_onnx(audited: Audited) -> Answering:
    """ONNX Runtime, its answers replayed.

    Raises:
        UnsupportedError: If the bundle has no such form; says why.
        MissingExtraError: If `onnx` or `onnxruntime` isn't installed.
        ProbeError: If the probe rows don't give the recorded answers.
    """
    if audited.served is None:
        raise UnsupportedError(
            "The bundle has no ONNX form: it was made before there was such.",
            remedy="Make it again: ss.Bundle(fitted, model).save(path).",
        )
    runtime = audited.served.runtime(audited.fitted)
    return runtime, replay(audited.probes, audited.fitted, runtime, audited.served.rtol)


def _quickest(audited: Audited) -> Answering:
    if audited.served is None or audited.served.network is None or not served.installed():
        return native(audited)
    try:
        return by_onnx(audited)
    except (ModelError, ProbeError, UnsupportedError):
        # Another version of ONNX Runtime, or another processor: the model decides.
        return native(audited)


def _chosen(audited: Audited, choice: Choice) -> Answering:
    return by_onnx(audited) if choice == "onnx" else native(audited)


def _check_choice(choice: str) -> None:
    if choice not in get_args(Choice):
        raise SpecError(
            f"There is no runtime '{choice}'.",
            remedy=f"There are: {', '.join(get_args(Choice))}.",
            value=choice,
        )


def contents(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a regular file of at most 4 GiB.

    They are read once: what is checked is what is used, whatever becomes of the file.
    """
    about = Path(path).stat()
    if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_FILE:
        raise FormatError(
            f"'{path}' is no regular file of at most 4 GiB.",
            remedy="Give a file that samescale saved.",
        )
    return Path(path).read_bytes()


def parse(data: bytes) -> Parsed:
    """The file's layout, its manifest, and the digest of every member."""
    found = archive.unpack(data)
    manifest = Manifest.from_bytes(found.pop(MANIFEST))
    manifest.check(found)
    return Parsed(f"sha256:{hashlib.sha256(data).hexdigest()}", manifest, found)


def audit(parsed: Parsed) -> Audited:
    """Every member but the model's, looked through; no framework is imported."""
    _check_names(parsed)
    fitted = members.to_fitted(parsed.members, parsed.manifest)
    probes = Probes.from_members(parsed.members, fitted)
    return Audited(parsed, fitted, probes, Served.from_members(parsed.members))


def construct(audited: Audited) -> Runtime:
    """The model, by its kind: from here on its framework is imported.

    Raises:
        ModelError: If it can't be loaded, for whatever reason.
        MissingExtraError: If its framework isn't installed.
    """
    manifest = audited.parsed.manifest
    kind = models.load(manifest.kind, manifest.versions)
    stored = {
        name: bytes(data) for name, data in audited.parsed.members.items() if name.startswith(MODEL)
    }
    try:
        return kind.load(stored, manifest.model["config"], audited.fitted)
    except SamescaleError:
        raise
    except Exception as error:
        raise ModelError(
            f"The {kind.name} model can't be loaded: {type(error).__name__}: {error}.",
            remedy="Load it with the versions that the bundle's manifest names.",
        ) from error


def _check_names(parsed: Parsed) -> None:
    kind = parsed.manifest.kind
    if kind == FITTED:
        raise FormatError(
            "The file holds a fitted value and no model, so it is no bundle and answers nothing.",
            remedy="Train a model behind it with ss.fit(table, fitted=ss.Fitted.load(path)), or "
            "put your own there and save both: ss.Bundle(fitted, model).save(…).",
            kind=kind,
        )
    if kind not in models.names():
        raise FormatError(
            f"The model is of kind '{kind}'; this samescale knows {', '.join(models.names())}.",
            remedy="Install a newer samescale.",
            kind=kind,
        )
    own = {*members.NAMES, probe.JSON, probe.ARRAYS}
    others = {name for name in parsed.members if not name.startswith(MODEL)}
    found = others - {*served.NAMES, densities.NAME}
    if found != own or len(others) == len(parsed.members):
        odd = sorted(found ^ own) or ["model/…"]
        raise FormatError(f"Member '{odd[0]}' is missing, or isn't one of a bundle.", member=odd[0])
