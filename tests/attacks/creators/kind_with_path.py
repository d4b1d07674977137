"""A model kind that leads to another module."""

SAYS = "of kind '../bundle'"


def build(good):
    return good.sealed({}, model={"kind": "../bundle", "config": {}})
