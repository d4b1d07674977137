"""The learned numbers of another training."""

SAYS = "Member 'learned.json' isn't the one"
ERROR = "IntegrityError"


def build(good):
    other = good.members(good.other)["learned.json"]
    return good.packed({**good.members(), "learned.json": other})
