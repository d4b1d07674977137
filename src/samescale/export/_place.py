"""A place for an export: it appears whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from samescale.batch import refuse_same
from samescale.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(out: Path, bundle: Path, mark: str, *, overwrite: bool) -> None:
    """See that an export may take this place.

    Args:
        out: The place.
        bundle: The file that is read.
        mark: What a folder must hold to be such an export; empty where a file is written.
        overwrite: Whether an export that is there may be replaced.

    Raises:
        BundleError: If there is no folder for it; if something is there and may not be replaced,
            or isn't such an export.
        SourceError: If it is the file that is read.
    """
    refuse_same(out, str(bundle))
    if not out.parent.is_dir():
        raise BundleError(f"There is no folder '{out.parent}'.", remedy="Make it first.")
    if not out.name:
        raise BundleError(f"'{out}' has no name of its own.", remedy="Name what is to be written.")
    if not os.path.lexists(out):
        return
    if not overwrite:
        raise BundleError(
            f"'{out}' is there already.",
            remedy="Give another name, or replace it: --force (overwrite=True).",
            path=str(out),
        )
    _check_kind(out, bundle, mark)


def _check_kind(out: Path, bundle: Path, mark: str) -> None:
    """Only what is such an export is replaced: a folder of somebody's is never thrown away."""
    sound = out.is_file() if not mark else out.is_dir() and (out / mark).is_file()
    if out.is_symlink() or not sound:
        what = f"folder with '{mark}' in it" if mark else "regular file"
        raise BundleError(
            f"'{out}' is no {what}, and isn't replaced.",
            remedy="Give another name, or remove it yourself.",
            path=str(out),
        )
    if bundle.resolve().is_relative_to(out.resolve()):
        raise BundleError(
            f"'{out}' holds the bundle that is read.", remedy="Give another name.", path=str(out)
        )


@contextlib.contextmanager
def placed(out: Path) -> Iterator[Path]:
    """A path beside `out`, and of its name, that takes its place if the block ends well.

    Raises:
        BundleError: If it can't be written.
    """
    try:
        folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise _unwritable(out, error) from error
    try:
        made = folder / "new" / out.name
        made.parent.mkdir()
        yield made
        try:
            _sync(made)
            _swap(made, out, folder / "old")
        except OSError as error:
            raise _unwritable(out, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def files(out: Path) -> tuple[str, ...]:
    """The files of an export, relative to it; the name of one that is a file itself."""
    if out.is_file():
        return (out.name,)
    found = (path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    return tuple(sorted(found))


def _unwritable(out: Path, error: OSError) -> BundleError:
    return BundleError(
        f"'{out}' can't be written: {error.strerror or error}.",
        remedy="See that the folder may be written to and has room.",
        path=str(out),
    )


def _sync(made: Path) -> None:
    for path in [made] if made.is_file() else made.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _swap(made: Path, out: Path, old: Path) -> None:
    """Give `made` its name. A folder can't take another's at once: the old one steps aside."""
    if made.is_file():
        made.replace(out)
        return
    if out.exists():
        out.rename(old)
    try:
        made.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
