"""A member with an absolute name."""

SAYS = "'/etc/passwd' at offset"


def build(good):
    return good.raw(sorted([*good.members().items(), ("/etc/passwd", b"{}")]))
