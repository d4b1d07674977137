"""The examples run as they stand, in a folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
pytestmark = [pytest.mark.slow, pytest.mark.keras, pytest.mark.sklearn]


def run(name, folder):
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_quickstart(tmp_path):
    said = run("quickstart.py", tmp_path)
    for part in (
        "to the bit, those of the process that trained",
        "SG202 Column 'Weight_in_lbs'",
        "Did you mean 'Horsepower'?",
    ):
        assert part in said
    assert [line.split()[1] for line in said.splitlines()[-3:]] == ["inspect", "serve", "fit"]
    assert (tmp_path / "out" / "quickstart" / "cars.samescale").exists()


def test_images(tmp_path):
    said = run("images.py", tmp_path)
    assert "This one refuses" in said
    assert "SG" in said
    assert (tmp_path / "out" / "images" / "digits.samescale").exists()
