"""A format that this reader does not know, in the closing comment."""

SAYS = "of format 2; this samescale reads format 1"


def build(good):
    return good.data.replace(b"samescale/1 ", b"samescale/2 ")
