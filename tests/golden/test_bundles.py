"""Bundles of every format so far are read, and answer what they answered when they were made."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from samescale.bundle import inspect, verify
from samescale.bundle.archive import pack, unpack

BUNDLES = Path(__file__).parent / "bundles"
DIGESTS = {
    line.split()[1]: line.split()[0]
    for line in (BUNDLES / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
}


def test_every_golden_bundle_has_its_digest():
    assert set(DIGESTS) == {path.name for path in BUNDLES.glob("*.samescale")}


@pytest.fixture(params=sorted(DIGESTS))
def path(request):
    return BUNDLES / request.param


def test_a_golden_bundle_is_what_it_was(path):
    assert hashlib.sha256(path.read_bytes()).hexdigest() == DIGESTS[path.name]


@pytest.mark.sklearn
def test_a_golden_bundle_is_read_and_answers_the_same(path):
    pytest.importorskip("skops")
    verification = verify(path)
    assert verification.ok, verification.text()


def test_a_golden_bundle_can_be_inspected(path):
    assert "income" in inspect(path).text()


def test_packing_what_was_unpacked_gives_the_same_file(path):
    data = path.read_bytes()
    assert b"".join(pack(unpack(data))) == data
