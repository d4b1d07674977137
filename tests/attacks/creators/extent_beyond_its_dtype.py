"""A training extent of integers that their dtype doesn't hold: the guard would fail on it."""

import json

SAYS = "is beyond uint8"


def build(good):
    profile = good.json("profile.json")
    profile["image"] |= {"minimum": -5, "maximum": 10**30}
    return good.sealed({"profile.json": json.dumps(profile).encode()})
