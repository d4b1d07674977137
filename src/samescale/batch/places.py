"""Where a job may write: never over what it reads."""

from __future__ import annotations

import glob
from pathlib import Path, PurePath

from samescale.errors import SourceError


def refuse_same(target: Path, *read: object) -> None:
    """Refuse to write over what is read.

    Args:
        target: What is to be written.
        read: Files, folders and globs that are read; anything else is passed over.

    Raises:
        SourceError: If it is one of them, under whatever name.
    """
    named = (data for data in read if isinstance(data, str | PurePath))
    files = [Path(file) for data in named for file in (data, *_inside(data))]
    if any(_same(target, file) for file in files):
        raise SourceError(
            f"'{target}' is the file that is read.",
            remedy="Give what is written a name of its own.",
            path=str(target),
        )


def _same(target: Path, file: Path) -> bool:
    try:
        return target.samefile(file)
    except OSError:  # one of them isn't there, or its name is none
        return False


def _inside(data: str | PurePath) -> list[str]:
    return [name for at in (f"{data}", f"{data}/**") for name in glob.glob(at, recursive=True)]  # noqa: PTH207 - pathlib's own takes no absolute pattern
