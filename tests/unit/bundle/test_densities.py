"""What a profile knows of columns together comes back from a file to the bit, or not at all."""

from __future__ import annotations

import json

import numpy as np
import pytest

import samescale as ss
from samescale.bundle import densities, inspect, tensors
from samescale.bundle.archive import pack, unpack
from samescale.bundle.manifest import Manifest
from samescale.errors import FormatError

NAME = densities.NAME


def sealed(file, data):
    """The file with another member of that name, or none, every digest right."""
    members = dict(unpack(file.read_bytes()))
    manifest = Manifest.from_bytes(members.pop("manifest.json"))
    held = {**members, NAME: data}
    held = {name: bytes(found) for name, found in held.items() if found is not None}
    path = file.parent / "other.fitted"
    path.write_bytes(b"".join(pack({**held, "manifest.json": manifest.over(held).to_bytes()})))
    return path


@pytest.fixture
def file(fitted, tmp_path):
    path = tmp_path / "house.fitted"
    fitted.save(path)
    return path


@pytest.fixture
def arrays(file):
    """The member's arrays."""
    return tensors.load(unpack(file.read_bytes())[NAME], NAME)


def test_it_comes_back_to_the_bit(fitted, file, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    back = ss.Fitted.load(file)
    assert back.profile == fitted.profile
    assert back.profile.table.names == ("age", "income")
    assert back.digest == fitted.digest
    assert back.save(file) == fitted.save(file)


def test_it_answers_what_it_answered(fitted, file, table):
    rows = np.column_stack([table["age"], table["income"]])[:40]
    near, back = fitted.profile.table, ss.Fitted.load(file).profile.table
    for batch in (rows, rows[:1], (rows - 40) / 12, rows[:, ::-1], rows * [1, 1000]):
        assert back.diagnose(batch) == near.diagnose(batch)


def test_pictures_come_back_too(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), np.uint8)
    fitted = ss.Spec({"image": ss.Normalization(axis=-1)}).adapt({"image": image})
    fitted.save(tmp_path / "a.fitted")
    back = ss.Fitted.load(tmp_path / "a.fitted")
    assert [*back.profile.pictures] == ["image"]
    assert back.profile == fitted.profile


def test_a_bundle_has_it(bundle, fitted):
    held = tensors.load(bundle.to_members()[NAME], NAME)
    assert {name: array.tolist() for name, array in held.items()} == {
        name: array.tolist() for name, array in fitted.profile.to_arrays().items()
    }


def test_without_it_the_profile_has_single_columns(file, fitted):
    back = ss.Fitted.load(sealed(file, None))
    assert back.profile.table is None
    assert dict(back.profile.pictures) == {}
    assert back.profile.columns == fitted.profile.columns
    assert back.profile != fitted.profile
    assert back.digest == fitted.digest


def test_text_alone_has_none(tmp_path):
    fitted = ss.Spec({"city": ss.StringLookup()}).adapt({"city": ["Rome", "Oslo"]})
    fitted.save(tmp_path / "a.fitted")
    assert NAME not in unpack((tmp_path / "a.fitted").read_bytes())
    assert ss.Fitted.load(tmp_path / "a.fitted").profile == fitted.profile


def changed(arrays, **others):
    """The member with other arrays; a name's slashes as two underscores, `None` for none."""
    found = {**arrays, **{name.replace("__", "/"): array for name, array in others.items()}}
    return tensors.dump({name: array for name, array in found.items() if array is not None})


def first(arrays, kind="f"):
    return next(n for n in sorted(arrays) if arrays[n].dtype.kind == kind and arrays[n].size)


def test_what_isn_t_it_is_refused(file, arrays):
    name = first(arrays)
    array = arrays[name]
    wild = array.copy()
    wild.flat[0] = np.inf
    bad = {
        "nothing": changed({}),
        "an array of nothing": changed(arrays, other=np.zeros(3)),
        "an array too many": changed(arrays, table__unheard_of=np.zeros(3, np.float32)),
        "an array too few": changed({**arrays, name: None}),
        "columns of no table": changed({"columns": arrays["columns"]}),
        "a table of no columns": changed({**arrays, "columns": None}),
        "a column beyond all": changed({**arrays, "columns": np.array([0, 9], np.uint16)}),
        "a column twice": changed({**arrays, "columns": np.array([1, 1], np.uint16)}),
        "a column too few": changed({**arrays, "columns": np.array([1], np.uint16)}),
        "places that are none": changed({**arrays, "columns": np.array([0.0, 1.0])}),
        "an infinity": changed({**arrays, name: wild}),
        "another type": changed({**arrays, name: array.astype(np.float16)}),
        "another length": changed({**arrays, name: array.ravel()[:-1]}),
        "a table of one array": changed({name: array}),
        "pictures of a column of numbers": changed(
            {f"pictures/0/{key.partition('/')[2]}": held for key, held in arrays.items()}
        ),
        "pictures of no column": changed(arrays, pictures__9__chances=np.zeros(3, np.float32)),
        "no safetensors": b"{}",
        "more than 32 MiB": changed(arrays, table__big=np.zeros(2**25, np.uint8)),
    }
    for what, data in bad.items():
        with pytest.raises(FormatError):
            pytest.fail(f"{what}: {ss.Fitted.load(sealed(file, data)).profile}")


def test_a_table_with_a_column_of_text_is_refused(file, arrays):
    odd = changed({**arrays, "columns": np.array([0, 2], np.uint16)})
    with pytest.raises(FormatError, match="no plain one of numbers"):
        ss.Fitted.load(sealed(file, odd))


@pytest.mark.parametrize("rows", [300, 30_000])
def test_a_profile_is_small(rows):
    # 1 KB a column and the correlations; the bar: 64 KB for 20 columns.
    rng = np.random.default_rng(1)
    half = rng.normal(size=(rows, 10)) @ rng.normal(size=(10, 10))
    whole = np.round(rng.lognormal(3, 2, (rows, 10)) * 10)
    data = {f"column {i}": values for i, values in enumerate(np.hstack([half, whole]).T)}
    fitted = ss.Spec({name: ss.Normalization() for name in data}).adapt(data)
    size = len(densities.of_profile(fitted.profile)[NAME])
    assert size <= 20 * 1024 + 4 * 20 * 19 // 2 + 2_048  # the names of the arrays, and a few rows
    assert size + len(json.dumps(fitted.profile.to_json())) < 64 * 1024


def test_inspect_says_that_it_is_there(file):
    assert "3 columns, 2 together; " in inspect(file).text()
    assert "profile       3 columns; " in inspect(sealed(file, None)).text()
