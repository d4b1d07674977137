"""Writing: a fitted value and a model become one file, or no file at all."""

from __future__ import annotations

import contextlib
import dataclasses as dc
import datetime as dt
import hashlib
import os
import platform
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from samescale import models
from samescale.bundle import archive, members, probe, served, strict
from samescale.bundle.format import MANIFEST
from samescale.bundle.manifest import Manifest
from samescale.bundle.read import audit, parse
from samescale.errors import BundleError
from samescale.ir import serial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from samescale.bundle.archive import Bytes
    from samescale.fitted import Fitted

    Audit: TypeAlias = Callable[[bytes], object]


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Preprocessing and model, to be kept together.

    Args:
        fitted: The preprocessing that the model was trained behind.
        model: The trained model, of one of the kinds `samescale.models.names()`.
        notes: What a reader of the file should know.
        provenance: From what and how the model was made, as plain JSON.
        created: When, UTC; now if left out, or `SOURCE_DATE_EPOCH` where that is set. It is the
            only thing in the file that two equal trainings don't share.

    Raises:
        ModelError: If the model is of no known kind, or doesn't fit the preprocessing.
        BundleError: If notes are no text, or provenance isn't plain JSON.
    """

    fitted: Fitted
    model: Any
    _: dc.KW_ONLY
    notes: str | None = None
    provenance: Mapping[str, Any] | None = None
    created: dt.datetime | None = None

    def __post_init__(self) -> None:
        _check_told(self.notes, self.provenance)
        models.kind_of(self.model).check(self.model, self.fitted)
        object.__setattr__(self, "created", _instant(self.created))

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write the bundle. The file appears whole, or not at all.

        Before it takes its name, what was written is read back and audited.

        Args:
            path: Where to; a file that is there is replaced, where it is a symbolic link the file
                that it points to.

        Returns:
            `sha256:…` of the file, as `sha256sum` gives it: the same bundle, the same digest.

        Raises:
            ModelError: If something in the model can't be stored without code.
            BundleError: If it doesn't fit into a file of 4 GiB, the file can't be written, or
                what is there under its name is no file.
        """
        return store(path, self.to_members(), lambda data: audit(parse(data)))

    def to_members(self) -> dict[str, bytes]:
        """Every member of the file by name, the manifest among them."""
        kind = models.kind_of(self.model)
        stored = kind.save(self.model)
        config = kind.config(self.model, self.fitted)
        runtime = kind.load(stored, config, self.fitted)
        probes = probe.record(self.fitted, runtime)
        quick = served.make(kind, self.model, self.fitted, probes)
        content = {
            **members.of_fitted(self.fitted),
            **probes.to_members(),
            **stored,
            **quick.to_members(),
        }
        manifest = dc.replace(
            describe(self.fitted, {"kind": kind.name, "config": config}, self.created),
            notes=self.notes or "",
            versions={**core_versions(), **kind.versions()},
            provenance={"adapted": dict(self.fitted.provenance), **(self.provenance or {})},
        )
        return {**content, MANIFEST: manifest.over(content).to_bytes()}


def describe(
    fitted: Fitted, model: Mapping[str, Any], created: dt.datetime | None = None
) -> Manifest:
    """What the manifest of a file with `fitted` and `model` says before its members are listed."""
    return Manifest(
        created=_instant(created).strftime("%Y-%m-%dT%H:%M:%SZ"),
        model=model,
        target=members.targets_json(fitted.targets),
        schema=fitted.schema.to_json(),
        graphs={name: serial.digest(graph) for name, graph in members.graphs(fitted).items()},
        fitted=fitted.digest,
        versions=core_versions(),
        provenance={"adapted": dict(fitted.provenance)},
    )


def store(path: str | os.PathLike[str], content: Mapping[str, Bytes], audit: Audit) -> str:
    """Write members as a file, which appears whole or not at all.

    Args:
        path: Where to; a file that is there is replaced, where it is a symbolic link the file
            that it points to.
        content: Every member by name, the manifest among them.
        audit: What reads the written bytes back before the file takes its name.

    Returns:
        `sha256:…` of the file.

    Raises:
        BundleError: If the file can't be written, or what is there under its name is no file.
    """
    return _replace(_place(Path(path)), archive.pack(content), audit)


def check_place(path: str | os.PathLike[str] | None) -> None:
    """See that there is a place for a file, before the work whose result it is to hold.

    Raises:
        BundleError: If there is no folder for it, or it is a folder itself.
    """
    if path is not None and not Path(path).parent.is_dir():
        raise BundleError(f"There is no folder '{Path(path).parent}'.", remedy="Make it first.")
    if path is not None and Path(path).is_dir():
        raise BundleError(f"'{path}' is a folder.", remedy="Give the name of a file.")


def core_versions() -> dict[str, str]:
    """The versions at hand of what every bundle depends on."""
    from importlib import metadata

    return {
        "samescale": metadata.version("samescale"),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _check_told(notes: str | None, provenance: Mapping[str, Any] | None) -> None:
    told = dict(provenance or {})
    if not isinstance(notes, str | None):
        raise BundleError(f"The notes are {notes!r}, no text.", remedy="Give a str.")
    if "adapted" in told:
        raise BundleError(
            "Provenance has 'adapted', which is what adapt says.", remedy="Rename it."
        )
    try:
        strict.parse(strict.dump({"": told}), "provenance")
    except (TypeError, ValueError, RecursionError, BundleError) as error:
        raise BundleError(
            f"The provenance isn't plain JSON: {f'{error}'.rstrip('. ')}.",
            remedy="Give text, finite numbers, lists and dicts by text.",
        ) from error


def _instant(given: dt.datetime | None) -> dt.datetime:
    if given is not None:
        return given.astimezone(dt.UTC)
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC)


def _place(path: Path) -> Path:
    with contextlib.suppress(OSError):  # a name that none can have is told when it is opened
        return Path(os.path.realpath(path)) if path.is_symlink() else path
    return path


def _replace(path: Path, pieces: Iterable[Bytes], audit: Audit) -> str:
    """Write beside the file, look at what was written, and only then give it its name."""
    if not path.parent.is_dir():
        raise BundleError(f"There is no folder '{path.parent}'.", remedy="Make it first.")
    try:
        digest = _replaced(path, pieces, audit)
    except OSError as error:
        raise BundleError(
            f"'{path}' can't be written: {f'{error.strerror or error}'.rstrip('. ')}.",
            remedy="See that the folder may be written to and has room.",
            path=str(path),
        ) from error
    _sync_folder(path.parent)
    return digest


def _replaced(path: Path, pieces: Iterable[Bytes], audit: Audit) -> str:
    if path.exists() and not path.is_file():  # a device, say, would be replaced like a file
        raise BundleError(f"'{path}' is no regular file.", remedy="Give another name.")
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            digest = _write(file, pieces)
        audit(Path(name).read_bytes())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest


def _write(file: Any, pieces: Iterable[Bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        file.write(piece)
        digest.update(piece)
    file.flush()
    os.fsync(file.fileno())
    return f"sha256:{digest.hexdigest()}"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError, AttributeError):  # not every file system and not Windows
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
