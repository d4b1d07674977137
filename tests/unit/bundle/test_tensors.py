"""safetensors members: what the library reads and writes, and nothing that lies about its size."""

from __future__ import annotations

import json

import numpy as np
import pytest

from samescale.bundle import tensors
from samescale.errors import BundleError, FormatError

DTYPES = [
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
]
ARRAYS = {
    **{f"{name}/ü": np.arange(6).reshape(2, 3).astype(name) for name in DTYPES},
    "scalar": np.array(2.5),
    "empty": np.empty((0, 3), np.float32),
}


def hostile(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def array(**changes):
    return {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}}


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype
        np.testing.assert_array_equal(found[name], value)


def test_arrays_come_back():
    assert_same(tensors.load(tensors.dump(ARRAYS), "a.safetensors"), ARRAYS)


def test_the_library_reads_what_is_written():
    library = pytest.importorskip("safetensors.numpy")
    assert_same(library.load(tensors.dump(ARRAYS)), ARRAYS)


def test_any_memory_order_gives_the_same_bytes():
    value = np.arange(6.0).reshape(2, 3)
    assert tensors.dump({"a": value}) == tensors.dump({"a": np.asfortranarray(value)})
    assert tensors.dump({"a": value}) == tensors.dump({"a": value.astype(">f8")})


def test_read_arrays_are_frozen():
    with pytest.raises(ValueError, match="read-only"):
        tensors.load(tensors.dump(ARRAYS), "a")["scalar"][()] = 1.0


def test_text_is_not_written():
    with pytest.raises(BundleError, match="object"):
        tensors.dump({"a": np.array(["x"], object)})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\1\0\0\0\0\0\0",
        b"\xff" * 8,
        (2**63).to_bytes(8, "little") + b"{}",
        hostile([]),
        hostile(b"{", b""),
        hostile(b'{"a": {}, "a": {}}'),
        hostile({"a": {}}),
        hostile({"__metadata__": {"a": "b"}}),
        hostile(array(), b"\0" * 7),
        hostile(array(), b"\0" * 9),
        hostile(array(shape=[2**40], data_offsets=[0, 2**42]), b"\0" * 8),
        hostile(array(shape=[2**62, 2**62, 2**62], data_offsets=[0, 8]), b"\0" * 8),
        hostile(array(shape=[-2]), b"\0" * 8),
        hostile(array(shape=[2.0]), b"\0" * 8),
        hostile(array(shape=[True, 2]), b"\0" * 8),
        hostile(array(shape=[1] * 65), b"\0" * 8),
        hostile(array(dtype="F4"), b"\0" * 8),
        hostile(array(dtype=["F32"]), b"\0" * 8),
        hostile(array(data_offsets=[4, 12]), b"\0" * 12),
        hostile(array(data_offsets=[False, 8]), b"\0" * 8),
        hostile(array(more=1), b"\0" * 8),
        hostile({**array(), "b": array()["a"]}, b"\0" * 8),
    ],
)
def test_headers_that_lie_are_refused(data):
    with pytest.raises(FormatError):
        tensors.load(data, "a.safetensors")
