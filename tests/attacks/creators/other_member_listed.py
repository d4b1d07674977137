"""The spec of another training, with the right digest in the manifest."""

SAYS = "isn't the one that the spec declares"


def build(good):
    return good.sealed({"spec.json": good.members(good.other)["spec.json"]})
