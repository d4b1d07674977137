"""Laws: e-values are worth at most 1 on honest images; no pixels make a diagnosis raise."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from samescale.evidence.images import Pictures
from samescale.evidence.images._moved import limit_of, moved
from samescale.evidence.images._numbers import moments, scrambled, texture, unscrambled
from samescale.evidence.images._swaps import AS_IS, TINT, under_tints
from samescale.evidence.images._tail import LEVELS, Tail, bet
from tests.unit.evidence.images.worlds import images

FRESH = images(2500, seed=5)


@functools.cache
def pictures():
    return Pictures.learn(images(400), rows=400)


def worth(logs):
    """The upper end of a 99 % interval of the mean of e-values, less its width: their mean."""
    paid = np.exp(logs)
    return paid.mean(), 2.6 * paid.std() / np.sqrt(len(paid))


def test_e_values_of_bgr_are_worth_one_at_most_whatever_the_tint():
    suspicion, rng = pictures().learned.colour, np.random.default_rng(0)
    tint = np.exp(rng.uniform(-TINT, TINT, (len(FRESH), 1, 1, 3)) * (1, 0, 1))
    for levels in (FRESH, np.clip(FRESH * tint, 0, 255)):
        ratios = under_tints(suspicion.contrast, moments(levels)).min(axis=0)
        mean, width = worth(suspicion.each(ratios))
        assert mean <= 1 + width


def test_e_values_of_scrambled_channels_are_worth_one_at_most():
    suspicion, rng = pictures().learned.layout, np.random.default_rng(0)
    for grain in (0, 8):
        levels = np.clip(FRESH + rng.normal(0, grain, FRESH.shape), 0, 255)
        mean, width = worth(suspicion.each(suspicion.contrast(texture(levels))))
        assert mean <= 1 + width


def test_bets_on_single_images_are_rarely_paid():
    learned = pictures().learned
    colour = under_tints(learned.colour.contrast, moments(FRESH))
    layout = learned.layout.contrast(texture(FRESH))
    paid = [learned.colour.of_one(r[AS_IS], r.min()) > 0 for r in colour.T]
    assert np.sum(paid) <= 4
    assert sum(learned.layout.of_one(one, one) > 0 for one in layout) <= 4


def test_a_bet_is_an_e_value():
    chances = np.concatenate([[0.0], np.sort(LEVELS), [1.0]])
    paid = [10 ** bet(p) if bet(p) else 0.0 for p in np.sort(LEVELS)]
    assert np.dot(np.diff(chances)[:-1], paid) <= 1 + 1e-9


def test_contrasts_tell_the_worlds_apart():
    learned = pictures().learned
    bgr = under_tints(learned.colour.contrast, moments(FRESH[:500, ..., ::-1]))
    assert (bgr[AS_IS] > 0).mean() > 0.95
    assert (learned.layout.contrast(texture(scrambled(FRESH[:500]))) > 0).mean() > 0.95


def test_scrambling_is_undone():
    np.testing.assert_array_equal(unscrambled(scrambled(FRESH[:3])), FRESH[:3])


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 1.0, 3.0]))
@settings(max_examples=25, deadline=None)
def test_a_tail_bounds_what_comes_next(seed, scale):
    rng = np.random.default_rng(seed)
    tail = Tail.learn(rng.exponential(scale, 500))
    fresh = rng.exponential(scale, 20_000)
    for level in (1e-2, 1e-3):
        hits = (tail.chance(fresh) <= level).sum()
        assert hits <= 20_000 * level * 3 + 12


def test_the_mean_of_honest_images_stays_within_its_limit():
    rng = np.random.default_rng(0)
    numbers = rng.standard_t(4, (900, 5))
    limit = limit_of(numbers[:600])
    middle, spread = numbers[:600].mean(axis=0), numbers[:600].std(axis=0)
    far = [moved(numbers[rng.integers(600, 900, 8)], middle, spread, 8) for _ in range(2000)]
    assert np.mean(np.array(far) > limit) <= 2e-3


HOSTILE = st.sampled_from(
    [0.0, -0.0, 1.0, 255.0, np.nan, np.inf, -np.inf, 1e300, 5e-324, -1e9, 0.5]
)


@given(
    hnp.arrays(np.float64, (2, 16, 16, 3), elements=HOSTILE, fill=HOSTILE),
    st.sampled_from(["float64", "float32", "float16"]),
)
@settings(max_examples=20, deadline=None)
def test_no_pixels_make_it_raise(batch, dtype):
    with np.errstate(over="ignore"):
        batch = batch.astype(dtype)
    pictures().screen(batch)
    verdict = pictures().diagnose(batch)
    assert verdict.rows == 2
    if not (np.abs(batch.astype(np.float64)) < 1e9).all():
        assert not verdict.named
        assert pictures().screen(batch)


@given(hnp.arrays(np.float64, (1, 16, 16, 3), elements=st.floats(-3, 3)))
@settings(max_examples=12, deadline=None)
def test_noise_is_no_mistake(batch):
    verdict = pictures().diagnose(batch)
    assert verdict.best is None or verdict.best.evidence <= 30


@pytest.mark.parametrize("kind", ["uint8", "bool", "int32", "float16"])
def test_dtypes(kind):
    levels = images(3, seed=9)
    batch = (levels > 100 if kind == "bool" else levels).astype(kind)
    assert pictures().diagnose(batch).rows == 3
    if kind != "bool":
        assert pictures().diagnose(batch).best is None
        assert pictures().diagnose(batch[:0]).best is None
        assert not pictures().screen(batch[:0])
