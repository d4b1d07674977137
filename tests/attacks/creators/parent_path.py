"""A member that would be unpacked outside."""

SAYS = "'../evil.json' at offset"


def build(good):
    return good.raw(sorted([*good.members().items(), ("../evil.json", b"{}")]))
