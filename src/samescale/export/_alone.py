"""A script in a process of its own: what loads an export there is the ecosystem's loader alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from samescale.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.types import Array

GIVEN: Final = "given"
FOUND: Final = "found"
_WITHOUT: Final = Path(__file__).with_name("_without.py")
_SECONDS: Final = 900
_SHOWN: Final = 600


def ask(script: Path, place: Path, sent: Mapping[str, Array], **env: str) -> dict[str, Array]:
    """What an export gives, asked by a script that can't import samescale.

    Args:
        script: Called with `place` and a folder. It reads `given` there and writes `found`, as
            `pack` writes them.
        place: The export.
        sent: The inputs.
        env: What is set in its environment.

    Raises:
        ModelError: If it fails, in its own words.
    """
    with tempfile.TemporaryDirectory(dir=place.parent.parent) as folder:
        pack(Path(folder), GIVEN, sent)
        run([str(_WITHOUT), str(script), str(place), folder], **env)
        return unpack(Path(folder), FOUND)


def run(command: list[str], **env: str) -> None:
    """Run Python with `command`, nothing printed.

    Raises:
        ModelError: If it fails, in its own words.
    """
    try:
        # -P: what lies beside the script isn't meant when a module of that name is imported.
        done = subprocess.run(  # noqa: S603 - this Python, and a script of this package
            [sys.executable, "-P", *command],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(f"it took more than {_SECONDS} seconds") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        said = (lines or [f"it ended with {done.returncode}"])[-1][:_SHOWN]
        raise _failed(said)


def _failed(said: str) -> ModelError:
    return ModelError(
        f"The export can't be made or loaded in a process of its own: {said}",
        remedy="Nothing was written. Tell us how the model was made.",
    )


def pack(folder: Path, name: str, arrays: Mapping[str, Array]) -> None:
    """Write arrays by name; texts as JSON, the rest as NumPy has it."""
    told = [
        {"name": key, "texts": x.tolist() if x.dtype.kind in "OUS" else None}
        for key, x in arrays.items()
    ]
    numbers = {f"a{i}": x for i, x in enumerate(arrays.values()) if x.dtype.kind not in "OUS"}
    (folder / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")
    np.savez(folder / f"{name}.npz", **numbers)  # type: ignore[arg-type] # by keyword, as documented


def unpack(folder: Path, name: str) -> dict[str, Array]:
    """What `pack` wrote."""
    told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    with np.load(folder / f"{name}.npz", allow_pickle=False) as stored:
        return {
            one["name"]: stored[f"a{place}"]
            if one["texts"] is None
            else np.array(one["texts"], object)
            for place, one in enumerate(told)
        }
