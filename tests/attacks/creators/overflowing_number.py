"""A learned number beyond float64."""

SAYS = "overflows"


def build(good):
    return good.sealed({"profile.json": b'{"age": 1e400}'})
