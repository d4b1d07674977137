"""A format that this reader does not know."""

SAYS = "of format 2; this samescale reads format 1"


def build(good):
    return good.sealed({}, format=2)
