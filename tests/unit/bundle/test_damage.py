"""Every changed byte and every truncation of a real bundle is refused, and said to be."""

from __future__ import annotations

import random
import struct

import pytest

from samescale.bundle import format as layout
from samescale.bundle import read
from samescale.bundle.read import parse
from samescale.errors import FormatError, IntegrityError

from .conftest import GOLDEN

REFUSED = (FormatError, IntegrityError)


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def data(request):
    return request.param.read_bytes()


def changes(data, seed):
    """For every byte, the file with another value there."""
    chance = random.Random(seed)
    changed = bytearray(data)
    for place, kept in enumerate(data):
        changed[place] = kept ^ chance.randrange(1, 256)
        yield place, bytes(changed)
        changed[place] = kept


def test_the_bundles_have_positions_enough():
    assert sum(path.stat().st_size for path in GOLDEN) >= 20_000


def test_every_changed_byte_is_refused(data):
    for place, changed in changes(data, seed=1):
        with pytest.raises(REFUSED) as caught:
            parse(changed)
        assert caught.value.message, place


def test_a_changed_byte_of_a_member_is_said_to_be_the_members(data):
    end = data.rindex(layout.END)
    offset = struct.unpack("<I", data[end + 16 : end + 20])[0]
    for place in range(0, offset, 97):
        changed = data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :]
        with pytest.raises(REFUSED) as caught:
            parse(changed)
        assert caught.value.details["offset"] <= place + layout.MAX_NAME


def test_every_truncation_is_refused(data):
    for length in range(len(data)):
        with pytest.raises(FormatError):
            parse(data[:length])


def test_damage_is_refused_on_the_whole_way(data, tmp_path):
    path = tmp_path / "damaged.samescale"
    for place in range(0, len(data), len(data) // 40):
        path.write_bytes(data[:place] + bytes([data[place] ^ 16]) + data[place + 1 :])
        with pytest.raises(REFUSED):
            read(path)


@pytest.mark.parametrize("run", [2, 4, 64])
def test_runs_of_zeros_are_refused(data, run):
    for place in range(0, len(data) - run, 31):
        changed = data[:place] + bytes(run) + data[place + run :]
        if changed != data:
            with pytest.raises(REFUSED):
                parse(changed)


def test_every_exchange_of_members_between_bundles_is_refused():
    one, two = (path.read_bytes() for path in GOLDEN[:2])
    first, second = (dict(parse(data).members) for data in (one, two))
    for name in first:
        if bytes(first[name]) == bytes(second[name]):
            continue
        with pytest.raises(IntegrityError, match=name):
            parse(one).manifest.check({**first, name: second[name]})
