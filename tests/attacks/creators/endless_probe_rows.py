"""Probe rows that say that there are a trillion."""

import json

SAYS = "There are 1000000000000 probe rows"


def build(good):
    probe = {**good.json("probe.json"), "rows": 10**12}
    return good.sealed({"probe.json": json.dumps(probe).encode()})
