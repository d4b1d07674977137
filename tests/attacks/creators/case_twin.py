"""Two names that are one on some file systems."""

SAYS = "'Spec.json' is missing, or isn't one"


def build(good):
    return good.sealed({"Spec.json": good.members()["spec.json"]})
