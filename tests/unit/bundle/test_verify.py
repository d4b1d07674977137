"""Verify tells every check; inspect tells what is in the file without importing a framework."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from samescale.bundle import inspect, read, verify
from samescale.errors import FormatError, MissingExtraError

from .conftest import GOLDEN

LOOK = """
import sys
from samescale.bundle import inspect
inspect(sys.argv[1]).text()
found = [name for name in ("keras", "sklearn", "skops", "scipy", "pyarrow") if name in sys.modules]
raise SystemExit(str(found) if found else 0)
"""


@pytest.mark.sklearn
def test_a_good_bundle_passes_every_check(path):
    verification = verify(path)
    assert verification.ok
    assert [check.name for check in verification.checks] == [
        *("layout and digests", "contents", "model", "probe rows", "served form"),
    ]
    assert "features bit-equal, the model's answers bit-equal" in verification.text()
    assert verification.text().endswith("The bundle is whole.")
    assert json.loads(json.dumps(verification.to_json()))["ok"]


@pytest.mark.sklearn
def test_versions_then_and_now_are_told(path):
    import sklearn

    assert verify(path).versions["scikit-learn"] == (sklearn.__version__, sklearn.__version__)


def test_checks_behind_a_failed_one_are_not_made(tmp_path):
    path = tmp_path / "a.samescale"
    path.write_bytes(GOLDEN[0].read_bytes()[:-1])
    verification = verify(path)
    assert not verification.ok
    assert [check.ok for check in verification.checks] == [False]
    assert "cut short" in verification.text()
    assert verification.text().endswith("The bundle is refused.")


def test_inspecting_shows_what_was_learned(path, fitted):
    text = inspect(path).text()
    learned = fitted.learned["age"][0]["median"]["values"][0][0]
    assert f"{learned:.6g}" in text
    assert str(learned) in json.dumps(inspect(path).to_json())
    assert "{" not in text.partition("columns")[0]
    labels = [line[:14].strip() for line in text.splitlines()[1:9]]
    assert labels == ["digest", "made", "notes", "versions", "adapted on", "by", "profile", "model"]
    for part in ("for tests", "2026-01-31T12:00:00Z", "Ridge", "StringLookup", "%0 = Input('age')"):
        assert part in text


def test_an_inspection_is_json(path, fitted):
    found = json.loads(json.dumps(inspect(path).to_json()))
    assert found["manifest"]["fitted"] == fitted.digest
    assert found["mermaid"].startswith("flowchart")
    assert set(found["graphs"]) == {"features", "target", "inverse"}


def test_inspecting_imports_no_framework():
    subprocess.run([sys.executable, "-c", LOOK, GOLDEN[0]], check=True)


@pytest.mark.parametrize("look", [read, verify, inspect])
def test_a_file_that_is_not_there_is_pythons_error(look, tmp_path):
    with pytest.raises(FileNotFoundError):
        look(tmp_path / "nowhere")


@pytest.mark.parametrize("look", [read, inspect])
def test_a_folder_is_no_bundle(look, tmp_path):
    with pytest.raises(FormatError, match="no regular file"):
        look(tmp_path)


def test_a_package_that_is_there_is_told_though_its_import_failed(path, monkeypatch):
    from importlib import metadata

    from samescale import models

    def fails(*_):
        raise MissingExtraError.of("scikit-learn", "sklearn")

    monkeypatch.setattr(models, "load", fails)
    verification = verify(path)
    assert not verification.ok
    assert verification.versions["scikit-learn"][1] == metadata.version("scikit-learn")
    assert "not installed" not in "".join(verification.text().splitlines()[-2])
