"""Files of skops', NumPy's and JSON: what is read is what was stored."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from samescale.adopt import _npy, _skops, _stored
from samescale.adopt._record import Record
from samescale.errors import SourceError
from tests.unit.adopt.stored_objects import NUMBERS, TARGET, assert_same, fitted

pytestmark = pytest.mark.sklearn
FITTED = fitted()


def with_schema(content: bytes, change: Any) -> bytes:
    """A skops file, its tree changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "schema.json":
                schema = json.loads(data)
                change(schema)
                data = json.dumps(schema).encode()
            new.writestr(name, data)
    return made.getvalue()


@pytest.mark.parametrize("name", FITTED)
def test_what_was_fitted(name: str):
    assert_same(_skops.read(skops.io.dumps(FITTED[name])), FITTED[name])


def test_packed_files(tmp_path):
    path = tmp_path / "scaler.bin"
    skops.io.dump(FITTED["columns"], path, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    assert_same(_stored.read(path), FITTED["columns"])


def test_a_scaler_in_front_of_trees():
    pipeline = make_pipeline(StandardScaler(), RandomForestRegressor(2, max_depth=2))
    read = _skops.read(skops.io.dumps(pipeline.fit(NUMBERS, TARGET)))
    assert isinstance(read, Record)
    assert_same(read.state["steps"][0], pipeline.steps[0])


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"__loader__": "FunctionNode", "__module__": "os", "__class__": "system"}, "os.system"),
        ({"__loader__": "TypeNode", "__module__": "subprocess", "__class__": "Popen"}, "Popen"),
        ({"__loader__": "MethodNode", "__module__": "builtins", "__class__": "eval"}, "MethodNode"),
        ({"__loader__": "Made", "__module__": "a", "__class__": "b"}, "Made"),
        ({"__loader__": "ObjectNode", "__module__": "numpy", "__class__": "ufunc"}, "numpy.ufunc"),
        ({"__loader__": "CachedNode", "__id__": 3}, "isn't there"),
        ({"__loader__": "CachedNode", "__id__": []}, "isn't there"),
        ({"__loader__": "JsonNode", "content": "[1]"}, "no plain"),
        ({"__loader__": "JsonNode", "content": "["}, "no JSON"),
        ({"__loader__": "JsonNode", "content": "9" * 5000}, "no JSON"),
        (
            {
                "__loader__": "NdArrayNode",
                "__module__": "numpy",
                "__class__": "ndarray",
                "type": "numpy",
                "file": "../x.npy",
            },
            "isn't there",
        ),
        (7, "no object"),
    ],
)
def test_nodes_that_are_no_data(node: Any, words: str):
    def change(schema: Any) -> None:
        schema["content"]["content"]["mean_"] = node

    with pytest.raises(SourceError, match=words):
        _skops.read(with_schema(skops.io.dumps(FITTED["standard"]), change))


def test_a_tree_too_deep():
    node: dict[str, Any] = {"__loader__": "JsonNode", "content": "1"}
    for _ in range(200):
        node = {
            "__loader__": "ListNode", "__module__": "builtins", "__class__": "list",
            "content": [node],
        }  # fmt: skip
    with pytest.raises(SourceError, match="too deep"):
        _skops.tree({"schema.json": json.dumps(node).encode()})
    with pytest.raises(SourceError, match="no JSON"):
        _skops.tree({"schema.json": b"[" * 100_000})


@pytest.mark.parametrize(
    "array",
    [np.arange(6.0).reshape(2, 3), np.asfortranarray(np.ones((2, 3), ">f4")), np.array("é"),
     np.zeros((0, 5), np.int8), np.array([True]), np.array(3)],
    ids=repr,
)  # fmt: skip
def test_arrays(array: Any, tmp_path):
    np.save(tmp_path / "a.npy", array)
    assert_same(_stored.read(tmp_path / "a.npy"), array)
    np.savez(tmp_path / "a.npz", mean=array, other=array)
    assert_same(_stored.read(tmp_path / "a.npz"), {"mean": array, "other": array})


def test_arrays_of_objects_and_structures_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([None, 1], object))
    with pytest.raises(SourceError, match="plain bytes"):
        _stored.read(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.zeros(2, [("a", "f8")]))
    with pytest.raises(SourceError, match=r"no \.npy"):
        _stored.read(tmp_path / "b.npy")


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (10**9,), }\n",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,), }\n",
        b"{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,), }\n",
        b"",
    ],
)
def test_headers_that_lie(header: bytes):
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(8)
    with pytest.raises(SourceError):
        _npy.read(content)


def test_other_files_are_named(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(SourceError, match="HDF5"):
        _stored.read(path)
    path.write_bytes(b" \n")
    with pytest.raises(SourceError, match="empty"):
        _stored.read(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(SourceError, match=r"config\.json"):
        _stored.read(path)
    path.write_text('{"mean": [1.0]}')
    assert _stored.read(path) == {"mean": [1.0]}
    with pytest.raises(SourceError, match="can't be read"):
        _stored.read(tmp_path)
