"""A member whose size is to follow behind it."""

SAYS = "the header of member"


def build(good):
    return good.data[:6] + b"\10\0" + good.data[8:]
