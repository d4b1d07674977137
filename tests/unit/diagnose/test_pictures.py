"""Folders of pictures and files of arrays."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from PIL import Image
from skimage import data

from samescale.diagnose import diagnose as whole
from samescale.errors import SourceError

diagnose = functools.partial(whole, needed=False)  # which takes seconds


def pictures(count, seed=0, size=16):
    """Patches of photographs."""
    random = np.random.default_rng(seed)
    photographs = (data.astronaut(), data.coffee(), data.chelsea(), data.rocket())

    def patch():
        whole = photographs[random.integers(len(photographs))]
        y, x = (random.integers(0, edge - size) for edge in whole.shape[:2])
        return whole[y : y + size, x : x + size]

    return np.stack([patch() for _ in range(count)])


def folder(path, arrays, suffix=".png"):
    path.mkdir()
    for place, array in enumerate(arrays):
        if suffix == ".npy":
            np.save(path / f"{place:03}.npy", array)
        else:
            Image.fromarray(array).save(path / f"{place:03}{suffix}")
    return str(path)


def test_folders_of_pictures(tmp_path):
    train, live = folder(tmp_path / "a", pictures(80)), folder(tmp_path / "b", pictures(20, 1))
    found = diagnose(train, live)
    assert (found.training.description, found.live.rows) == (train, 20)
    names = [f"image · {colour}" for colour in ("blue", "green", "red")]
    assert sorted(column.name for column in found.columns) == names
    assert all(column.kind == "image" for column in found.columns)
    assert not found.verdict.named


def test_colours_exchanged(tmp_path):
    train = folder(tmp_path / "a", pictures(200))
    live = folder(tmp_path / "b", pictures(60, 1)[..., ::-1].copy(), ".npy")
    found = diagnose(train, live)
    assert found.verdict.best.mistake == "rgb-bgr"
    assert found.said.startswith("`image` arrives with red and blue exchanged")
    assert {column.name for column in found.columns if column.concerned} >= {
        "image · red",
        "image · blue",
    }
    red = next(column for column in found.columns if column.name == "image · red")
    assert red.restored_distance < 0.5 * red.distance
    assert found.course[-1].evidence > 3


def test_a_file_of_arrays_in_another_range(tmp_path):
    np.save(tmp_path / "live.npy", pictures(30, 1) / 255.0)
    np.savez(tmp_path / "train.npz", image=pictures(120))
    found = diagnose(tmp_path / "train.npz", tmp_path / "live.npy")
    assert found.verdict.best.mistake == "pixels-0-1"
    assert not any(finding.severity == "error" for finding in found.findings)


def test_other_sizes_are_brought_to_the_common_one(tmp_path):
    arrays = [*pictures(30), *pictures(2, 2, size=24)]
    found = diagnose(folder(tmp_path / "a", arrays), folder(tmp_path / "b", pictures(9, 1, 20)))
    assert (found.training.rows, found.live.rows) == (32, 9)
    assert found.skipped == {}


def test_files_that_are_no_pictures_are_told(tmp_path):
    live = folder(tmp_path / "b", pictures(9, 1))
    (tmp_path / "b" / "broken.png").write_bytes(b"\x89PNG no")
    np.save(tmp_path / "b" / "words.npy", np.array(["a"]))
    np.save(tmp_path / "b" / "grey.npy", np.zeros((16, 16)))
    found = diagnose(folder(tmp_path / "a", pictures(40)), live)
    assert set(found.skipped) == {"broken.png", "words.npy", "grey.npy"}
    assert found.live.rows == 9


def test_no_pickle_is_read(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(SourceError, match="can't be read as an array"):
        diagnose(tmp_path / "x.npy", tmp_path / "x.npy")
