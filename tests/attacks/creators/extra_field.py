"""A header with an extra field, such as zip64 has."""

SAYS = "the header of member"


def build(good):
    return good.data[:28] + b"\4\0" + good.data[30:]
