"""Probe rows that say that there are a trillion."""

import json

SAYS = "probe rows have no"


def build(good):
    probe = {**good.json("probe.json"), "rows": 10**12}
    return good.sealed({"probe.json": json.dumps(probe).encode()})
