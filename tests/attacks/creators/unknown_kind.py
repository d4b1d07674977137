"""A model kind that is a module of another package."""

SAYS = "of kind 'os'"


def build(good):
    return good.sealed({}, model={"kind": "os", "config": {}})
