import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescale.ir.hashing import bucket, buckets, hash64

VECTORS = [
    ("", 0x7BD3144F29C0CC9E, 483, 289),
    ("a", 0x6DF9901EE878B6BE, 429, 869),
    ("Bern", 0xBDB0EBA0C7DB05A9, 740, 508),
    ("東京", 0x80F9039886B89850, 503, 886),
    (None, 0x31F83B3DF3CD3D8A, 195, 973),
    (12, 0xFEF81B2443C10F92, 995, 181),
    ("12", 0xFEF81B2443C10F92, 995, 181),
    (-7, 0x019448900C24EE5B, 6, 23),
]
texts = st.one_of(st.none(), st.integers(-(2**63), 2**64 - 1), st.text(max_size=40))


@pytest.mark.parametrize(("text", "hashed", "unsalted", "salted"), VECTORS)
def test_vectors(text, hashed, unsalted, salted):
    assert hash64(text) == hashed
    assert bucket(text, 1000) == unsalted
    assert bucket(text, 1000, salt=1) == salted


@given(
    st.lists(texts, max_size=60, unique_by=lambda text: (type(text), text)),
    st.sampled_from([1, 2, 1000, 2**31 - 1]),
    st.integers(0, 2**64 - 1),
)
def test_many_at_once_are_each_alone(rows, bins, salt):
    assert buckets(rows, bins, salt).tolist() == [bucket(text, bins, salt) for text in rows]


def test_a_lone_surrogate_has_a_hash():
    assert hash64("\ud800") != hash64("?")


def test_buckets_are_filled_evenly():
    counts = np.bincount(buckets(range(64_000), 64, 3), minlength=64)
    assert 800 < counts.min() <= counts.max() < 1200


def test_an_empty_column_has_no_buckets():
    assert buckets([], 5, 0).shape == (0,)
