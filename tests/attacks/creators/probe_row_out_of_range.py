"""Probe rows that ask for a row that is not there."""

import json

SAYS = "no recorded answer"


def build(good):
    probe = {**good.json("probe.json"), "asked": [10**9]}
    return good.sealed({"probe.json": json.dumps(probe).encode()})
