"""What is saved is the same bytes for the same training, and appears whole or not at all."""

from __future__ import annotations

import datetime as dt
import errno
import functools
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from samescale.bundle import Bundle, archive, read, write
from samescale.errors import BundleError, ModelError

pytestmark = pytest.mark.sklearn

TRAIN = """
import datetime, sys
sys.path.insert(0, sys.argv[1])
import make_bundles as golden
from samescale.bundle import Bundle
table = golden.table()
fitted = golden.spec(golden.Target("price", golden.Normalization())).adapt(table)
model = golden.Ridge().fit(fitted.matrix(table), fitted.labels(table))
print(Bundle(fitted, model, created=golden.CREATED).save(sys.argv[2]))
"""


def test_the_digest_is_that_of_the_file(bundle, tmp_path):
    digest = bundle.save(tmp_path / "a.samescale")
    found = hashlib.sha256((tmp_path / "a.samescale").read_bytes()).hexdigest()
    assert digest == f"sha256:{found}"


def test_saving_twice_gives_the_same_bytes(bundle, path, tmp_path):
    bundle.save(tmp_path / "again.samescale")
    assert (tmp_path / "again.samescale").read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_two_processes_give_the_same_bytes(tmp_path):
    golden = Path(__file__).parents[2] / "golden"
    digests = {
        subprocess.run(
            [sys.executable, "-c", TRAIN, golden, tmp_path / f"{seed}.samescale"],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            check=True,
            capture_output=True,
        ).stdout
        for seed in (1, 2)
    }
    assert len(digests) == 1


def test_a_saved_bundle_answers_as_the_model_did(path, fitted, model, table):
    loaded = read(path)
    assert loaded.fitted.digest == fitted.digest
    expected = model.predict(fitted.matrix(table).astype(np.float64))
    columns = loaded.fitted.admit(table)
    np.testing.assert_array_equal(loaded.runtime.predict(columns), expected)
    np.testing.assert_array_equal(loaded.fitted.inverse(expected), fitted.inverse(expected))


def test_notes_provenance_and_instant_are_kept(path):
    manifest = read(path).manifest
    assert (manifest.notes, manifest.created) == ("for tests", "2026-01-31T12:00:00Z")
    assert manifest.provenance["by"] == "me"
    assert manifest.provenance["adapted"]["rows"] == 150


def test_the_instant_comes_from_the_environment(fitted, model, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert Bundle(fitted, model).created == dt.datetime(1970, 1, 2, tzinfo=dt.UTC)


def test_an_instant_of_another_zone_is_stored_as_utc(fitted, model):
    zone = dt.timezone(dt.timedelta(hours=2))
    made = Bundle(fitted, model, created=dt.datetime(2026, 1, 1, 1, tzinfo=zone))
    assert made.created == dt.datetime(2025, 12, 31, 23, tzinfo=dt.UTC)
    assert made.created.utcoffset() == dt.timedelta(0)


def test_a_model_that_does_not_fit_is_no_bundle(fitted, table):
    linear = pytest.importorskip("sklearn.linear_model")
    model = linear.Ridge().fit(fitted.matrix(table)[:, :2], fitted.labels(table))
    with pytest.raises(ModelError, match="trained on 2 features"):
        Bundle(fitted, model)


def test_what_is_no_model_is_no_bundle(fitted):
    with pytest.raises(ModelError, match="No model kind takes"):
        Bundle(fitted, object())


@pytest.mark.parametrize("broken", ["pack", "audit"])
def test_a_failed_save_leaves_what_was_there(broken, bundle, path, tmp_path, monkeypatch):
    kept = tmp_path / "house.samescale"
    kept.write_bytes(path.read_bytes())

    def fail(*_):
        raise BundleError("no")

    monkeypatch.setattr(archive if broken == "pack" else write, broken, fail, raising=True)
    with pytest.raises(BundleError, match="no"):
        bundle.save(kept)
    assert list(tmp_path.iterdir()) == [kept]
    assert kept.read_bytes() == path.read_bytes()


def test_a_link_is_written_through(bundle, tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "a.samescale"
    link.symlink_to(tmp_path / "real" / "b.samescale")
    bundle.save(link)
    assert link.is_symlink()
    assert read(tmp_path / "real" / "b.samescale").digest


def test_a_missing_folder_is_named(bundle, tmp_path):
    with pytest.raises(BundleError, match=r"no folder .*nowhere"):
        bundle.save(tmp_path / "nowhere" / "a.samescale")


@pytest.mark.skipif(os.name != "posix", reason="permissions of Unix")
def test_the_file_has_the_permissions_of_any_other(bundle, tmp_path):
    (tmp_path / "other").touch()
    bundle.save(tmp_path / "a.samescale")
    modes = {(tmp_path / name).stat().st_mode for name in ("other", "a.samescale")}
    assert len(modes) == 1


def test_the_file_can_be_unzipped(path):
    with zipfile.ZipFile(path) as found:
        assert found.testzip() is None
        assert "manifest.json" in found.namelist()


def test_a_full_disk_is_told_and_leaves_what_was_there(bundle, path, tmp_path, monkeypatch):
    kept = tmp_path / "house.samescale"
    kept.write_bytes(path.read_bytes())

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(write.os, "fsync", full)
    with pytest.raises(BundleError, match=r"house\.samescale' can't be written: No space left"):
        bundle.save(kept)
    assert list(tmp_path.iterdir()) == [kept]
    assert kept.read_bytes() == path.read_bytes()


def test_a_name_that_no_file_can_have_is_told(bundle, tmp_path):
    with pytest.raises(BundleError, match="can't be written: File name too long"):
        bundle.save(tmp_path / ("x" * 300))


def test_what_is_no_file_is_not_replaced(bundle, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(BundleError, match=r"folder' is no regular file"):
        bundle.save(tmp_path / "folder")
    assert (tmp_path / "folder").is_dir()


@pytest.mark.parametrize(
    "told",
    [
        {"score": float("nan")},
        {"score": np.float32(1)},
        {"who": object()},
        {"deep": functools.reduce(lambda inner, _: [inner], range(40))},
    ],
    ids=["nan", "numpy", "object", "deep"],
)
def test_provenance_that_json_cannot_say_is_refused_at_once(fitted, model, told):
    with pytest.raises(BundleError, match="provenance isn't plain JSON"):
        Bundle(fitted, model, provenance=told)


def test_what_adapt_says_is_not_overwritten(fitted, model):
    with pytest.raises(BundleError, match="'adapted'"):
        Bundle(fitted, model, provenance={"adapted": {}})


def test_notes_are_text(fitted, model):
    with pytest.raises(BundleError, match="notes are 3"):
        Bundle(fitted, model, notes=3)
