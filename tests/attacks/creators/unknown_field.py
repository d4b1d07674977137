"""A manifest with a field that no one reads."""

SAYS = "field 'exec' is unknown"


def build(good):
    return good.sealed({}, exec="rm")
