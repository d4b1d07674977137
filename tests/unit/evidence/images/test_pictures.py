"""Mistakes are named, and honest images aren't."""

import functools

import numpy as np
import pytest

from samescale.errors import DataError, NotInvertibleError, SpecError
from samescale.evidence.images import Pictures
from samescale.evidence.images.hypotheses import hypotheses
from samescale.evidence.verdict import DRIFT
from tests.unit.evidence.images.worlds import (
    SCALES,
    by_batch,
    by_image,
    caffe,
    images,
    scrambled,
    torch,
)

TRAIN, LIVE = images(220), images(300, seed=1)


@functools.cache
def learned(expects, channels=3):
    return Pictures.learn(SCALES[expects](TRAIN[..., :channels]), rows=220)


def named(pictures, batch):
    assert pictures.screen(batch)
    best = pictures.diagnose(batch).best
    return best.mistake if best else None


@pytest.mark.parametrize("expects", SCALES)
@pytest.mark.parametrize("rows", [1, 8, 64])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scales(expects, rows, dtype):
    levels = LIVE[:rows]
    mean, deviation = TRAIN.mean((0, 1, 2)), TRAIN.std((0, 1, 2))
    arrives = {
        "pixels-0-255": levels,
        "pixels-0-1": levels / 255,
        "pixels-minus-1-1": levels / 127.5 - 1,
        "pixels-divided-twice": levels / 255 / 255,
        "already-normalised": (levels - mean) / deviation,
        "other-backbone-convention": torch(levels),
        "image-standardised": by_image(levels),
        "batch-standardised": by_batch(levels),
        "batch-min-max-scaled": (levels - levels.min()) / (levels.max() - levels.min() - 0.0),
    }
    own = {"0..255": "pixels-0-255", "0..1": "pixels-0-1", "-1..1": "pixels-minus-1-1"}[expects]
    del arrives[own]
    if levels.max() - levels.min() == 255:
        del arrives["batch-min-max-scaled"]
    found = {name: named(learned(expects), batch.astype(dtype)) for name, batch in arrives.items()}
    assert found == {name: name for name in arrives}


@pytest.mark.parametrize(("eps", "ddof"), [(0.0, 1), (1e-7, 0), (1e-5, 0), (1e-3, 1)])
def test_own_statistics_of_the_batch_with_an_eps(eps, ddof):
    batch = by_batch(LIVE[:32] / 255, eps, ddof)
    assert named(learned("0..1"), batch) == "batch-standardised"


@pytest.mark.parametrize("channels", [1, 3])
def test_each_image_by_itself_with_a_flat_one_among_them(channels):
    levels = LIVE[:8, ..., :channels].copy()
    levels[3] = 9.0
    assert named(learned("0..255", channels), by_image(levels)) == "image-standardised"


def test_caffe_says_which_convention_and_is_undone():
    verdict = learned("0..255").diagnose(caffe(LIVE[:4]))
    assert verdict.best.detail == "caffe"
    back = learned("0..255").undo("other-backbone-convention", caffe(LIVE[:4]))
    np.testing.assert_allclose(back, LIVE[:4], atol=1e-9)


@pytest.mark.parametrize("expects", SCALES)
def test_undone(expects):
    right = SCALES[expects](LIVE[:4])
    arrived = {
        "pixels-0-255": LIVE[:4],
        "pixels-0-1": LIVE[:4] / 255,
        "pixels-minus-1-1": LIVE[:4] / 127.5 - 1,
        "pixels-divided-twice": LIVE[:4] / 255 / 255,
        "other-backbone-convention": torch(LIVE[:4]),
        "already-normalised": (LIVE[:4] - TRAIN.mean((0, 1, 2))) / TRAIN.std((0, 1, 2)),
        "rgb-bgr": right[..., ::-1],
        "channel-order": scrambled(right),
    }
    for mistake, batch in arrived.items():
        np.testing.assert_allclose(learned(expects).undo(mistake, batch), right, atol=1e-6)


def test_what_cannot_be_undone_says_so():
    for mistake in ("image-standardised", "batch-standardised", "stuck-column"):
        with pytest.raises(NotInvertibleError, match=mistake):
            learned("0..255").undo(mistake, LIVE[:2])
    with pytest.raises(SpecError, match="no mistake 'blur'"):
        learned("0..255").undo("blur", LIVE[:2])


@pytest.mark.parametrize("expects", SCALES)
@pytest.mark.parametrize(
    ("wrong", "mistake", "rows"),
    [
        (lambda right: right[..., ::-1], "rgb-bgr", 8),
        (scrambled, "channel-order", 4),
    ],
)
def test_swaps(expects, wrong, mistake, rows):
    right = SCALES[expects](LIVE[:rows])
    assert named(learned(expects), wrong(right)) == mistake
    verdict = learned(expects).diagnose(wrong(right))
    assert verdict.best.columns == (("R", "B") if mistake == "rgb-bgr" else ())


def test_channels_first_by_shape():
    verdict = learned("0..1").diagnose(np.moveaxis(LIVE[:3] / 255, -1, 1))
    assert (verdict.best.mistake, verdict.best.detail) == ("channel-order", "channels first")
    assert learned("0..1").screen(np.moveaxis(LIVE[:3] / 255, -1, 1))


@pytest.mark.parametrize("value", [0.0, 117.0])
def test_a_stuck_channel(value):
    batch = LIVE[:8].copy()
    batch[..., 1] = value
    verdict = learned("0..255").diagnose(batch)
    assert (verdict.best.mistake, verdict.best.columns) == ("stuck-column", ("G",))


def test_a_stuck_channel_of_one_image_where_the_constant_is_no_pixel():
    batch = LIVE[:1] / 127.5 - 1
    batch[..., 2] = 0.0
    verdict = learned("-1..1").diagnose(batch)
    assert (verdict.best.mistake, verdict.best.columns) == ("stuck-column", ("B",))


@pytest.mark.parametrize("expects", SCALES)
@pytest.mark.parametrize("channels", [1, 3])
def test_honest_images_are_given_no_name(expects, channels):
    pictures, rng = learned(expects, channels), np.random.default_rng(0)
    right = SCALES[expects](LIVE[..., :channels])
    for rows, trials in ((1, 60), (8, 20), (64, 4)):
        for _ in range(trials):
            batch = right[rng.choice(len(right), rows, replace=False)]
            assert pictures.diagnose(batch).best is None
    assert sum(pictures.screen(right[[k]]) for k in range(100)) <= 25
    assert not any(pictures.screen(right[k : k + 32]) for k in range(0, 200, 16))


def drifts(levels, rng):
    tint = np.array([rng.uniform(1.03, 1.15), 1.0, rng.uniform(0.85, 0.97)])[:: rng.choice([-1, 1])]
    changed = {
        "dark": levels * rng.uniform(0.55, 0.9),
        "bright": levels * rng.uniform(1.1, 1.5),
        "noise": levels + rng.normal(0, 12, levels.shape),
        "tint": levels * tint,
    }
    return {name: np.clip(np.rint(one), 0, 255) for name, one in changed.items()}


@pytest.mark.parametrize("rows", [1, 8, 32])
def test_drift_is_given_no_mistakes_name(rows):
    rng = np.random.default_rng(rows)
    for _ in range(5):
        for batch in drifts(LIVE[rng.choice(300, rows, replace=False)], rng).values():
            best = learned("0..255").diagnose(batch).best
            assert best is None or best.mistake == DRIFT


def test_one_image_over_and_over_is_one_image():
    """Repeats of whatever image carry no more evidence than the image."""
    ratios = [learned("0..255").diagnose(LIVE[[k]].repeat(64, axis=0)).named for k in range(25)]
    assert not any(ratios)


def test_stored_small_and_whole():
    pictures = learned("0..1")
    arrays = pictures.to_arrays()
    assert sum(array.nbytes for array in arrays.values()) <= 4096
    again = Pictures.from_arrays(arrays)
    for batch in (LIVE[:8], LIVE[:8, ..., ::-1] / 255, scrambled(LIVE[:1] / 255)):
        one, two = pictures.diagnose(batch).best, again.diagnose(batch).best
        assert one.mistake == two.mistake
        assert one.evidence == pytest.approx(two.evidence, rel=1e-3)


def test_no_picture_is_kept():
    stored = np.concatenate(
        [a.ravel().astype(np.float64) for a in learned("0..255").to_arrays().values()]
    )
    windows = np.lib.stride_tricks.sliding_window_view(stored, 6)
    rows = TRAIN[:100].reshape(-1, 6)
    rows = rows[np.ptp(rows, axis=1) > 4]
    for row in rows[::7]:
        assert not np.isclose(windows, row).all(axis=1).any()


def test_other_shapes_are_refused_by_name():
    for batch in (LIVE[:2, :8], LIVE[0], LIVE[:2, ..., :1]):
        with pytest.raises(DataError, match=r"training's were \(16, 16, 3\)"):
            learned("0..255").diagnose(batch)
        assert learned("0..255").screen(batch)
    with pytest.raises(DataError, match="dtype <U1"):
        learned("0..255").diagnose(np.full((1, 16, 16, 3), "x"))
    with pytest.raises(DataError, match="height, width, channels"):
        Pictures.learn(TRAIN[0], rows=1)
    with pytest.raises(DataError, match="finite pixels only"):
        Pictures.learn(TRAIN[:4] * np.nan, rows=4)
    with pytest.raises(SpecError, match="expects='grey'"):
        Pictures.learn(TRAIN, rows=4, expects="grey")


def test_training_that_was_standardised_by_image_is_no_mistake():
    pictures = Pictures.learn(by_image(TRAIN), rows=220)
    assert "image-standardised" in pictures.learned.silent
    assert not pictures.diagnose(by_image(LIVE[:8])).named
    assert named(pictures, LIVE[:8]) == "pixels-0-255"


def test_training_by_a_backbones_convention():
    pictures = Pictures.learn(torch(TRAIN).astype(np.float32), rows=220)
    assert pictures.learned.scale.name == "torch"
    assert pictures.diagnose(torch(LIVE[:32])).best is None
    assert named(pictures, LIVE[:2]) == "pixels-0-255"
    assert named(pictures, caffe(LIVE[:2])) == "other-backbone-convention"
    np.testing.assert_allclose(pictures.undo("pixels-0-1", LIVE[:2] / 255), torch(LIVE[:2]))


def test_a_normalisation_of_its_own_is_found_by_its_steps():
    own = (TRAIN - [90.0, 80.0, 60.0]) / [41.0, 37.5, 29.0]
    scale = Pictures.learn(own.astype(np.float32), rows=220).learned.scale
    np.testing.assert_allclose(1 / scale.step, [41.0, 37.5, 29.0], rtol=1e-4)
    assert scale.lattice


def test_floats_of_no_lattice_by_extent():
    def shrunk(levels):
        return levels.reshape(-1, 8, 2, 8, 2, 3).mean((2, 4)) * 1.0001 / 255

    pictures = Pictures.learn(np.minimum(shrunk(TRAIN), 1.0), rows=220)
    assert not pictures.learned.scale.lattice
    right = np.minimum(shrunk(LIVE[:32]), 1.0)
    assert not pictures.diagnose(right).named
    assert named(pictures, right * 255) == "pixels-0-255"
    assert named(pictures, right / 255) == "pixels-divided-twice"


def test_few_images_teach_scales_only():
    pictures = Pictures.learn(TRAIN[:20], rows=20)
    assert pictures.learned.colour is None
    assert named(pictures, LIVE[:1] / 255) == "pixels-0-1"
    assert not pictures.diagnose(LIVE[:8, ..., ::-1]).named


def test_expects_and_channel_names():
    assert Pictures.learn(TRAIN[:20], rows=20, expects="0..255").learned.scale.name == "0…255"
    assert Pictures.learn(caffe(TRAIN[:20]), rows=20).learned.channels == ("B", "G", "R")
    assert learned("0..1", 1).learned.channels == ("0",)


def test_every_mistake_of_images_has_one_file():
    assert {one.mistake for one in hypotheses()} == {
        "pixels-0-255", "pixels-0-1", "pixels-minus-1-1", "pixels-divided-twice",
        "already-normalised", "batch-standardised", "batch-min-max-scaled", "image-standardised",
        "other-backbone-convention", "rgb-bgr", "channel-order", "stuck-column",
    }  # fmt: skip
    for one in hypotheses():
        assert type(one).__module__.rpartition(".")[2] == one.mistake.replace("-", "_")
