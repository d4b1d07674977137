"""A member whose header says that it is encrypted."""

SAYS = "the header of member"


def build(good):
    return good.data[:6] + b"\1\0" + good.data[8:]
