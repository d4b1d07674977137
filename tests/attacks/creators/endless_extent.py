"""A training extent that no float holds: the guard would fail on it, after the audit."""

import json

SAYS = "field 'maximum'"


def build(good):
    profile = good.json("profile.json")
    name = next(iter(profile))
    profile[name] |= {"maximum": 10**4000}
    return good.sealed({"profile.json": json.dumps(profile).encode()})
