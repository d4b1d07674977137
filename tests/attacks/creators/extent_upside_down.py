"""A training extent whose end lies before its beginning: the guard would measure nonsense."""

import json

SAYS = "field 'maximum'"


def build(good):
    profile = good.json("profile.json")
    name = next(iter(profile))
    profile[name] |= {"minimum": 5.0, "maximum": -5.0}
    return good.sealed({"profile.json": json.dumps(profile).encode()})
