"""Fitted files of every format so far are read, and are what they were when they were made."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import samescale as ss
from samescale.bundle import inspect
from samescale.bundle.archive import pack, unpack
from samescale.bundle.read import audit, parse

FILES = Path(__file__).parent / "fitted"
DIGESTS = {
    line.split()[1]: line.split()[0]
    for line in (FILES / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
}
ROWS = {
    "age": [20.0, None, 69.5],
    "income": [0.0, 1234.5, 9e9],
    "city": ["Oslo", "Paris", None],
    "image": [[[0, 1, 2], [3, 4, 255]]] * 3,
}


def test_every_golden_file_has_its_digest():
    assert set(DIGESTS) == {path.name for path in FILES.glob("*.fitted")}


@pytest.fixture(params=sorted(DIGESTS))
def path(request):
    return FILES / request.param


def test_a_golden_file_is_what_it_was(path):
    assert hashlib.sha256(path.read_bytes()).hexdigest() == DIGESTS[path.name]


def test_a_golden_file_is_the_preprocessing_of_its_bundle(path):
    bundle = path.parents[1] / "bundles" / f"{path.stem}.samescale"
    parsed = parse(bundle.read_bytes())
    fitted = ss.Fitted.load(path)
    assert fitted.digest == parsed.manifest.fitted
    assert fitted.matrix(ROWS).tobytes() == audit(parsed).fitted.matrix(ROWS).tobytes()


def test_a_golden_file_can_be_inspected(path):
    assert "income" in inspect(path).text()


def test_packing_what_was_unpacked_gives_the_same_file(path):
    data = path.read_bytes()
    assert b"".join(pack(unpack(data))) == data
