"""The Python of the docs runs.

A fenced block after `<!-- run -->` is run, all of a page in one namespace and one empty folder, in
a process of its own. `<!-- run hidden … -->` holds what a reader needn't see; `<!-- run keras -->`
needs Keras.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.architecture.tree import DOCS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

RUN = re.compile(
    r"^<!-- run hidden(?: keras)?\n(?P<hidden>.*?)^-->$"
    r"|^<!-- run(?: keras)? -->\n```python\n(?P<shown>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LIMIT_SECONDS = 240


def script(path: Path) -> str:
    """What a page runs, line by line where it stands, so that a failure names the page's line."""
    text = path.read_text(encoding="utf-8")
    lines = [""] * text.count("\n")
    for found in RUN.finditer(text):
        group = "hidden" if found["hidden"] is not None else "shown"
        start = text.count("\n", 0, found.start(group))
        code = found[group].splitlines()
        lines[start : start + len(code)] = code
    return "\n".join(lines)


def marks(path: Path) -> list[pytest.MarkDecorator]:
    """The marks of a page."""
    uses_keras = re.search(r"^<!-- run (?:hidden )?keras", path.read_text(), re.MULTILINE)
    return [pytest.mark.keras, pytest.mark.slow] if uses_keras else []


PAGES = [
    pytest.param(path, id=path.relative_to(DOCS).as_posix(), marks=marks(path))
    for path in sorted(DOCS.rglob("*.md"))
    if RUN.search(path.read_text(encoding="utf-8"))
]


def test_the_tutorials_run():
    assert {"tutorial/first-bundle.md", "tutorial/images.md"} <= {page.id for page in PAGES}


@pytest.mark.parametrize("path", PAGES)
def test_the_examples_of_a_page_run(path: Path, tmp_path: Path):
    file = tmp_path / path.with_suffix(".py").name
    file.write_text(script(path), encoding="utf-8")
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        [sys.executable, str(file)],
        cwd=work,
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{path.name}:\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}"
