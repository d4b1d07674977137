"""A diagnosis as one HTML file, or as text for a terminal."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from samescale.errors import SourceError
from samescale.report.page import page as page

if TYPE_CHECKING:
    from samescale.diagnose.diagnosis import Diagnosis


def write(diagnosis: Diagnosis, path: str | os.PathLike[str], *, date: str | None = None) -> None:
    """Write the report as one self-contained HTML file.

    It needs no network and no script, and the same diagnosis gives the same bytes. The file
    appears when it is whole: whoever reads it meanwhile reads the one before.

    Args:
        diagnosis: What `samescale.diagnose` gave.
        path: The file to write.
        date: Of the report, if it should have one.

    Raises:
        SourceError: If it can't be written there.
    """
    target = Path(path)
    text = page(diagnosis, date=date).encode()
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        _write(beside, text)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise SourceError(
            f"'{target}' can't be written: {error.strerror}.",
            remedy="Name a file in a folder that is there and can be written to.",
            path=str(target),
        ) from error
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _write(path: Path, text: bytes) -> None:
    with path.open("xb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
