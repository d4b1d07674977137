"""Two members of one name: two readers would see two files."""

SAYS = "a name stands twice"


def build(good):
    members = sorted(good.members().items())
    return good.raw([*members, members[-1]])
