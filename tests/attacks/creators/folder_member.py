"""A member that is a folder."""

SAYS = "'model/' at offset"


def build(good):
    return good.raw(sorted([*good.members().items(), ("model/", b"")]))
