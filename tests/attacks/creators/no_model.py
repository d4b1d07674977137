"""Preprocessing without its model."""

SAYS = "'model/…' is missing"


def build(good):
    return good.sealed({name: None for name in good.members() if name.startswith("model/")})
