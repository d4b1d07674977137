"""Every attack is refused, by name, cheaply, and before a framework is imported."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from samescale import bundle, errors

CREATORS = sorted((Path(__file__).parent / "creators").glob("*.py"))
FRAMEWORKS = ("keras", "jax", "tensorflow", "torch", "sklearn", "scipy", "skops", "pyarrow")
MOST_BYTES = 48 * 2**20

READ_ALL = f"""
import sys
from samescale import bundle, errors
for path in sys.argv[1:]:
    try:
        bundle.read(path)
    except errors.BundleError:
        continue
    raise SystemExit(f"{{path}} was read")
found = [name for name in {FRAMEWORKS} if name in sys.modules]
raise SystemExit(f"imported: {{found}}" if found else 0)
"""


def creator(path):
    spec = importlib.util.spec_from_file_location(f"attack_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=CREATORS, ids=lambda path: path.stem)
def attack(request):
    return creator(request.param)


def test_the_good_bundle_is_read(good, tmp_path):
    pytest.importorskip("skops")
    path = tmp_path / "good.samescale"
    path.write_bytes(good.data)
    assert bundle.verify(path).ok


def test_resealing_without_change_is_no_attack(good, tmp_path):
    path = tmp_path / "good.samescale"
    path.write_bytes(good.sealed({}))
    assert bundle.inspect(path).to_json()["spec"] == good.json("spec.json")


def test_an_attack_is_refused(attack, good, tmp_path):
    if getattr(attack, "WITH_FRAMEWORK", False):
        pytest.importorskip("skops")
    path = tmp_path / "hostile.samescale"
    path.write_bytes(attack.build(good))
    tracemalloc.start()
    try:
        with pytest.raises(getattr(errors, getattr(attack, "ERROR", "FormatError"))) as caught:
            bundle.read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert attack.SAYS in str(caught.value)
    assert peak < MOST_BYTES


def test_an_attack_is_told_by_verify(attack, good, tmp_path):
    if getattr(attack, "WITH_FRAMEWORK", False):
        pytest.importorskip("skops")
    path = tmp_path / "hostile.samescale"
    path.write_bytes(attack.build(good))
    verification = bundle.verify(path)
    assert not verification.ok
    assert attack.SAYS in verification.checks[-1].detail


def test_no_framework_is_imported_before_the_audit(good, tmp_path):
    paths = []
    for path in CREATORS:
        attack = creator(path)
        if not getattr(attack, "WITH_FRAMEWORK", False):
            paths.append(tmp_path / path.stem)
            paths[-1].write_bytes(attack.build(good))
    assert len(paths) > 30
    subprocess.run([sys.executable, "-c", READ_ALL, *map(str, paths)], check=True)
