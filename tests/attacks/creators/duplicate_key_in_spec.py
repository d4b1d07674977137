"""A spec that names a column twice."""

SAYS = "Member 'spec.json' isn't strict JSON: the key 'columns' stands twice"


def build(good):
    text = good.members()["spec.json"].replace(b"{", b'{"columns": {},', 1)
    return good.sealed({"spec.json": text})
