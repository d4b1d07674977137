"""A node that the closed set does not have."""

import json

SAYS = "'Exec' is no operation"


def build(good):
    graphs = good.json("graph.json")
    graphs["features"]["nodes"][-1]["op"] = "Exec"
    return good.sealed({"graph.json": json.dumps(graphs).encode()})
