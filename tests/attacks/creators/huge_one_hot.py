"""A node that makes rows of a trillion entries."""

import json

SAYS = "OneHot on column 'city': a row of shape (1000000000000,)"


def build(good):
    graphs = good.json("graph.json")
    for node in graphs["features"]["nodes"]:
        if node["op"] == "OneHot":
            node["depth"] = 10**12
    return good.sealed({"graph.json": json.dumps(graphs).encode()})
