"""A node that makes rows of ten million entries."""

import json

SAYS = "declares a row of 10000000 entries"


def build(good):
    graphs = good.json("graph.json")
    for node in graphs["features"]["nodes"]:
        if node["op"] == "OneHot":
            node["depth"] = 10**7
    return good.sealed({"graph.json": json.dumps(graphs).encode()})
