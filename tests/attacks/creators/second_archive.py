"""A second bundle behind the first: a reader that searches from the end sees only that."""

SAYS = "after the end"


def build(good):
    return good.data + good.other
