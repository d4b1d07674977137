"""A schema in another order: ages would be read as incomes."""

SAYS = "don't fit"


def build(good):
    return good.sealed({}, schema=good.manifest()["schema"][::-1])
