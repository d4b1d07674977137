"""A transform that is a name of another module."""

import json

SAYS = "The preprocessing isn't valid"


def build(good):
    spec = good.json("spec.json")
    chain = next(iter(spec["columns"].values()))
    chain[0]["name"] = "os.system"
    return good.sealed({"spec.json": json.dumps(spec).encode()})
