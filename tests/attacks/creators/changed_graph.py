"""Another scale in the graph, with the right digest of its member."""

import json

SAYS = "The graph features isn't the one that the manifest has the digest of"
ERROR = "IntegrityError"


def build(good):
    graphs = good.json("graph.json")
    constants = [node for node in graphs["features"]["nodes"] if node["op"] == "Const"]
    constants[0]["value"]["data"] = [1.5 for _ in constants[0]["value"]["data"]]
    return good.sealed({"graph.json": json.dumps(graphs).encode()})
