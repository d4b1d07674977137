"""The attacks on a bundle, made on a fitted file: each that applies is refused by name, cheaply."""

from __future__ import annotations

import random
import subprocess
import sys
import tracemalloc

import pytest

from samescale import errors
from samescale.bundle import members, preprocessing
from samescale.bundle.archive import pack
from samescale.bundle.format import MANIFEST
from samescale.bundle.manifest import FITTED
from samescale.bundle.read import parse
from samescale.bundle.write import describe
from tests.attacks.conftest import Good
from tests.attacks.test_attacks import CREATORS, FRAMEWORKS, MOST_BYTES, creator
from tests.attacks.test_fuzz import CASES, MEMBERS, one

READ_ALL = f"""
import sys
import samescale as ss
from samescale import errors
for path in sys.argv[1:]:
    try:
        ss.Fitted.load(path)
    except errors.BundleError:
        continue
    raise SystemExit(f"{{path}} was read")
found = [name for name in {FRAMEWORKS} if name in sys.modules]
raise SystemExit(f"imported: {{found}}" if found else 0)
"""


def halved(data: bytes) -> bytes:
    """The fitted file of a bundle's preprocessing."""
    parsed = parse(data)
    fitted = members.to_fitted(parsed.members, parsed.manifest)
    content = members.of_fitted(fitted)
    manifest = describe(fitted, {"kind": FITTED, "config": {}}).over(content)
    return b"".join(pack({**content, MANIFEST: manifest.to_bytes()}))


@pytest.fixture(scope="session")
def half(good) -> Good:
    """The preprocessing of the golden bundles."""
    return Good(halved(good.data), halved(good.other))


def made(attack, half):
    """The hostile file; `None` if it attacks what a fitted file doesn't have."""
    if getattr(attack, "WITH_FRAMEWORK", False):
        return None
    try:
        data = attack.build(half)
    except KeyError:
        return None
    return None if data == half.sealed({}) else data


def hostile(half):
    """Every attack that can be made, with its file."""
    found = [(attack, made(attack, half)) for attack in map(creator, CREATORS)]
    return [(attack, data) for attack, data in found if data is not None]


def test_the_good_file_is_read(half, tmp_path):
    assert preprocessing.audit(parse(half.data)).target.name == "price"
    assert preprocessing.audit(parse(half.sealed({}))).target.name == "price"


@pytest.mark.parametrize("path", CREATORS, ids=lambda path: path.stem)
def test_an_attack_is_refused(path, half):
    attack = creator(path)
    data = made(attack, half)
    if data is None:
        pytest.skip("it attacks what a fitted file doesn't have")
    tracemalloc.start()
    try:
        with pytest.raises(getattr(errors, getattr(attack, "ERROR", "FormatError"))) as caught:
            preprocessing.audit(parse(data))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert attack.SAYS in str(caught.value)
    assert peak < MOST_BYTES


def test_no_framework_is_imported(half, tmp_path):
    paths = []
    for attack, data in hostile(half):
        paths.append(tmp_path / attack.__name__)
        paths[-1].write_bytes(data)
    assert len(paths) > 50
    subprocess.run([sys.executable, "-c", READ_ALL, *map(str, paths)], check=True)


@pytest.mark.parametrize("member", [name for name in MEMBERS if name != "probe.json"])
def test_a_changed_member_is_read_or_refused(member, half):
    chance = random.Random(member)
    refused = 0
    for _ in range(CASES):
        try:
            preprocessing.audit(parse(one(half, member, chance)))
        except errors.BundleError:
            refused += 1
    assert refused > CASES // 4
