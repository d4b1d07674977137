"""A format number that is no number."""

SAYS = "no format number"


def build(good):
    return good.sealed({}, format="1")
