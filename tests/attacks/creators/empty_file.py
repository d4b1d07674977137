"""No file at all."""

SAYS = "not a bundle"


def build(good):
    return good.data[:0]
