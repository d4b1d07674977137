"""The right members in another order: a second file with the same content."""

SAYS = "aren't in order"


def build(good):
    return good.raw(sorted(good.members().items(), reverse=True))
