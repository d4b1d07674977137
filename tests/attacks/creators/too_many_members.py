"""More members than are allowed."""

SAYS = "more than 256 members"


def build(good):
    members = [(f"model/m{number:04}", b"") for number in range(300)]
    return good.raw(sorted([*good.members().items(), *members]))
