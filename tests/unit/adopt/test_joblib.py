"""Files of joblib's, packed and not: what is read is what was fitted."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import zlib
from typing import Any

import joblib
import numpy as np
import pytest

from samescale.adopt import _joblib, _stored
from samescale.errors import SourceError
from tests.unit.adopt.stored_objects import assert_same, fitted

pytestmark = pytest.mark.sklearn
FITTED = fitted()
PACKINGS = (0, 1, 9, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("lzma", 1), ("xz", 1))


def dumped(value: Any, **options: Any) -> bytes:
    """The bytes of a file of joblib's."""
    made = io.BytesIO()
    joblib.dump(value, made, **options)
    return made.getvalue()


@pytest.mark.parametrize("name", FITTED)
def test_every_packing_gives_what_was_fitted(name: str):
    for packing in PACKINGS:
        assert_same(_joblib.read(dumped(FITTED[name], compress=packing)), FITTED[name])


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_gives_what_was_fitted(protocol: int):
    for value in FITTED.values():
        assert_same(_joblib.read(dumped(value, protocol=protocol)), value)


@pytest.mark.parametrize("packing", ["zlib", "gzip", "bz2", "lzma", "xz"])
def test_the_ending_of_a_file_says_nothing(packing: str, tmp_path):
    path = tmp_path / "scaler.model"
    joblib.dump(FITTED["standard"], path, compress=(packing, 3))
    assert_same(_stored.read(path), FITTED["standard"])


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(5, dtype=">u2"),
        np.array(["é", "bc"]),
        np.array([["a", None, 1.5]], object),
        np.zeros((0, 2)),
        np.array(7),
    ],
    ids=repr,
)
def test_arrays_of_every_layout(array: Any):
    assert_same(_joblib.read(dumped([array, {"again": array}])), [array, {"again": array}])


def test_an_array_without_alignment_as_joblib_below_1_2_wrote():
    content = dumped(np.arange(3.0))
    # Leave out the state's last item, and the bytes that align: one for their number, then they.
    key = content.index(b"\x8c\x1bnumpy_array_alignment_bytes")
    value = content.index(b"K\x10", key)
    begin = content.index(b"b", value + 2) + 1
    old = content[:key] + content[value + 2 : begin] + content[begin + 1 + content[begin] :]
    # The frame's length and the memo's numbers follow from opcodes that are gone: none is used.
    assert _joblib.read(old).tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    "content",
    [
        zlib.compress(bytes(2**22)),
        gzip.compress(bytes(2**22)),
        bz2.compress(bytes(2**22)),
        lzma.compress(bytes(2**22)),
        lzma.compress(bytes(2**22), lzma.FORMAT_ALONE),
    ],
    ids=["zlib", "gzip", "bz2", "xz", "lzma"],
)
def test_what_unpacks_to_too_much_is_refused(content: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("samescale.adopt._joblib.MAX_FILE", 2**21)
    with pytest.raises(SourceError, match="when it is unpacked"):
        _joblib.read(content)
    with pytest.raises(SourceError, match=r"cut short|doesn't unpack"):
        _joblib.unpacked(content[: len(content) // 2])


def test_streams_without_end_are_refused():
    with pytest.raises(SourceError, match="streams"):
        _joblib.read(gzip.compress(b"") * 1_000)


def test_lz4_is_named():
    with pytest.raises(SourceError, match="lz4"):
        _joblib.read(b"\x04\x22\x4d\x18" + bytes(100))


def test_an_array_that_is_longer_than_its_file():
    content = dumped(np.arange(4.0))
    with pytest.raises(SourceError, match="damaged"):
        _joblib.read(content[:-8])


def test_a_gzipped_pickle(tmp_path):
    path = tmp_path / "scaler.pkl.gz"
    path.write_bytes(gzip.compress(pickle.dumps(FITTED["robust"])))
    assert_same(_stored.read(path), FITTED["robust"])
