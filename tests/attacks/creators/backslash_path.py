"""A member whose name leads elsewhere on Windows."""

SAYS = "has a part that"


def build(good):
    return good.raw(sorted([*good.members().items(), ("a\\..\\b", b"{}")]))
