"""A fitted value in a file of its own comes back as it was, or not at all."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest

import samescale as ss
from samescale import models
from samescale.bundle import inspect, preprocessing, verify
from samescale.bundle.archive import pack, unpack
from samescale.bundle.manifest import FITTED, Manifest
from samescale.bundle.read import parse
from samescale.errors import BundleError, FormatError, IntegrityError
from tests.contract.test_transforms import adapted, column, every_case, same
from tests.contract.test_transforms import table as table_of

from .conftest import GOLDEN

# Loads a file with every framework out of reach, and says what it answers.
ELSEWHERE = """
import hashlib, sys
for name in ("keras", "jax", "tensorflow", "torch", "sklearn", "skops", "scipy", "pyarrow"):
    sys.modules[name] = None
import samescale as ss
fitted = ss.Fitted.load(sys.argv[1])
rows = {"age": [31.0, 67.0], "income": [1e4, 2e5], "city": ["Oslo", "Paris"]}
found = [fitted.matrix(rows), fitted.labels({"price": [1.0, 2.0]}), fitted.inverse([0.5, -1.0])]
print(fitted.digest, hashlib.sha256(b"".join(x.tobytes() for x in found)).hexdigest())
"""


@pytest.fixture
def file(fitted, tmp_path):
    """A regression's preprocessing, saved."""
    path = tmp_path / "house.fitted"
    fitted.save(path)
    return path


def kept(fitted, path):
    """What comes back."""
    fitted.save(path)
    return ss.Fitted.load(path)


def sealed(file, changed=None, **fields):
    """The file's bytes with other members or fields of the manifest, every digest right."""
    members = {**unpack(file.read_bytes()), **(changed or {})}
    manifest = {**json.loads(bytes(members.pop("manifest.json"))), **fields}
    held = {name: data for name, data in members.items() if data is not None}
    return b"".join(
        pack({**held, "manifest.json": Manifest.from_bytes(dump(manifest)).over(held).to_bytes()})
    )


def dump(value):
    return json.dumps(value).encode()


@every_case
def test_every_transform_comes_back_to_the_bit(case, tmp_path):
    fitted = adapted(case)
    back = kept(fitted, tmp_path / "x.fitted")
    assert back.digest == fitted.digest
    assert (back.spec, back.schema) == (fitted.spec, fitted.schema)
    assert (back.learned, back.provenance) == (fitted.learned, fitted.provenance)
    assert back.profile.to_json() == fitted.profile.to_json()
    assert back.feature_names == fitted.feature_names
    rows = table_of(case, column(case.column, seed=3))
    same(back.transform(rows)["x"], fitted.transform(rows)["x"])


def test_a_number_to_predict_comes_back(fitted, file, table):
    back = ss.Fitted.load(file)
    same(back.matrix(table), fitted.matrix(table))
    same(back.labels(table), fitted.labels(table))
    answers = np.linspace(-3, 3, 11)
    same(back.inverse(answers), fitted.inverse(answers))


@pytest.mark.parametrize("values", [["lo", "hi"], [3, 7], [True, False]])
def test_a_class_to_predict_comes_back(values, tmp_path):
    lookup = ss.StringLookup() if isinstance(values[0], str) else ss.IntegerLookup()
    rows = {"x": [1.0, 2.0, 4.0, 8.0], "y": values * 2}
    fitted = ss.Spec({"x": ss.Normalization()}, target=ss.Target("y", lookup)).adapt(rows)
    back = kept(fitted, tmp_path / "x.fitted")
    assert back.digest == fitted.digest
    assert back.classes == fitted.classes
    same(back.labels(rows), fitted.labels(rows))
    assert back.inverse([[0.9, 0.1]]).tolist() == fitted.inverse([[0.9, 0.1]]).tolist()


def test_a_value_learned_by_key_and_weight_comes_back(tmp_path):
    rows = {"x": [1.0, 2.0, 9.0, 5.0], "shop": ["a", "b", "a", "b"], "w": [1.0, 2.0, 0.0, 0.5]}
    spec = ss.Spec({"x": ss.Normalization(by="shop"), "shop": ss.StringLookup()})
    fitted = spec.adapt(rows, weights="w")
    back = kept(fitted, tmp_path / "x.fitted")
    assert back.digest == fitted.digest
    same(back.matrix(rows), fitted.matrix(rows))


def test_it_answers_the_same_where_no_framework_is(fitted, file):
    run = [sys.executable, "-c", ELSEWHERE, str(file)]
    digest, answers = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()
    assert digest == fitted.digest
    rows = {"age": [31.0, 67.0], "income": [1e4, 2e5], "city": ["Oslo", "Paris"]}
    found = (
        fitted.matrix(rows),
        fitted.labels({"price": [1.0, 2.0]}),
        fitted.inverse(np.array([0.5, -1.0])),
    )
    assert answers == hashlib.sha256(b"".join(x.tobytes() for x in found)).hexdigest()


def test_the_same_value_gives_the_same_bytes(fitted, file, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    paths = [tmp_path / name for name in ("a", "b")]
    digest = fitted.save(paths[0])
    assert digest == ss.Fitted.load(file).save(paths[1])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert digest == f"sha256:{hashlib.sha256(paths[0].read_bytes()).hexdigest()}"


def test_whatever_ran_adapt_the_bytes_are_the_same(fitted, table, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    wanted = fitted.save(tmp_path / "a")
    for engine in ("threads://1", "threads://2"):
        assert fitted.spec.adapt(table, engine=engine).save(tmp_path / "b") == wanted


@pytest.mark.sklearn
def test_its_members_are_the_bundles_own(file, path):
    own, whole = (unpack(one.read_bytes()) for one in (file, path))
    assert all(own[name] == whole[name] for name in own if name != "manifest.json")
    assert {name.partition("/")[0] for name in set(whole) - set(own)} == {
        *("probe.json", "probe.safetensors", "model", "served"),
    }


def test_saving_is_whole_or_not_at_all(fitted, file, monkeypatch):
    before = file.read_bytes()

    def fail(_):
        raise FormatError("no")

    monkeypatch.setattr(preprocessing, "audit", fail)
    with pytest.raises(FormatError, match="no"):
        fitted.save(file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_missing_folder_is_named(fitted, tmp_path):
    with pytest.raises(BundleError, match=r"no folder .*nowhere"):
        fitted.save(tmp_path / "nowhere" / "x.fitted")


def test_wherever_it_is_cut_short_it_is_refused(file):
    data = file.read_bytes()
    for size in range(len(data)):
        with pytest.raises(FormatError):
            preprocessing.audit(parse(data[:size]))


def test_whichever_byte_is_changed_it_is_refused(file):
    data = bytearray(file.read_bytes())
    for place in range(len(data)):
        data[place] ^= 1
        with pytest.raises((FormatError, IntegrityError)):
            preprocessing.audit(parse(bytes(data)))
        data[place] ^= 1
    assert preprocessing.audit(parse(bytes(data))).digest == ss.Fitted.load(file).digest


@pytest.mark.parametrize("name", sorted({"spec.json", "learned.json", "graph.json"}))
def test_a_missing_member_is_named(name, file):
    with pytest.raises(FormatError, match=f"'{name}' is missing"):
        preprocessing.audit(parse(sealed(file, {name: None})))


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({"kind": "sklearn", "config": {}}, "is a bundle: it has a model, of kind 'sklearn'"),
        ({"kind": "profile", "config": {}}, "of kind 'profile'"),
        ({"kind": FITTED, "config": {"form": "raw"}}, "config of a model"),
    ],
)
def test_another_kind_is_refused(model, says, file):
    with pytest.raises(FormatError, match=says):
        preprocessing.audit(parse(sealed(file, model=model)))


def test_the_learned_numbers_of_another_training_are_refused(file, table, fitted, tmp_path):
    other = tmp_path / "other.fitted"
    fitted.spec.adapt({name: values[:100] for name, values in table.items()}).save(other)
    learned = unpack(other.read_bytes())["learned.json"]
    with pytest.raises(IntegrityError, match="preprocessing isn't the one"):
        preprocessing.audit(parse(sealed(file, {"learned.json": learned})))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_bundle_is_no_fitted_file(path):
    with pytest.raises(FormatError, match=r"is a bundle.*ss\.load"):
        ss.Fitted.load(path)


def test_a_fitted_file_is_no_bundle(file):
    with pytest.raises(FormatError, match=r"no model.*ss\.fit\(table, fitted="):
        ss.load(file)
    found = verify(file)
    assert not found.ok
    assert "holds a fitted value and no model" in found.text()


def test_no_model_kind_is_called_so():
    assert FITTED not in models.names()


def test_inspecting_shows_what_was_learned(file, fitted):
    found = inspect(file)
    text = found.text()
    assert text.startswith("samescale fitted, format 1\ndigest ")
    assert fitted.digest in text
    assert "model         none" in text
    assert "Impute('median')" in text or "Impute(strategy='median'" in text
    assert "graph 'inverse'" in text
    assert found.to_json()["manifest"]["model"] == {"kind": "fitted", "config": {}}
    assert found.mermaid().startswith("flowchart")


def test_a_file_that_is_not_there_is_told_by_python(tmp_path):
    with pytest.raises(FileNotFoundError):
        ss.Fitted.load(tmp_path / "nowhere.fitted")
