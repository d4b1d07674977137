"""The manifest of another training."""

SAYS = "isn't the one that the manifest lists"
ERROR = "IntegrityError"


def build(good):
    other = good.members(good.other)["manifest.json"]
    return good.packed({**good.members(), "manifest.json": other})
