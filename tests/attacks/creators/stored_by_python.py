"""The right members in a zip that another program wrote."""

SAYS = "isn't what the format asks for"


def build(good):
    return good.zipped(good.members())
