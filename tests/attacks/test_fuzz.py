"""Whatever stands in a well-sealed bundle, auditing it ends in a value or in a refusal."""

from __future__ import annotations

import copy
import json
import random

import pytest

from samescale.bundle.read import audit, parse
from samescale.errors import BundleError

CASES = 150
ODD = [
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**30, 0.5, -0.0, 1e308, "", "x", "age"),
    *("NaN", "float16", "string", [], [[]], [1], ["x"], [None], {}, {"x": 1}, "\u0000", "ünï"),
]
MEMBERS = ("spec.json", "learned.json", "graph.json", "profile.json", "probe.json", "manifest.json")


def places(value, path=()):
    """Every place below a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))


def one(good, member, chance):
    """The bundle with one to four changes in a member."""
    document = good.json(member)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        if document:
            edit(document, chance)
    text = json.dumps(document).encode()
    if member == "manifest.json":
        return good.packed({**good.members(), member: text})
    return good.sealed({member: text})


def edit(value, chance):
    """Replace, remove, double or rename at one place."""
    *path, last = chance.choice(list(places(value)))
    for key in path:
        value = value[key]
    choice = chance.randrange(4)
    if choice == 0:
        del value[last]
    elif choice == 1 and isinstance(value, list):
        value.insert(last, copy.deepcopy(value[last]))
    elif choice == 2 and isinstance(value, dict):
        value[chance.choice([*value, "new"])] = value[last]
    else:
        value[last] = chance.choice(ODD)


@pytest.mark.parametrize("member", MEMBERS)
def test_a_changed_member_is_read_or_refused(member, good):
    chance = random.Random(member)
    refused = 0
    for _ in range(CASES):
        data = one(good, member, chance)
        try:
            audit(parse(data))
        except BundleError:
            refused += 1
    assert refused > CASES // 4
